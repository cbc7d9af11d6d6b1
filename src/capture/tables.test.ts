import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { readTables } from "./tables.ts";
import type { TableFile, TableOptions } from "./table-file.ts";

const home = mkdtempSync(join(tmpdir(), "millrace-tables-"));
after(() => rmSync(home, { recursive: true, force: true }));

let made = 0;
/** Writes a file and reads it as a table. */
async function tableOf(content: string | Uint8Array, options: TableOptions = {}): Promise<TableFile> {
  const path = join(home, `table-${made++}.csv`);
  writeFileSync(path, content);
  const [table] = await readTables([path], options);
  return table;
}

/** Columns as plain cells: numbers, texts, null for unknown. */
const plain = ({ columns }: TableFile) => Object.fromEntries(columns.map(({ name, values, levels }) => [name, Array.from(values, (value) => (Number.isNaN(value) ? null : levels === null ? value : levels[value]))]));
const codes = ({ remarks }: TableFile) => remarks.map(({ code }) => code);

test("readTables() reads delimited text however it is written", async () => {
  const cases: readonly (readonly [string, string, Record<string, (number | string | null)[]>, TableOptions?])[] = [
    ["commas", "a,b\n1,2\n3,4\n", { a: [1, 3], b: [2, 4] }],
    ["semicolons and decimal commas", "a;b\n1,5;2\n3,25;4\n", { a: [1.5, 3.25], b: [2, 4] }],
    ["tabs", "a\tb\n1\t2\n3\t4\n", { a: [1, 3], b: [2, 4] }],
    ["runs of blanks with blanks before", "   1   2.5\n  3      4\n", { c1: [1, 3], c2: [2.5, 4] }],
    ["blanks at the ends of lines", "1 2 \n3 4 \n", { c1: [1, 3], c2: [2, 4] }],
    ["blanks with a header", "time_h  load\n 1 2\n 3 4\n", { time_h: [1, 3], load: [2, 4] }],
    ["one column of numbers", "112 \n98 \n", { c1: [112, 98] }],
    ["a byte order mark and quotes", '\ufeff"a, first",b\n"1",x\n2,"y ""z"""\n', { "a, first": [1, 2], b: ["x", 'y "z"'] }],
    ["spaces around names and cells", "a , b,c \n 1, 2 ,3\n4,5,6\n", { a: [1, 4], b: [2, 5], c: [3, 6] }],
    ["unknown cells", "a,b\n,1\nNA,2\nNaN,\nnull,4\n5,n/a\n", { a: [null, null, null, null, 5], b: [1, 2, null, 4, null] }],
    ["texts with numbers between", "kind,a\nK1,1\n2,2\n,3\nK1,4\n", { kind: ["K1", "2", null, "K1"], a: [1, 2, 3, 4] }],
    ["names that were given", "1,2\n3,4\n", { x: [1, 3], y: [2, 4] }, { columns: ["x", "y"] }],
    ["another delimiter, as was said", "1|2,5\n3|4,5\n", { c1: [1, 3], c2: [2.5, 4.5] }, { delimiter: "|", decimal: "," }],
  ];
  for (const [name, text, expected, options] of cases) assert.deepEqual(plain(await tableOf(text, options)), expected, name);
});

test("readTables() sets lines before the table aside and says so", async () => {
  const blanks = await tableOf("  Column data (u1,u2,u3).\r\n  (values of u3 have been moved by 8 samples, for the delay)\r\n\r\n\r\n  1.5e-001  2  3\r\n  4  5  6\r\n");
  assert.deepEqual(plain(blanks), { c1: [0.15, 4], c2: [2, 5], c3: [3, 6] });
  assert.match(blanks.remarks[0].text, /^2 rows before the table set aside/);
  const titled = await tableOf("Press 4\nexported 2026-01-05\n\na;b;c\n1;2;3\n4;5;6\n");
  assert.deepEqual([plain(titled), titled.rowNumbers[0]], [{ a: [1, 4], b: [2, 5], c: [3, 6] }, 1]);
  const sentences = await tableOf("remark\nthe first one\nthe second\n");
  assert.deepEqual(plain(sentences), { remark: ["the first one", "the second"] });
});

test("readTables() tells equal names apart and says so", async () => {
  const table = await tableOf("a,a,,b\n1,2,3,4\n5,6,7,8\n");
  assert.deepEqual(Object.keys(plain(table)), ["a", "a (2)", "column 3", "b"]);
  assert.match(table.remarks[0].text, /^2 columns renamed/);
  assert.deepEqual(codes(await tableOf("1,2\n3,4\n")), [], "columns without names are no remark");
});

test("readTables() reads packed files, and the digest is that of the bytes on disk", async () => {
  const [packed, bare] = [await tableOf(gzipSync("a,b\n1,2\n")), await tableOf("a,b\n1,2\n")];
  assert.deepEqual(plain(packed), plain(bare));
  assert.notEqual(packed.digest, bare.digest);
  assert.match(packed.digest, /^[0-9a-f]{64}$/);
});

test("readTables() reads times where a column plainly holds them or is named", async () => {
  const dated = await tableOf("a,when\n1,2026-01-05 10:00:00\n2,2026-01-05 10:00:01\n");
  assert.deepEqual([dated.timeName, [...(dated.times ?? [])], Object.keys(plain(dated))], ["when", [Date.UTC(2026, 0, 5, 10) * 1000, Date.UTC(2026, 0, 5, 10, 0, 1) * 1000], ["a"]]);
  const numbers = await tableOf("timestamp,a\n0.5,1\n1.25,2\n");
  assert.deepEqual([numbers.times, Object.keys(plain(numbers))], [null, ["timestamp", "a"]], "small numbers are no Unix times");
  const named = await tableOf("timestamp,a\n0.5,1\n1.25,2\n", { time: "timestamp" });
  assert.deepEqual([[...(named.times ?? [])], codes(named)], [[500_000, 1_250_000], ["seconds-times"]]);
  const bare = await tableOf("0.5 1\n1.5 2\n", { time: "c1" });
  assert.deepEqual([[...(bare.times ?? [])], plain(bare)], [[500_000, 1_500_000], { c2: [1, 2] }]);
  assert.equal((await tableOf("40000,1\n40001,2\n")).times, null, "numbers without a name are not taken for Excel days");
  assert.equal((await tableOf("a,when\n1,2026-01-05 10:00:00\n2,2026-01-05 10:00:01\n", { time: null })).times, null);
  const backward = await tableOf("time,a\n2026-01-05 10:00,1\n2026-01-05 09:00,2\n2026-01-05 09:00,3\n");
  assert.deepEqual([backward.rows, codes(backward)], [3, ["duplicate-times", "backward-times"]]);
});

test("readTables() takes the rows and columns that are asked for, and numbers rows as the file does", async () => {
  const text = "a,b,c\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n";
  const some = await tableOf(text, { rows: () => ({ from: 2, to: 3 }), exclude: ["b"] });
  assert.deepEqual([plain(some), [...some.rowNumbers]], [{ a: [3, 5], c: ["y", "x"] }, [2, 3]]);
  assert.deepEqual(plain(await tableOf(text, { keep: ["b"], rows: () => ({ from: 4, to: Infinity }) })), { b: [8] });
  const headless = await tableOf("1 2\n3 4\n5 6\n", { rows: () => ({ from: 2, to: 2 }), keep: ["c2"] });
  assert.deepEqual([plain(headless), [...headless.rowNumbers]], [{ c2: [4] }, [2]]);
  await assert.rejects(tableOf(text, { rows: () => ({ from: 9, to: 12 }) }), { code: "capture.no-rows", message: /rows 9\.\.12 of .* it has 4$/ });
  await assert.rejects(tableOf("1 2\n3 4\n", { rows: () => ({ from: 9, to: Infinity }) }), { code: "capture.no-rows" });
});

test("readTables() refuses a name that no file has, with the nearest that one has", async () => {
  await assert.rejects(tableOf("Volume Flow,b\n1,2\n", { exclude: ["volume_flow"] }), { code: "capture.no-column", hint: /Did you mean "Volume Flow"\?/ });
  await assert.rejects(tableOf("pressure,b\n1,2\n", { keep: ["presure"] }), { code: "capture.no-column", hint: /"pressure"/ });
  await assert.rejects(tableOf("1 2\n3 4\n", { keep: ["c3"] }), { code: "capture.no-column" });
  await assert.rejects(tableOf("a,b\n1,2\n", { time: "tyme" }), { code: "capture.no-column" });
  await assert.rejects(tableOf("1 2\n3 4\n", { columns: ["a", "b", "c"] }), { code: "capture.wrong-names" });
  await assert.rejects(tableOf("a,b\n1,2\n", { columns: ["a"] }), { code: "capture.wrong-names" });
});

const lines = (rows: number, columns: number) => Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, at) => row * 1000 + at).join(" ")).join("\n");

test("readTables() turns a table that lies on its side beside others, or plainly does by itself", async () => {
  const folder = join(home, "runs");
  mkdirSync(folder);
  for (const [name, rows, columns] of [["d0.dat", 5, 9], ["d1.dat", 7, 5], ["d2.dat", 12, 5]] as const) writeFileSync(join(folder, name), lines(rows, columns));
  const tables = await readTables([folder]);
  assert.deepEqual(tables.map(({ rows, columns }) => [rows, columns.length]), [[9, 5], [7, 5], [12, 5]]);
  assert.deepEqual([tables[0].columns[1].values[3], codes(tables[0]), codes(tables[1])], [1003, ["transposed"], []]);
  assert.match(tables[0].remarks[0].text, /5 lines of 9 numbers where the other files have 5 columns/);

  const alone = await tableOf(lines(3, 12), { rows: () => ({ from: 2, to: 4 }), columns: ["p", "q", "r"] });
  assert.deepEqual(plain(alone), { p: [1, 2, 3], q: [1001, 1002, 1003], r: [2001, 2002, 2003] });
  assert.deepEqual((await tableOf(lines(3, 11))).rows, 3, "not plainly so");
  assert.deepEqual((await tableOf(lines(3, 12), { transpose: false })).rows, 3);
  assert.deepEqual((await tableOf(`${Array.from({ length: 12 }, (_, at) => `w${at}`).join(" ")}\n${lines(3, 12)}`)).rows, 3, "names of columns say how it lies");
});

test("readTables() turns what it is told to, names in the first column included", async () => {
  assert.deepEqual(plain(await tableOf("speed,1,2,3\nload,4,5,\n", { transpose: true })), { speed: [1, 2, 3], load: [4, 5, null] });
  assert.deepEqual(plain(await tableOf("1,2,3\n4,5,6\n", { transpose: true, keep: ["c2"] })), { c2: [4, 5, 6] });
  await assert.rejects(tableOf("a,x,y\nb,p,q\n", { transpose: true }), { code: "capture.not-turned" });
});

test("readTables() takes wildcards and folders in natural order, each file once", async () => {
  const folder = join(home, "many");
  mkdirSync(join(folder, "sub"), { recursive: true });
  for (const name of ["d10.csv", "d2.csv", "d1.csv", "sub/d3.csv", "LICENSE.txt", "README.md"]) writeFileSync(join(folder, name), "a,b\n1,2\n");
  const names = async (...patterns: string[]) => (await readTables(patterns)).map(({ name }) => name);
  assert.deepEqual(await names(folder), ["d1.csv", "d2.csv", "d10.csv"]);
  assert.deepEqual(await names(join(folder, "d2.csv"), join(folder, "*.csv")), ["d2.csv", "d1.csv", "d10.csv"]);
  assert.deepEqual(await names(join(folder, "**/d[23].csv")), ["d2.csv", "d3.csv"]);
  writeFileSync(join(folder, "x[1].csv"), "a\n1\n");
  assert.deepEqual(await names(join(folder, "x[1].csv")), ["x[1].csv"], "a name that is there is no pattern");
  await assert.rejects(names(join(folder, "*.tsv")), { code: "capture.no-files" });
  await assert.rejects(names(home.replace(/$/, "/none*")), { code: "capture.no-files" });
  await assert.rejects(names(join(folder, "gone.csv")), { code: "capture.not-found" });
  mkdirSync(join(home, "empty"));
  await assert.rejects(names(join(home, "empty")), { code: "capture.no-files" });
});

test("readTables() finds the delimiter of each file by itself", async () => {
  const folder = join(home, "mixed");
  mkdirSync(folder);
  for (const [at, text] of ["9,39,0.5\n9,40,-0.25\n", "9;39;0.5\n9;40;-0.25\n", "9 39 0.5\n9 40 -0.25\n"].entries()) writeFileSync(join(folder, `${at}.csv`), text);
  const tables = await readTables([folder], { columns: ["h", "m", "g"] });
  assert.deepEqual(tables.map(plain), tables.map(() => ({ h: [9, 9], m: [39, 40], g: [0.5, -0.25] })));
});

test("readTables() reads again when a later row shows how the file is written", async () => {
  const late = Array.from({ length: 600 }, (_, row) => `${row};${row}`).join("\n");
  assert.deepEqual((await tableOf(`a;b\n${late}\n1,5;2\n`)).columns[0].values[600], 1.5);
  const texts = await tableOf(`a,b\n${Array.from({ length: 600 }, (_, row) => `${row},${row}`).join("\n")}\n${"x,1\n".repeat(900)}`);
  assert.deepEqual([texts.columns[0].levels?.[texts.columns[0].values[700]], texts.rows], ["x", 1500]);
});
