import assert from "node:assert/strict";
import { test } from "node:test";
import { cutRows, pickRows, rowsWhere } from "./table-set.ts";
import type { TableSet } from "./study-request.ts";

const set: TableSet = {
  rows: 6,
  inputs: [{ name: "a", values: Float64Array.of(0, 1, 2, NaN, 4, 5), levels: null }],
  target: { name: "kind", values: Float64Array.of(0, 1, 0, 1, NaN, 0), levels: ["x", "y"] },
  times: null,
  order: Float64Array.of(1, 2, 3, 1, 2, 3),
  groups: Int32Array.of(0, 0, 0, 1, 1, 1),
  groupNames: ["p", "q"],
  blocks: Int32Array.of(0, 0, 1, 1, 2, 2),
  blockCount: 3,
  stretches: [{ start: 0, end: 3, file: 0 }, { start: 3, end: 6, file: 1 }],
  files: [{ name: "a.csv", digest: "00" }, { name: "b.csv", digest: "11" }],
  rowNumbers: Float64Array.of(1, 2, 3, 1, 2, 3),
};

test("pickRows() takes rows of every column, counts blocks anew and cuts stretches where rows are missing", () => {
  const some = pickRows(set, Int32Array.of(0, 2, 3, 4, 5));
  assert.deepEqual(some.inputs[0].values, Float64Array.of(0, 2, NaN, 4, 5));
  assert.deepEqual(some.target?.values, Float64Array.of(0, 0, 1, NaN, 0));
  assert.deepEqual([...(some.groups ?? [])], [0, 0, 1, 1, 1]);
  assert.deepEqual([...some.blocks], [0, 1, 1, 2, 2]);
  assert.deepEqual(some.stretches, [{ start: 0, end: 1, file: 0 }, { start: 1, end: 2, file: 0 }, { start: 2, end: 5, file: 1 }]);
  assert.deepEqual(pickRows(set, Int32Array.of(4, 5)).blocks, Int32Array.of(0, 0));
  assert.equal(pickRows(set, Int32Array.of(4, 5)).blockCount, 1);
});

test("pickRows() of all rows is the set, and of none an empty one", () => {
  assert.deepEqual(pickRows(set, rowsWhere(set, () => true)), set);
  const none = pickRows(set, rowsWhere(set, () => false));
  assert.deepEqual([none.rows, none.blockCount, none.stretches], [0, 0, []]);
});

test("cutRows() is pickRows() of rows that follow each other", () => {
  for (const [start, end] of [[0, 6], [1, 5], [2, 3], [4, 4]]) assert.deepEqual(cutRows(set, start, end), pickRows(set, rowsWhere(set, (row) => row >= start && row < end)), `${start} to ${end}`);
});
