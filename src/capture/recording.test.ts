import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { MillraceError } from "../errors.ts";
import { describe } from "./describe.ts";
import { readRecording, type ReadOptions } from "./recording.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-capture-"));
after(() => rmSync(folder, { recursive: true }));

const written = (content: string | Buffer, name = "input.csv") => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const read = (content: string | Buffer, options?: ReadOptions) => readRecording(written(content), options);

interface Style {
  readonly delimiter: string;
  readonly decimal: "." | ",";
  readonly dates: "iso" | "dots" | "dmy" | "mdy" | "epoch";
  readonly zone: string;
  readonly quoted: boolean;
  readonly end: string;
  readonly gzip: boolean;
  readonly bom: boolean;
}

const styles: fc.Arbitrary<Style> = fc.record({
  delimiter: fc.constantFrom(";", ",", "\t", "|"),
  decimal: fc.constantFrom(".", ","),
  dates: fc.constantFrom("iso", "dots", "dmy", "mdy", "epoch"),
  zone: fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"),
  quoted: fc.boolean(),
  end: fc.constantFrom("\n", "\r\n"),
  gzip: fc.boolean(),
  bom: fc.boolean(),
});

/** A time as the wall clock of the zone shows it. */
function dateText(micros: number, { dates, zone }: Style): string {
  if (dates === "epoch") return String(micros / 1000);
  const shows = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  const [date, clock] = shows.format(new Date(micros / 1000)).split(" ");
  const [year, month, day] = date.split("-");
  const fraction = String((micros / 1000) % 1000).padStart(3, "0");
  const days = { iso: date, dots: `${day}.${month}.${year}`, dmy: `${day}/${month}/${year}`, mdy: `${month}/${day}/${year}` };
  return `${days[dates]} ${clock}.${fraction}`;
}

function fileText(times: readonly number[], table: readonly (readonly (number | string)[])[], style: Style): string {
  const cell = (text: string) => (style.quoted || text.includes(style.delimiter) ? `"${text.replaceAll('"', '""')}"` : text);
  const value = (item: number | string) => (typeof item === "string" ? item : Number.isNaN(item) ? "" : String(item).replace(".", style.decimal));
  const rows = times.map((time, row) => [dateText(time, style), ...table[row].map(value)]);
  return (style.bom ? "\ufeff" : "") + [["time", "a", "b", "mode"], ...rows].map((cells) => cells.map(cell).join(style.delimiter)).join(style.end) + style.end;
}

const number = fc.oneof({ weight: 5, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value + 0.5) }, { weight: 1, arbitrary: fc.constant(NaN) });
const row = fc.tuple(number, number, fc.constantFrom("auto", "hand; or, 5 \" | not\tthis", "Ünder"));

test("readRecording() gives back any table in whatever way it was written", async () => {
  await fc.assert(
    fc.asyncProperty(styles, fc.array(row, { minLength: 2, maxLength: 12 }), fc.integer({ min: 0, max: 20_000 }), async (style, rows, from) => {
      // From 13 to 28 January: every date says which part is its day, and no clock changes.
      const start = Date.UTC(2024, 0, 13, 12) * 1000 + from * 60e6;
      const times = rows.map((_, index) => start + index * 250_000);
      const table = [[0.5, 1.5, "auto"], [1.25, 2.5, "auto"], ...rows.slice(2)]; // enough to see what a column is
      const text = fileText(times, table, style);
      const path = written(style.gzip ? gzipSync(text) : text);
      const recording = await readRecording(path, { zone: style.zone });
      assert.deepEqual([...recording.times], times);
      for (const [at, name] of ["a", "b"].entries()) {
        const column = recording.columns.find((column) => column.name === name);
        assert.deepEqual([...(column?.values ?? [])], table.map((cells) => cells[at]), name);
      }
      const mode = recording.columns.find(({ name }) => name === "mode");
      assert.deepEqual(Array.from(mode?.values ?? [], (code) => mode?.texts?.at(code)), table.map((cells) => cells[2]));
      assert.equal(recording.dialect.delimiter, style.delimiter);
      assert.equal(recording.file.digest, createHash("sha256").update(readFileSync(path)).digest("hex"));
      const empty = table.flat().filter((value) => Number.isNaN(value)).length;
      assert.deepEqual(recording.remarks.map(({ code, count }) => [code, count]), empty > 0 ? [["empty-cells", empty]] : []);
    }),
    { numRuns: 200 },
  );
});

test("readRecording() tells both hours apart when Berlin puts its clock back, and reads on when it is put forward", async () => {
  for (const [from, zone] of [["2024-10-26T20:00:00Z", "Europe/Berlin"], ["2024-03-30T20:00:00Z", "Europe/Berlin"], ["2024-11-03T00:00:00Z", "America/New_York"]]) {
    for (const step of [30, 600, 3600]) {
      const times = Array.from({ length: Math.floor(36_000 / step) }, (_, row) => Date.parse(from) * 1000 + row * step * 1e6);
      const style: Style = { delimiter: ";", decimal: ".", dates: "iso", zone, quoted: false, end: "\n", gzip: false, bom: false };
      const { times: seen } = await read(fileText(times, times.map((_, row) => [row, 0, "auto"]), style), { zone });
      assert.deepEqual([...seen], times, `${from} every ${step} s`);
    }
  }
});

test("readRecording() refuses a header of more than 10,000 columns before reading on", async () => {
  const names = Array.from({ length: 10_001 }, (_, at) => `signal ${at}`).join(";");
  let seen = 0;
  const big = `${names}\n${`${"1;".repeat(10_000)}1\n`.repeat(500)}`;
  await assert.rejects(read(big, { onProgress: (bytes) => (seen = bytes) }), { code: "capture.too-many-columns" });
  assert.equal(seen, 0);
  const wide = await read(`time;${Array.from({ length: 9_999 }, (_, at) => `signal ${at}`).join(";")}\n2024-01-01${";1".repeat(9_999)}\n2024-01-02${";2".repeat(9_999)}\n`);
  assert.equal(wide.columns.length, 9_999);
});

test("readRecording() cuts a name of a megabyte", async () => {
  const { columns } = await read(`time,${"x".repeat(1_000_000)}\n2024-01-01,1\n2024-01-02,2\n`);
  assert.equal(columns[0].name.length, 200);
});

test("readRecording() sets a few ragged rows aside and refuses many", async () => {
  const rows = (bad: number) => Array.from({ length: 2000 }, (_, row) => `${1_700_000_000 + row},${row}${row % Math.floor(2000 / bad) === 1 ? ",x" : ""}`).join("\n");
  const { remarks, rows: kept } = await read(`time,x\n${rows(10)}\n`);
  assert.deepEqual(remarks.map(({ code, count, firstLine }) => [code, count, firstLine]), [["ragged-rows", 10, 3]]);
  assert.equal(kept, 1990);
  await assert.rejects(read(`time,x\n${rows(40)}\n`), { code: "capture.ragged", message: /line 3 has 3 instead of 2 cells/ });
});

test("readRecording() refuses what is no file", async () => {
  await assert.rejects(readRecording(join(folder, "none.csv")), { code: "capture.not-found" });
  await assert.rejects(readRecording(folder), { code: "capture.not-a-file" });
});

test("readRecording() stops when it is told to, and says how far it is", async () => {
  const text = `time,x\n${Array.from({ length: 20_000 }, (_, row) => `${1_700_000_000 + row},${row}`).join("\n")}\n`;
  const stop = new AbortController();
  const path = written(text);
  await assert.rejects(readRecording(path, { signal: stop.signal, onProgress: () => stop.abort(new Error("enough")) }), /enough/);
  await assert.rejects(readRecording(path, { signal: AbortSignal.abort(new Error("never")) }), /never/);
  const seen: number[][] = [];
  await readRecording(path, { onProgress: (...progress) => seen.push(progress) });
  assert.deepEqual(seen.at(-1), [text.length, text.length]);
});

test("readRecording() leaves out a column in which nearly every text is another, and says so", async () => {
  const rows = Array.from({ length: 300 }, (_, row) => `${1_700_000_000 + row},${row % 7},part ${row}`).join("\n");
  const { columns, remarks } = await read(`time,x,serial\n${rows}\n`);
  assert.deepEqual(columns.map(({ name }) => name), ["x"]);
  assert.deepEqual(remarks.map(({ code, text }) => [code, text]), [["left-out", '1 column left out: "serial" with too many different texts']]);
});

test("readRecording() refuses a period that is no length of time", async () => {
  await assert.rejects(read("x\n1\n", { period: 0.5 }), RangeError);
});

test("readRecording() reads a decimal comma that first shows late", async () => {
  const rows = Array.from({ length: 1000 }, (_, row) => `${1_700_000_000 + row};${row < 900 ? row % 5 : "2,5"};${row}`).join("\n");
  const { columns, dialect, remarks } = await read(`time;x;y\n${rows}\n`);
  assert.deepEqual([dialect.decimal, columns[0].values[899], columns[0].values[900], columns[1].values[999]], [",", 4, 2.5, 999]);
  assert.deepEqual(remarks, []);
});

test("readRecording() reads packed data in two parts, and refuses bytes that follow it", async () => {
  const packed = Buffer.concat([gzipSync("time,x\n2024-01-01,1\n"), gzipSync("2024-01-02,2\n")]);
  assert.equal((await read(packed)).rows, 2);
  for (const more of [Buffer.alloc(10), Buffer.alloc(200_000), Buffer.from("more")]) {
    await assert.rejects(read(Buffer.concat([packed, more])), { code: "capture.damaged" });
  }
});

test("readRecording() gives a recording or an error with a code for any file", async () => {
  const piece = fc.constantFrom("time", "x", ",", ";", "\n", "\r\n", '"', "1", "2.5", "3,5", "2024-01-02", "03/04/2024", "10:00", " ", "NaN", "\u0000", "\u202e", "ü", "-", "1e400", "on", "1700000000");
  const text = fc.array(piece, { maxLength: 60 }).map((pieces) => Buffer.from(pieces.join("")));
  const table = fc.array(fc.array(piece, { minLength: 2, maxLength: 3 }), { minLength: 2, maxLength: 8 }).map((rows) => Buffer.from(rows.map((cells) => cells.join(",")).join("\n")));
  await fc.assert(
    fc.asyncProperty(fc.oneof(text, table, fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes))), fc.boolean(), async (bytes, timed) => {
      try {
        const { times, columns, label, rows } = await read(bytes, timed ? { period: 1e6 } : {});
        assert.ok(rows > 0 && times.length === rows && [...times].every(Number.isSafeInteger));
        for (const values of [...columns, ...(label === null ? [] : [label])].map(({ values }) => values)) assert.equal(values.length, rows);
      } catch (error) {
        assert.ok(error instanceof MillraceError && /^capture\.[a-z-]+$/.test(error.code), String(error));
      }
    }),
    { numRuns: 300 },
  );
});

const skab = join(import.meta.dirname, "../../../shared/data/skab/valve1/0.csv");
const gasTurbine = join(import.meta.dirname, "../../../shared/data/gas-turbine-emissions/gt_2011.csv");
const ai4i = join(import.meta.dirname, "../../../shared/data/ai4i-2020/ai4i2020.csv");
const unless = (path: string) => ({ skip: existsSync(path) ? false : `${path} is not here` });

test("readRecording() reads a recording of the SKAB testbed", unless(skab), async () => {
  const { columns, label, grid, dialect, rows, remarks, times } = await readRecording(skab);
  assert.equal(rows, 1147);
  assert.deepEqual(dialect, {
    delimiter: ";", decimal: ".", header: true, encoding: "utf-8", gzip: false, time: { columns: ["datetime"], form: "text" }, zone: "UTC", dateOrder: null,
  });
  assert.deepEqual(columns.filter(({ role }) => role === "measured").map(({ name, period }) => [name, period]), [
    "Accelerometer1RMS", "Accelerometer2RMS", "Current", "Pressure", "Temperature", "Thermocouple", "Voltage", "Volume Flow RateRMS",
  ].map((name) => [name, 1e6]));
  assert.deepEqual(columns.filter(({ role }) => role !== "measured").map(({ name, role, valueType }) => [name, role, valueType]), [["changepoint", "state", "flag"]]);
  assert.equal(label?.name, "anomaly");
  assert.equal(label?.values.reduce((sum, value) => sum + value, 0), 401);
  assert.deepEqual(grid, { period: 1e6, hold: 5e6, lateness: 1e6 });
  assert.equal(times[0], Date.UTC(2020, 2, 9, 10, 14, 33) * 1000);
  assert.deepEqual(remarks, []);
});

test("readRecording() reads tables without times only when told how far apart their rows are", unless(gasTurbine), async () => {
  await assert.rejects(readRecording(gasTurbine), { code: "capture.no-time" });
  const { columns, rows, grid, times } = await readRecording(gasTurbine, { period: 3600e6 });
  assert.deepEqual([columns.length, rows, grid.period, times[7410]], [11, 7411, 3600e6, 7410 * 3600e6]);
  assert.ok(columns.every(({ role }) => role === "measured"));
});

test("readRecording() finds units, label and row number of a table with a byte order mark", unless(ai4i), async () => {
  const { columns, label } = await readRecording(ai4i, { period: 1e6 });
  assert.equal(label?.name, "Machine_failure");
  const found = Object.fromEntries(columns.map(({ name, unit, role }) => [name, [unit, role]]));
  assert.deepEqual(found["Air temperature [K]"], ["K", "measured"]);
  assert.deepEqual(found["Torque [Nm]"], ["N.m", "measured"]);
  assert.deepEqual(found["UDI"], [null, "counter"]);
  assert.deepEqual(found["TWF"], [null, "state"]);
  assert.equal(found["Product ID"], undefined);
});

test("describe() says in words what a recording was taken for", async () => {
  const recording = await read("time;Temp [°C];anomaly\n05.03.2024 10:00;20,5;0\n05.03.2024 10:01;;1\n05.03.2024 10:02;21,5;0\n", { zone: "Europe/Berlin" });
  assert.deepEqual(describe(recording), [
    "File input.csv: 3 rows, 92 bytes, 2024-03-05T09:00:00.000Z to 2024-03-05T09:02:00.000Z",
    '  read with delimiter ";", decimal ",", header, utf-8',
    "  times from time (text, zone Europe/Berlin where none is stated)",
    "Signals: 1",
    "  Temp [°C]: number, Cel (guessed), every 2 min, measured (guessed)",
    "Label: anomaly, 1 in 1 of 3 rows",
    "Grid: a row every 1 min, a value held for 10 min, closed 1 min late",
    "Blocks: the file is one block",
    "Remarks:",
    "  1 cell empty: unknown (from line 3)",
  ]);
});
