import assert from "node:assert/strict";
import { test } from "node:test";
import { boundedRows, drawnEvenly } from "./study-bounded.ts";
import type { StudyRequest, TableSet } from "./study-request.ts";

/** Rows whose only input is their number; every 7,000th of a class of its own. */
function setOf(rows: number): TableSet {
  return {
    rows,
    inputs: [{ name: "row", values: Float64Array.from({ length: rows }, (_, row) => row), levels: null }],
    target: { name: "y", values: Float64Array.from({ length: rows }, (_, row) => (row % 7000 === 3 ? 1 : 0)), levels: ["usual", "rare"] },
    times: null,
    order: null,
    groups: null,
    groupNames: [],
    blocks: Int32Array.from({ length: rows }, (_, row) => Math.floor((20 * row) / rows)),
    blockCount: 20,
    stretches: [{ start: 0, end: rows, file: 0 }],
    files: [{ name: "a.csv", digest: "" }],
    rowNumbers: Float64Array.from({ length: rows }, (_, row) => row + 1),
  };
}

const ask = (train: TableSet, kind: StudyRequest["kind"], seed = 1): StudyRequest => ({ kind, train, test: null, folds: null, split: "", judgedBy: "row", lag: 0, targetLags: 0, cap: null, seed, budgetSeconds: 60, remarks: [] });
const all = (rows: number): Uint8Array => new Uint8Array(rows).fill(1);

test("boundedRows() keeps all rows while they fit, and of more a part that does, in runs from every block", () => {
  const set = setOf(100_000);
  assert.equal(boundedRows(ask(set, "estimate"), all(100_000), 100_000).train, set);
  const { train, teaches } = boundedRows(ask(set, "estimate"), all(100_000), 30_000);
  assert.ok(train.rows <= 30_000 && train.rows > 28_000, `${train.rows} rows`);
  assert.equal(teaches.length, train.rows);
  assert.deepEqual([train.blockCount, new Set(train.blocks).size], [20, 20]);
  assert.ok(train.stretches.every(({ start, end }) => (end - start) % 500 === 0));
  for (const { start, end } of train.stretches) assert.equal(train.inputs[0].values[end - 1] - train.inputs[0].values[start], end - 1 - start, "neighbours stay neighbours");
  assert.deepEqual(boundedRows(ask(set, "estimate"), all(100_000), 30_000).train, train);
  assert.notDeepEqual(boundedRows(ask(set, "estimate", 2), all(100_000), 30_000).train.rowNumbers, train.rowNumbers);
});

test("boundedRows() keeps every row of a rare class, and what may not teach still may not", () => {
  const set = setOf(100_000);
  const teaches = all(100_000).map((_, row) => (row < 50_000 ? 0 : 1));
  const picked = boundedRows(ask(set, "classify"), teaches, 20_000);
  assert.ok(picked.train.rows <= 20_000);
  const rare = Array.from(picked.train.target?.values.keys() ?? []).filter((row) => picked.train.target?.values[row] === 1 && picked.teaches[row] === 1);
  assert.deepEqual(rare.map((row) => picked.train.inputs[0].values[row]), [56_003, 63_003, 70_003, 77_003, 84_003, 91_003, 98_003]);
  assert.ok(picked.teaches.every((flag, row) => flag === (picked.train.inputs[0].values[row] < 50_000 ? 0 : 1)));
});

test("drawnEvenly() takes one run from each equal part of many, and all where they fit", () => {
  const runs = Array.from({ length: 100 }, (_, at) => ({ from: at * 10, to: at * 10 + 10 }));
  assert.equal(drawnEvenly(runs, 1000, 1), runs);
  const drawn = drawnEvenly(runs, 255, 1);
  assert.deepEqual(drawn.map(({ from }) => Math.floor(from / 40)), Array.from({ length: 25 }, (_, part) => part));
  assert.deepEqual(drawnEvenly(runs, 255, 1), drawn);
});
