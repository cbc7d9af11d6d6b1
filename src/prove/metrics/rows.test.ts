import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RowCounts } from "../../schema/judgement.ts";
import { addCounts, f1, falseAlarmRate, missedAlarmRate, noRows, rowCounts } from "./rows.ts";

const alarms = Uint8Array.of(0, 1, 0, 1, 1, 2, 0, 2);
const truth = Uint8Array.of(0, 0, 1, 1, 1, 1, 2, 2);

test("rowCounts() counts unknown rows apart", () => {
  assert.deepEqual(rowCounts(alarms, truth), { truePositive: 2, falsePositive: 1, falseNegative: 1, trueNegative: 1, unknown: 3 });
});

test("rowCounts() leaves out the rows before the first judged one", () => {
  assert.deepEqual(rowCounts(alarms, truth, 4), { truePositive: 1, falsePositive: 0, falseNegative: 0, trueNegative: 0, unknown: 3 });
});

test("rowCounts() refuses unequal lengths", () => {
  assert.throws(() => rowCounts(alarms, truth.subarray(1)), RangeError);
});

test("f1(), falseAlarmRate() and missedAlarmRate() follow their definitions", () => {
  const counts: RowCounts = { truePositive: 6, falsePositive: 2, falseNegative: 4, trueNegative: 18, unknown: 5 };
  assert.equal(f1(counts), 12 / 18);
  assert.equal(falseAlarmRate(counts), 0.1);
  assert.equal(missedAlarmRate(counts), 0.4);
});

test("rates of no rows are NaN", () => {
  for (const rate of [f1, falseAlarmRate, missedAlarmRate]) assert.ok(Number.isNaN(rate(noRows)));
});

const counts = fc
  .array(fc.nat(1e6), { minLength: 5, maxLength: 5 })
  .map(([truePositive, falsePositive, falseNegative, trueNegative, unknown]): RowCounts => ({ truePositive, falsePositive, falseNegative, trueNegative, unknown }));

test("addCounts() commutes, associates and has no rows for its zero", () => {
  fc.assert(
    fc.property(counts, counts, counts, (a, b, c) => {
      assert.deepEqual(addCounts(a, b), addCounts(b, a));
      assert.deepEqual(addCounts(addCounts(a, b), c), addCounts(a, addCounts(b, c)));
      assert.deepEqual(addCounts(a, noRows), a);
    }),
  );
});

test("addCounts() of two halves is the count of the whole", () => {
  for (let cut = 0; cut <= truth.length; cut++) {
    const first = rowCounts(alarms.subarray(0, cut), truth.subarray(0, cut));
    assert.deepEqual(addCounts(first, rowCounts(alarms.subarray(cut), truth.subarray(cut))), rowCounts(alarms, truth));
  }
});
