import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Cost } from "../schema/cost.ts";
import { blockLoss, costOf, worstCost } from "./loss.ts";

const minute = 60_000_000;
const cost: Cost = Object.freeze({ missedFault: 10, falseAlarm: 1, falseAlarmHour: 6, warningHour: 30 });
const rule = Object.freeze({ threshold: 1, on: 1, off: 1 });

/** A block of one-minute rows: h high, l low, ? unknown; truth 0 normal, 1 fault, 2 unknown. */
function lossOf(scoreText: string, truthText: string, { from = 0, price = cost } = {}) {
  const scores = Float64Array.from(scoreText, (letter) => ({ h: 2, l: 0 })[letter] ?? NaN);
  return blockLoss({ scores, period: minute, from }, { rows: Uint8Array.from(truthText, Number) }, rule, price);
}

test("blockLoss() gives every figure of a block by hand", () => {
  // 6 normal minutes, 4 of fault; found 1 minute late, 2 normal minutes in one false alarm.
  const figures = lossOf("hhlllllhhh", "0000001111");
  assert.deepEqual(figures, {
    loss: (1 + 6 * (2 / 60) + 30 * (1 / 60)) / (10 + 1 + 6 * (6 / 60)),
    faults: 1,
    found: 1,
    missed: 0,
    falseAlarms: 1,
    delayHours: 1 / 60,
    judgedHours: 10 / 60,
    counts: { truePositive: 3, falsePositive: 2, falseNegative: 1, trueNegative: 4, unknown: 0 },
  });
});

test("blockLoss() is 0 for a perfect block and 1 for the worst", () => {
  assert.equal(lossOf("lllhhh", "000111")?.loss, 0);
  assert.equal(lossOf("llllll", "000000")?.loss, 0);
  // This score misses the fault and stands in one alarm through all else; on and off at each row cost more and are cut.
  assert.equal(lossOf("hhhlll", "000111")?.loss, 1);
  assert.equal(lossOf("hlhlhlhlhlhlhlhlhlhlhlhlhl", "00000000000000000000000001")?.loss, 1);
});

test("blockLoss() leaves out where the asset stands still: no fault is missed there, and an alarm ends", () => {
  const scores = Float64Array.from("hhhhhhhhh", () => 2);
  const lost = (truth: string, running: string) => blockLoss({ scores, period: minute, from: 0, running: Uint8Array.from(running, Number) }, { rows: Uint8Array.from(truth, Number) }, rule, cost);
  assert.deepEqual(lost("111000111", "111000111")?.counts, { truePositive: 6, falsePositive: 0, falseNegative: 0, trueNegative: 0, unknown: 3 });
  assert.deepEqual([lost("000111000", "111000111")?.faults, lost("000111000", "111000111")?.falseAlarms], [0, 2]);
  assert.equal(lost("000111000", "111222111")?.faults, 1, "where it is not known whether it runs, a fault is a fault");
  assert.equal(lost("111111111", "000000000"), null);
});

test("blockLoss() puts a block without a fault on the scale of one with a fault", () => {
  const quiet = lossOf("hlllll", "000000")?.loss ?? NaN;
  const fault = lossOf("hlllllhh", "00000011")?.loss ?? NaN;
  assert.ok(Math.abs(quiet - fault) < 1e-12);
});

test("blockLoss() takes a late alarm as no worse than a missed fault", () => {
  const long = "1".repeat(60);
  const late = lossOf("l".repeat(59) + "h", long)?.loss ?? NaN;
  assert.equal(late, lossOf("l".repeat(60), long)?.loss);
  assert.ok((lossOf("l".repeat(10) + "h".repeat(50), long)?.loss ?? NaN) < late);
});

test("blockLoss() judges no row of the warm-up, and counts delay from the first judged row of a fault", () => {
  assert.equal(lossOf("hhhlll", "000000", { from: 3 })?.loss, 0);
  assert.equal(lossOf("hhhlll", "000000", { from: 3 })?.judgedHours, 3 / 60);
  const begun = lossOf("llllhh", "011111", { from: 3 });
  assert.deepEqual([begun?.faults, begun?.delayHours], [1, 1 / 60]);
  assert.equal(lossOf("llllll", "110000", { from: 3 })?.faults, 0);
});

test("blockLoss() counts a fault that the model was blind to as missed", () => {
  const blind = lossOf("lll???", "000111");
  assert.deepEqual([blind?.missed, blind?.counts.unknown, blind?.judgedHours], [1, 3, 3 / 60]);
  assert.equal(lossOf("???", "111")?.missed, 1);
});

test("blockLoss() is null where nothing can be said", () => {
  assert.equal(lossOf("hlhl", "2222"), null);
  assert.equal(lossOf("????", "0000"), null);
  assert.equal(lossOf("hhll", "0022", { from: 2 }), null);
  assert.equal(lossOf("", ""), null);
});

test("blockLoss() takes two faults that touch as two when told so", () => {
  const scores = Float64Array.of(0, 2, 0, 0);
  const rows = Uint8Array.of(0, 1, 1, 0);
  const faults = [{ start: 1, end: 2 }, { start: 2, end: 3 }];
  const figures = blockLoss({ scores, period: minute, from: 0 }, { rows, faults }, rule, cost);
  assert.deepEqual([figures?.faults, figures?.found, figures?.missed], [2, 1, 1]);
});

test("blockLoss() refuses unequal lengths", () => {
  assert.throws(() => lossOf("ll", "0"), RangeError);
});

const price = fc.record({
  missedFault: fc.double({ min: 0.01, max: 100, noNaN: true }),
  falseAlarm: fc.double({ min: 0.01, max: 100, noNaN: true }),
  falseAlarmHour: fc.double({ min: 0, max: 100, noNaN: true }),
  warningHour: fc.double({ min: 0, max: 100, noNaN: true }),
});
const block = fc.array(fc.tuple(fc.constantFrom("h", "l", "?"), fc.constantFrom("0", "1", "2")), { minLength: 1, maxLength: 60 });
const textOf = (rows: readonly (readonly [string, string])[], part: 0 | 1) => rows.map((row) => row[part]).join("");

test("blockLoss() lies in [0, 1] for any block and any price", () => {
  fc.assert(
    fc.property(block, price, fc.nat(5), (rows, cost, from) => {
      const figures = lossOf(textOf(rows, 0), textOf(rows, 1), { from, price: cost });
      if (figures === null) return;
      assert.ok(figures.loss >= 0 && figures.loss <= 1, `${figures.loss}`);
      assert.equal(figures.found + figures.missed, figures.faults);
    }),
  );
});

test("blockLoss() never falls when the alarms on a fault are silenced", () => {
  fc.assert(
    fc.property(block, price, (rows, cost) => {
      const scores = textOf(rows, 0);
      const truth = textOf(rows, 1);
      // Silence every alarm row of the last fault: what remains of its alarms may only be worse.
      const end = truth.lastIndexOf("1") + 1;
      const start = truth.slice(0, end).search(/1+$/);
      if (end === 0) return;
      const silenced = scores.slice(0, start) + "l".repeat(end - start) + scores.slice(end);
      const before = lossOf(scores, truth, { price: cost })?.loss ?? NaN;
      const after = lossOf(silenced, truth, { price: cost })?.loss ?? NaN;
      assert.ok(after >= before - 1e-12, `${after} < ${before}`);
    }),
  );
});

test("blockLoss() never falls when a false alarm is added away from faults", () => {
  fc.assert(
    fc.property(block, price, (rows, cost) => {
      const truth = textOf(rows, 1) + "000";
      const scores = textOf(rows, 0) + "lhl";
      const quiet = textOf(rows, 0) + "lll";
      const before = lossOf(quiet, truth, { price: cost })?.loss ?? NaN;
      assert.ok((lossOf(scores, truth, { price: cost })?.loss ?? NaN) >= before);
    }),
  );
});

test("costOf() and worstCost() add up by hand", () => {
  const matched = { faults: 3, found: 2, missed: 1, falseAlarms: 4, falseAlarmTime: 90 * minute, delays: [6 * minute, 600 * minute] };
  assert.equal(costOf(matched, cost), 10 + 4 + 6 * 1.5 + 3 + 10);
  assert.equal(worstCost(3, 2, cost), 30 + 1 + 12);
  assert.equal(worstCost(0, 2, cost), 10 + 1 + 12);
});
