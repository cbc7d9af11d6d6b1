import assert from "node:assert/strict";
import { test } from "node:test";
import { laidOut } from "./condition-layout.ts";
import type { TableSet } from "./study-request.ts";

function setOf(rows: number, times: Float64Array | null, file: number): TableSet {
  return {
    rows, times, stretches: [{ start: 0, end: rows, file }], order: null, groups: null, groupNames: [], blocks: new Int32Array(rows), blockCount: 1,
    inputs: [], target: null, files: [{ name: "a.csv", digest: "0" }, { name: "b.csv", digest: "1" }],
    rowNumbers: Float64Array.from({ length: rows }, (_, row) => row + 1),
  };
}

const at = (...minutes: number[]) => Float64Array.from(minutes, (minute) => minute * 60e6);
const steps = (times: Float64Array) => Array.from(times.subarray(1), (time, row) => time - times[row]);

test("laidOut() puts files without times one after the other, a second or what was told apart, with a pause between them", () => {
  for (const [told, step] of [[null, 1e6], [60e6, 60e6]] as const) {
    const { times, period, stretches } = laidOut([setOf(3, null, 0), setOf(2, null, 1)], told);
    const [first, second, pause, last] = steps(times);
    assert.deepEqual([period, first, second, last], [step, step, step, step]);
    assert.ok(pause > 10 * step, `a pause of ${pause}`);
    assert.deepEqual(stretches, [{ from: 0, to: 3, start: times[0] }, { from: 3, to: 5, start: times[3] }]);
  }
});

test("laidOut() keeps recorded times where they follow each other, and moves a stretch that would go back", () => {
  const kept = laidOut([setOf(2, at(0, 1), 0), setOf(2, at(2, 3), 1)], null);
  assert.deepEqual([kept.period, ...kept.times], [60e6, ...at(0, 1, 2, 3)]);
  const { times } = laidOut([setOf(2, at(10, 11), 0), setOf(2, at(2, 3), 1)], null);
  assert.deepEqual([times[0], times[3] - times[2]], [600e6, 60e6]);
  assert.ok(times[2] > times[1]);
});
