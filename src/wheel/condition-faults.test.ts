import assert from "node:assert/strict";
import { test } from "node:test";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { withFaults } from "./condition-faults.ts";

test("withFaults() strikes one signal or two of each window, each window in six ways, the same by seed", () => {
  const [window, signals] = [10, 5];
  const random = randomFrom(1);
  const columns = Array.from({ length: signals }, () => Float64Array.from({ length: 100 }, () => normalFrom(random)));
  const before = columns.map((column) => column.slice());
  const usual = { centre: new Float64Array(signals), spread: new Float64Array(signals).fill(1), noise: new Float64Array(signals).fill(1) };
  const ends = [10, 35, 80];
  const made = withFaults(columns, ends, window, usual, 7);
  assert.deepEqual([made.rows, made.columns], [ends.length * 6 * window, signals]);
  for (let item = 0; item < ends.length * 6; item++) {
    const end = ends[Math.floor(item / 6)];
    const struck = columns.filter((column, signal) => Array.from({ length: window }, (_, row) => made.values[(item * window + row) * signals + signal] !== column[end - window + row]).includes(true)).length;
    assert.ok(struck === 1 || struck === 2, `window ${item}: ${struck} signals`);
  }
  assert.deepEqual(columns, before);
  assert.deepEqual(withFaults(columns, ends, window, usual, 7), made);
  assert.notDeepEqual(withFaults(columns, ends, window, usual, 8), made);
});
