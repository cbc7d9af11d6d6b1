import assert from "node:assert/strict";
import { test } from "node:test";
import { RunningGate } from "./running-gate.ts";

const signal = "01ARZ3NDEKTSV4RRFFQ69G5FAA";

test("RunningGate runs once its signal has been above for the span, and stops at once", () => {
  const gate = new RunningGate({ signal, above: 100, for: 20 });
  const seen = [[0, 50], [10, 101], [20, 150], [30, 101], [40, NaN], [50, 120], [60, 100], [70, 200], [90, 200]].map(([time, value]) => gate.next(time, value));
  assert.deepEqual(seen, [false, false, false, true, null, true, false, false, true]);
});

test("RunningGate counts through a gap, and without a condition always runs", () => {
  const gate = new RunningGate({ signal, above: 0, for: 20 });
  assert.deepEqual([gate.next(0, 1), gate.next(10, NaN), gate.next(20, 1)], [false, null, true]);
  assert.equal(new RunningGate(null).next(0, NaN), true);
});
