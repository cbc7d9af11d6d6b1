import assert from "node:assert/strict";
import { test } from "node:test";
import { baselineOf } from "../learn/baseline.ts";
import { WarmUp } from "./warm-up.ts";

const row = (value: number) => Float64Array.of(value, -value);

test("WarmUp ends where signals speak once more than they had to, silent ticks in between included", () => {
  const warmUp = new WarmUp(2, 3);
  const spoken = [true, true, false, true, false, true, true];
  const values = [1, 2, 2, 4, 4, 9, 11];
  spoken.forEach((hasSpoken, at) => warmUp.add(at, row(values[at]), hasSpoken));
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6].map((at) => warmUp.holds(at)), [true, true, true, true, true, false, false]);
  assert.deepEqual(warmUp.baseline, baselineOf({ rows: 5, columns: 2, values: Float64Array.from([1, 2, 2, 4, 4].flatMap((value) => [...row(value)])) }));
});

test("WarmUp has no baseline until it is over", () => {
  const warmUp = new WarmUp(2, 2);
  warmUp.add(0, row(1), true);
  warmUp.add(1, row(1), true);
  assert.equal(warmUp.baseline, null);
  assert.ok(warmUp.holds(1));
});

test("WarmUp calls rows unknown that were passed over in a silence", () => {
  const warmUp = new WarmUp(1, 2);
  warmUp.add(0, Float64Array.of(1), true);
  warmUp.add(4, Float64Array.of(2), true);
  warmUp.add(6, Float64Array.of(3), true);
  assert.deepEqual(warmUp.baseline, baselineOf({ rows: 6, columns: 1, values: Float64Array.of(1, NaN, NaN, NaN, 2, NaN) }));
});

test("WarmUp of a machine that hardly speaks ends all the same", () => {
  const warmUp = new WarmUp(1, 2);
  for (let at = 0; at < 40; at++) warmUp.add(at, Float64Array.of(5), at === 0);
  assert.ok(!warmUp.holds(32));
  assert.notEqual(warmUp.baseline, null);
});
