import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { digest } from "../digest.ts";
import type { TableFile } from "../capture/table-file.ts";
import { parseWindows } from "./fault-windows.ts";
import type { TableSet } from "./study-request.ts";
import { tableStudy, type TableQuestion } from "./table-rows.ts";

type Cells = Readonly<Record<string, readonly (number | string | null)[]>>;

/** A table as if it had been read from a file. */
function tableOf(path: string, cells: Cells, times: readonly number[] | null = null): TableFile {
  const columns = Object.entries(cells).map(([name, own]) => {
    const levels = own.some((cell) => typeof cell === "string") ? [...new Set(own.flatMap((cell) => (cell === null ? [] : [String(cell)])))] : null;
    return { name, levels, values: Float64Array.from(own, (cell) => (cell === null ? NaN : levels === null ? Number(cell) : levels.indexOf(String(cell)))) };
  });
  const rows = columns[0].values.length;
  return { path, name: path.split("/").at(-1) ?? path, digest: digest(path), bytes: 1, rows, columns, times: times === null ? null : Float64Array.from(times), timeName: null, rowNumbers: Float64Array.from({ length: rows }, (_, row) => row + 1), header: true, leftOut: [], remarks: [] };
}

const count = (rows: number, of: (row: number) => number | string | null): (number | string | null)[] => Array.from({ length: rows }, (_, row) => of(row));
const wave = (rows: number, seed = 1): (number | string | null)[] => count(rows, (row) => Math.sin((row + 1) * seed * 12.9898) * 10);

const ask = (question: Partial<TableQuestion> & Pick<TableQuestion, "kind" | "train">) => {
  const { request, asked } = tableStudy({ test: [], ...question });
  return { ...request, asked };
};
const refused = (code: string, question: Partial<TableQuestion> & Pick<TableQuestion, "kind" | "train">, message?: RegExp) =>
  assert.throws(() => ask(question), (error: { code: string; message: string }) => (assert.equal(error.code, code), assert.match(error.message, message ?? /^Cannot /), true));

const inputNames = ({ inputs }: TableSet) => inputs.map(({ name }) => name);
const plain = (values: ArrayLike<number> | null | undefined) => Array.from(values ?? []);

test("tableStudy() puts files together: what all have in common may be looked at, the rest is left out with the reason", () => {
  const a = tableOf("a.csv", { no: count(30, (row) => row + 1), id: count(30, (row) => `M${row}`), kind: count(30, (row) => (row % 2 === 0 ? "L" : "H")), x: wave(30), fixed: count(30, () => 4), none: count(30, () => null), extra: wave(30, 3), y: wave(30, 2) });
  const b = tableOf("b.csv", { no: count(24, (row) => row + 1), id: count(24, (row) => `N${row}`), kind: count(24, (row) => (row % 2 === 0 ? "M" : "L")), x: wave(24, 4), fixed: count(24, () => 5), none: count(24, () => 1), y: wave(24, 5) });
  const { train, test: judged, asked, remarks } = ask({ kind: "estimate", target: "y", train: [a], test: [b] });
  assert.deepEqual([inputNames(train), judged === null ? null : inputNames(judged)], [["kind", "x"], ["kind", "x"]]);
  const reasons = Object.fromEntries(asked.leftOut.map(({ name, reason }) => [name, reason]));
  assert.match(reasons.no, /numbers the rows/);
  assert.match(reasons.id, /names the row: 30 different texts/);
  assert.match(reasons.fixed, /same value/);
  assert.match(reasons.none, /without a value/);
  assert.match(reasons.extra, /"b\.csv" has no such column/);
  assert.deepEqual(train.inputs[0].levels, ["H", "L"]);
  assert.deepEqual(plain(judged?.inputs[0].values.subarray(0, 2)), [NaN, 1], "a text that nobody taught is unknown");
  assert.match(remarks.join(" "), /"kind": 12 rows to be judged hold texts/);
  assert.deepEqual([asked.split.how, asked.files.map(({ name, use }) => [name, use])], ["test-files", [["a.csv", "train"], ["b.csv", "test"]]]);
});

test("tableStudy() sets the last quarter of the blocks aside when nothing else judges, and keeps rows without a target", () => {
  const { train, test: exam, asked, split, remarks, folds } = ask({ kind: "estimate", target: "y", train: [tableOf("a.csv", { x: wave(400), y: count(400, (row) => (row % 10 === 0 ? null : row)) })] });
  assert.deepEqual([train.rows, exam?.rows, train.blockCount, exam?.blockCount, folds], [300, 100, 15, 5, null]);
  assert.deepEqual([train.rowNumbers[299], exam?.rowNumbers[0]], [300, 301]);
  assert.deepEqual(exam?.stretches, [{ start: 0, end: 100, file: 0 }]);
  assert.match(remarks.join(" "), /40 of 400 rows have no known "y"/);
  assert.deepEqual([asked.split.how, asked.split.block, split], ["exam-at-the-end", "about 20 rows", "The last quarter of the blocks judges (a block: about 20 rows)."]);
});

test("tableStudy() never splits a group, wherever its rows stand", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 60, maxLength: 200 }), fc.integer({ min: 2, max: 4 }), fc.boolean(), (groups, folds, byFolds) => {
      fc.pre(new Set(groups).size >= folds);
      const table = tableOf("a.csv", { g: groups.map((group) => `g${group}`), x: wave(groups.length), y: wave(groups.length, 2) });
      const request = ask({ kind: "estimate", target: "y", group: "g", train: [table], ...(byFolds ? { folds } : {}) });
      const sides = new Map<string, Set<number>>();
      const note = (set: TableSet, side: (row: number) => number) => {
        for (let row = 0; row < set.rows; row++) {
          const name = set.groupNames[set.groups?.[row] ?? -1];
          sides.set(name, (sides.get(name) ?? new Set()).add(side(row)));
          const file = set.rowNumbers[row] - 1;
          assert.equal(set.inputs[0].values[row], table.columns[1].values[file], "rows were moved as a whole");
        }
      };
      if (request.folds !== null) note(request.train, (row) => request.folds?.of[row] ?? -1);
      else for (const [at, set] of [request.train, request.test].entries()) if (set !== null) note(set, () => at);
      for (const [name, seen] of sides) assert.equal(seen.size, 1, name);
      for (const set of [request.train, request.test ?? request.train]) for (const { start, end } of set.stretches) assert.equal(new Set(set.groups?.subarray(start, end)).size, 1);
    }),
  );
});

test("tableStudy() deals rows of classes out evenly where nothing ties them together, and says why", () => {
  const table = tableOf("a.csv", { x: wave(200), kind: count(200, (row) => (row < 150 ? 0 : row % 2 === 0 ? 10 : 2)) });
  const { folds, train, split } = ask({ kind: "classify", target: "kind", train: [table] });
  assert.deepEqual([folds?.count, folds?.stratified, train.target?.levels], [5, true, ["0", "2", "10"]]);
  for (const level of [0, 1, 2]) {
    const sizes = Array.from({ length: 5 }, (_, fold) => train.target?.values.reduce((sum, value, row) => sum + (value === level && folds?.of[row] === fold ? 1 : 0), 0) ?? 0);
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `${level}: ${sizes.join(" ")}`);
  }
  assert.match(split, /of 5 folds .* rows are dealt out by class, for no times, groups or blocks are named/);
  assert.deepEqual(ask({ kind: "classify", target: "kind", train: [table] }).folds, folds, "the same seed, the same folds");
  assert.notDeepEqual(ask({ kind: "classify", target: "kind", train: [table], seed: 2 }).folds, folds);
  assert.equal(ask({ kind: "classify", target: "kind", train: [table], stratified: false }).asked.split.how, "exam-at-the-end");
  assert.equal(ask({ kind: "classify", target: "kind", train: [{ ...table, times: Float64Array.from({ length: 200 }, (_, row) => row * 1e6) }] }).asked.split.how, "exam-at-the-end");
});

test("tableStudy() judges classes that are files by the end of each file", () => {
  const files = ["normal", "ball", "race"].map((name, at) => tableOf(`${name}.csv`, { x: wave(100, at + 1) }));
  const { train, test: exam, split } = ask({ kind: "classify", target: "file", train: files });
  assert.deepEqual(train.target?.levels, ["ball", "normal", "race"]);
  assert.deepEqual([[...new Set(train.target?.values)], [...new Set(exam?.target?.values)]], [[1, 0, 2], [1, 0, 2]]);
  assert.match(split, /of each class/);
  const folded = ask({ kind: "classify", target: "file", train: files, folds: 3 });
  for (let fold = 0; fold < 3; fold++) assert.equal(new Set(folded.train.target?.values.filter((_, row) => folded.folds?.of[row] === fold)).size, 3);
});

test("tableStudy() takes targets, groups and orders from the names of files and folders", () => {
  const files = ["b1/s_2", "b1/s_10", "b2/s_3"].map((path, at) => tableOf(`${path}.csv`, { x: wave(5, at + 1) }));
  const numbers = ask({ kind: "remaining-life", group: "folder", order: "file:s_(\\d+)", train: files, test: [], folds: 2 });
  assert.deepEqual(plain(numbers.train.target?.values), [8, 8, 8, 8, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(numbers.train.groupNames, ["b1", "b2"]);
  assert.deepEqual(numbers.train.stretches.map(({ end }) => end), [5, 10, 15]);
  refused("study.bad-pattern", { kind: "classify", target: "file:(", train: files });
  refused("capture.no-column", { kind: "classify", target: "flie", train: files }, /"flie"/);
});

test("tableStudy() counts life down to a group's end, and on the other side to the given truth", () => {
  const train = tableOf("train.txt", { unit: [1, 1, 1, 2, 2], cycle: [1, 2, 3, 1, 2], x: [5, 6, 7, 8, 9] });
  const judged = tableOf("test.txt", { unit: [1, 1, 2], cycle: [1, 2, 1], x: [1, 2, 3] });
  const truth = tableOf("rul.txt", { c1: [20, 7] });
  const asked = ask({ kind: "remaining-life", group: "unit", order: "cycle", train: [train], test: [judged], truth, cap: 125 });
  assert.deepEqual([plain(asked.train.target?.values), plain(asked.test?.target?.values)], [[2, 1, 0, 1, 0], [21, 20, 7]]);
  assert.deepEqual([asked.judgedBy, asked.cap, inputNames(asked.train), plain(asked.test?.order)], ["group", 125, ["x"], [1, 2, 1]]);
  assert.match(asked.remarks.join(" "), /2 names of "unit" in more than one file: taken as different units/);
  const open = ask({ kind: "remaining-life", group: "unit", order: "cycle", train: [train], test: [judged] });
  assert.deepEqual([open.judgedBy, plain(open.test?.target?.values)], ["row", [1, 0, 0]]);
  refused("study.bad-truth", { kind: "remaining-life", group: "unit", train: [train], test: [judged], truth: tableOf("rul.txt", { c1: [20] }) }, /it has 1 values for 2 groups/);
  refused("study.bad-truth", { kind: "remaining-life", group: "unit", train: [train], test: [judged], truth: tableOf("rul.txt", { c1: [20, -1] }) });
  refused("study.no-sense", { kind: "remaining-life", group: "unit", train: [train], truth });
});

test("tableStudy() joins a unit whose order goes on in the next file, and no other", () => {
  const first = tableOf("jan.csv", { unit: ["p", "p", "q"], hour: [1, 2, 1], x: [5, 6, 7] });
  const second = tableOf("feb.csv", { unit: ["p", "q"], hour: [3, 1], x: [8, 9] });
  const { train } = ask({ kind: "remaining-life", group: "unit", order: "hour", train: [first, second], folds: 2 });
  assert.deepEqual([train.groupNames, plain(train.target?.values)], [["p", "q", "q"], [2, 1, 0, 0, 0]]);
});

test("tableStudy() decides a group at a time where the class is the group's, and row by row where it is not", () => {
  const cells = { batch: count(40, (row) => Math.floor(row / 5)), x: wave(40) };
  const whole = ask({ kind: "classify", target: "good", group: "batch", train: [tableOf("a.csv", { ...cells, good: count(40, (row) => Math.floor(row / 5) % 2) })] });
  assert.deepEqual([whole.judgedBy, whole.asked.split.block], ["group", "a group of batch"]);
  const mixed = ask({ kind: "classify", target: "good", group: "batch", train: [tableOf("a.csv", { ...cells, good: count(40, (row) => row % 2) })] });
  assert.equal(mixed.judgedBy, "row");
  assert.match(mixed.remarks.join(" "), /"good" changes within groups/);
});

test("tableStudy() cuts blocks by rows, by time and by a column, and never across files", () => {
  const times = (rows: number, from = 0) => count(rows, (row) => (from + row) * 60e6) as number[];
  const files = [tableOf("a.csv", { x: wave(10), y: wave(10, 2), part: count(10, (row) => `p${Math.floor(row / 4)}`) }, times(10)), tableOf("b.csv", { x: wave(6, 3), y: wave(6, 4), part: count(6, () => "p2") }, times(6, 10))];
  const blocks = (block: NonNullable<TableQuestion["block"]>) => plain(ask({ kind: "estimate", target: "y", train: files, folds: 2, block }).train.blocks).join("");
  assert.equal(blocks({ by: "rows", rows: 4 }), "0000111122333344");
  assert.equal(blocks({ by: "span", span: 5 * 60e6, text: "5min" }), "0000011111222223");
  assert.equal(blocks({ by: "column", column: "part" }), "0000111122222222");
  refused("study.no-times", { kind: "estimate", target: "y", train: files.map((file) => ({ ...file, times: null })), block: { by: "span", span: 1, text: "5min" } });
});

test("tableStudy() ends a stretch where rows are missing, where time leaps and where it goes back", () => {
  const table = tableOf("a.csv", { x: wave(8), y: wave(8, 2) }, [0, 1, 2, 3, 20, 21, 5, 6].map((at) => at * 1e6));
  const { train } = ask({ kind: "estimate", target: "y", train: [{ ...table, rowNumbers: Float64Array.of(1, 2, 4, 5, 6, 7, 8, 9) }], folds: 2 });
  assert.deepEqual(train.stretches.map(({ start, end }) => [start, end]), [[0, 2], [2, 4], [4, 6], [6, 8]]);
});

test("tableStudy() takes recorded truth of a condition from a column, from its name or from windows", () => {
  const cells = { x: wave(6), anomaly: [0, 0, 1, 1, 0, null], outlier: [0, 1, 0, 0, 0, 0], state: ["ok", "ok", "fault", "ok", "ok", "ok"] };
  const [calm, run] = [tableOf("calm.csv", { ...cells, x: wave(6, 2) }), tableOf("runs/run.csv", cells, [0, 1, 2, 3, 4, 5].map((row) => Date.UTC(2026, 0, 5, 10, row) * 1000))];
  const truth = (question: Partial<TableQuestion>) => {
    const { test: judged } = ask({ kind: "condition", train: [calm], test: [run], ...question });
    return [judged === null ? [] : inputNames(judged), plain(judged?.target?.values)];
  };
  assert.deepEqual(truth({}), [["x", "state"], [0, 0, 1, 1, 0, NaN]]);
  assert.deepEqual(truth({ target: "state" }), [["x"], [0, 0, 1, 0, 0, 0]]);
  assert.deepEqual(truth({ target: null }), [["x", "state"], []]);
  assert.deepEqual(truth({ windows: parseWindows("[[2, 3]]", "w.json") })[1], [0, 1, 1, 0, 0, 0]);
  assert.deepEqual(plain(ask({ kind: "condition", train: [calm], test: [run], windows: parseWindows("[[2, 3]]", "w.json") }).train.target?.values), Array(6).fill(NaN), "a bare list is about what is judged");
  assert.deepEqual(truth({ windows: parseWindows('{"runs/run.csv": [["2026-01-05 10:01:00.000000", "2026-01-05T10:02:00Z"]], "other.csv": [[1, 1]]}', "w.json") })[1], [0, 1, 1, 0, 0, 0]);
  assert.deepEqual(truth({ windows: parseWindows('{"un.csv": []}', "w.json") })[1], Array(6).fill(NaN));
  for (const text of ["{", "[[1]]", "3", '{"a": [[1, 2, 3]]}']) assert.throws(() => parseWindows(text, "w.json"), { code: "study.bad-windows" }, text);
  for (const text of ["[[3, 2]]", '[["soon", "later"]]', '[[1, "2026-01-05"]]']) assert.throws(() => truth({ windows: parseWindows(text, "w.json") }), { code: "study.bad-windows" }, text);
  refused("capture.bad-label", { kind: "condition", train: [calm], test: [run], target: "x" });
});

test("tableStudy() refuses what makes no sense by a code of its own", () => {
  const table = tableOf("a.csv", { x: wave(40), y: wave(40, 2), g: count(40, (row) => `g${row % 4}`), fixed: count(40, () => 3), text: count(40, (row) => `t${row % 3}`), gone: count(40, () => null) });
  const other = { ...table, path: "b.csv", name: "b.csv", digest: digest("b") };
  refused("capture.no-column", { kind: "estimate", target: "Y ", train: [table] }, /"Y "/);
  refused("study.constant-target", { kind: "estimate", target: "fixed", train: [table] }, /"3" in all rows/);
  refused("study.constant-target", { kind: "classify", target: "fixed", train: [table] });
  refused("study.no-target", { kind: "estimate", target: "gone", train: [table] });
  refused("study.not-a-number", { kind: "estimate", target: "text", train: [table] }, /"t0"/);
  refused("study.not-a-number", { kind: "estimate", target: "y", group: "g", order: "text", train: [table] });
  refused("study.bad-order", { kind: "estimate", target: "y", group: "g", order: "gone", train: [table] });
  refused("study.too-many-classes", { kind: "classify", target: "y", train: [table] }, /40 in 40 rows/);
  refused("study.shared-group", { kind: "classify", target: "text", group: "g", train: [table], test: [other] }, /"g0" of "g"/);
  refused("study.no-sense", { kind: "estimate", target: "y", train: [table], test: [table] }, /both teaches and judges/);
  refused("study.no-sense", { kind: "estimate", target: "y", train: [table], folds: 1 });
  refused("study.no-sense", { kind: "estimate", target: "y", train: [table], test: [other], folds: 3 });
  refused("study.no-sense", { kind: "estimate", target: "y", train: [table], stratified: true });
  refused("study.no-sense", { kind: "classify", target: "text", train: [table], stratified: true, lag: 2 });
  refused("study.no-sense", { kind: "classify", train: [table] });
  refused("study.too-few-blocks", { kind: "estimate", target: "y", group: "g", train: [table], folds: 5 }, /4 blocks/);
  refused("study.no-inputs", { kind: "estimate", target: "y", train: [tableOf("a.csv", { y: wave(40), fixed: count(40, () => 3) })] }, /"fixed"/);
  const bare = (name: string, width: number) => ({ ...tableOf(name, Object.fromEntries(Array.from({ length: width }, (_, at) => [`c${at + 1}`, wave(9, at + 1)]))), header: false });
  refused("study.unlike-tables", { kind: "estimate", target: "c1", train: [bare("a.dat", 5), bare("b.dat", 9)] }, /"a\.dat" has 5 of them, "b\.dat" has 9/);
});
