import assert from "node:assert/strict";
import { test } from "node:test";
import type { TableSet } from "../wheel/study-request.ts";
import { predictionLines, predictionsHead } from "./predictions.ts";

const set: TableSet = {
  rows: 4,
  inputs: [],
  target: { name: "kind", values: Float64Array.of(0, 1, 1, 0), levels: ["good", 'bad, "very"'] },
  times: null,
  order: null,
  groups: Int32Array.of(0, 0, 1, 1),
  groupNames: ["=1+1", "g2"],
  blocks: new Int32Array(4),
  blockCount: 1,
  stretches: [{ start: 0, end: 2, file: 0 }, { start: 2, end: 4, file: 1 }],
  files: [{ name: "a,b.csv", digest: "0" }, { name: "c.csv", digest: "1" }],
  rowNumbers: Float64Array.of(7, 8, 1, 2),
};

test("predictionLines() names file and row of each decision, quotes texts, and leaves unknown cells empty", () => {
  const said = { rows: Int32Array.of(1, 3), values: Float64Array.of(1, NaN), low: null, high: null, truth: Float64Array.of(0, 0) };
  assert.deepEqual(predictionLines(said, set), [predictionsHead, `"a,b.csv",8,'=1+1,"bad, ""very""",,,good`, "c.csv,2,g2,,,,good"]);
});

test("predictionLines() writes numbers with all their digits, and their interval", () => {
  const number = { ...set, target: { name: "y", values: new Float64Array(4), levels: null }, groups: null };
  const said = { rows: Int32Array.of(0), values: Float64Array.of(-0.1 + 0.3), low: Float64Array.of(-1), high: Float64Array.of(NaN), truth: Float64Array.of(1e-7) };
  assert.deepEqual(predictionLines(said, number).slice(1), [`"a,b.csv",7,,${String(-0.1 + 0.3)},-1,,1e-7`]);
});
