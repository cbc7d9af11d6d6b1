import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { alarmsOf, intervalsOf } from "../learn/alarms.ts";
import { falseAlarmsPerDay, matchEvents } from "./events.ts";

const second = 1_000_000;
const normalRows = (rows: number) => new Uint8Array(rows).fill(1);
const flags = (text: string) => Uint8Array.from(text.replaceAll(" ", ""), Number);

/** Scores by letter: h high, m between the two levels, l low, ? unknown. */
const scoresOf = (text: string) => Float64Array.from(text.replaceAll(" ", ""), (letter) => ({ h: 2, m: 0.8, l: 0 })[letter] ?? NaN);
const rowsOf = (text: string, on: number, off: number, clearBelow?: number) =>
  [...alarmsOf(scoresOf(text), { threshold: 1, on, off, ...(clearBelow === undefined ? {} : { clearBelow }) })].join("");

test("alarmsOf() raises at the row that completes the on-delay and clears at the row that completes the off-delay", () => {
  assert.equal(rowsOf("lhhlhhhhlllll", 3, 2), "0000001110000");
  assert.equal(rowsOf("lhhlhhhhlllll", 1, 1), "0110111100000");
  assert.equal(rowsOf("hhhlhllhlll", 2, 3), "01111111110");
});

test("alarmsOf() takes a score equal to the threshold as reaching it", () => {
  assert.deepEqual([...alarmsOf(Float64Array.of(0.999, 1), { threshold: 1, on: 1, off: 1 })], [0, 1]);
});

test("alarmsOf() holds an alarm between the two levels of its hysteresis", () => {
  assert.equal(rowsOf("mhmmlmll", 1, 2, 0.5), "01111110");
  assert.equal(rowsOf("mhmmlmll", 1, 2), "01100000");
});

test("alarmsOf() lets unknown rows neither raise, clear nor break a run", () => {
  assert.equal(rowsOf("h?h?h", 3, 1), "02021");
  assert.equal(rowsOf("hh?????lh", 2, 1), "011111100");
  assert.equal(rowsOf("hl??l??l", 1, 3), "11111110");
  assert.equal(rowsOf("????", 1, 1), "2222");
});

test("alarmsOf() changes no earlier row when later scores change", () => {
  const letters = fc.array(fc.constantFrom("h", "m", "l", "?"), { maxLength: 40 });
  fc.assert(
    fc.property(letters, letters, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), (before, after, on, off) => {
      const alone = rowsOf(before.join(""), on, off, 0.5);
      assert.equal(rowsOf([...before, ...after].join(""), on, off, 0.5).slice(0, before.length), alone);
    }),
  );
});

test("alarmsOf() refuses delays below one row and a clearing level above the threshold", () => {
  const scores = new Float64Array(1);
  assert.throws(() => alarmsOf(scores, { threshold: 1, on: 0, off: 1 }), RangeError);
  assert.throws(() => alarmsOf(scores, { threshold: 1, on: 1, off: 1.5 }), RangeError);
  assert.throws(() => alarmsOf(scores, { threshold: 1, on: 1, off: 1, clearBelow: 2 }), RangeError);
  assert.throws(() => alarmsOf(scores, { threshold: NaN, on: 1, off: 1 }), RangeError);
});

test("intervalsOf() gives the runs of ones, an unknown row ending one", () => {
  assert.deepEqual(intervalsOf(flags("0110 1211")), [{ start: 1, end: 3 }, { start: 4, end: 5 }, { start: 6, end: 8 }]);
  assert.deepEqual(intervalsOf(flags("000")), []);
  assert.deepEqual(intervalsOf(flags("")), []);
});

/** Alarms and faults drawn as rows; `normal` is what is no fault. */
function match(alarmText: string, faultText: string, earlyRows = 0) {
  const truth = flags(faultText);
  const normal = truth.map((row) => (row === 0 ? 1 : 0));
  return matchEvents(intervalsOf(flags(alarmText)), intervalsOf(truth), { period: second, normal, early: earlyRows * second });
}

test("matchEvents() finds faults, times them, and counts what overlaps none", () => {
  const alarms = "0110000 0011100 1000000 0000";
  const faults = "0000000 1111110 0000000 1111";
  assert.deepEqual(match(alarms, faults), {
    faults: 2,
    found: 1,
    missed: 1,
    falseAlarms: 2,
    falseAlarmTime: 3 * second,
    delays: [2 * second],
  });
});

test("matchEvents() lets one alarm find two faults, and two alarms find one fault once", () => {
  const two = match("0001111111", "0011000110");
  assert.deepEqual([two.found, two.falseAlarms, two.delays], [2, 0, [second, 0]]);
  const once = match("0010100000", "0111110000");
  assert.deepEqual([once.found, once.falseAlarms, once.delays], [1, 0, [second]]);
});

test("matchEvents() calls an alarm that always stands false, though it finds every fault", () => {
  const always = match("1111111111", "0001100110");
  assert.deepEqual([always.found, always.falseAlarms, always.falseAlarmTime], [2, 1, 6 * second]);
});

test("matchEvents() charges no alarm that rose in good time, and all of one that rose too early", () => {
  const early = match("0001111000", "0000011000", 2);
  assert.deepEqual([early.falseAlarms, early.falseAlarmTime, early.delays], [0, 0, [0]]);
  const tooEarly = match("0001111000", "0000011000", 1);
  assert.deepEqual([tooEarly.falseAlarms, tooEarly.falseAlarmTime], [1, second]);
});

test("matchEvents() charges the time an alarm stands after its fault, but calls it no false alarm", () => {
  const late = match("0000111111", "0000110000");
  assert.deepEqual([late.falseAlarms, late.falseAlarmTime], [0, 4 * second]);
});

test("matchEvents() calls no alarm false in time whose truth is unknown", () => {
  const unknown = match("0110001110", "2222000000");
  assert.deepEqual([unknown.falseAlarms, unknown.falseAlarmTime], [1, 3 * second]);
  assert.equal(match("0111111000", "2222211000").falseAlarms, 0);
});

test("matchEvents() refuses spans that overlap or are out of order", () => {
  const options = { period: second, normal: normalRows(9) };
  assert.throws(() => matchEvents([{ start: 2, end: 5 }, { start: 4, end: 6 }], [], options), RangeError);
  assert.throws(() => matchEvents([], [{ start: 2, end: 2 }], options), RangeError);
});

test("matchEvents() agrees with a naive twin that looks at every pair", () => {
  const rows = fc.array(fc.constantFrom(0, 1), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(rows, rows, fc.integer({ min: 0, max: 3 }), (a, f, early) => {
      const alarms = intervalsOf(Uint8Array.from(a));
      const faults = intervalsOf(Uint8Array.from(f));
      const overlap = (x: { start: number; end: number }, y: { start: number; end: number }) => x.start < y.end && y.start < x.end;
      const falseAlarms = alarms.filter((alarm) => {
        const fault = faults.find((candidate) => overlap(alarm, candidate));
        const until = fault === undefined ? alarm.end : fault.start - early;
        return f.some((code, row) => code === 0 && row >= alarm.start && row < until);
      });
      const seen = match(a.join(""), f.join(""), early);
      assert.equal(seen.falseAlarms, falseAlarms.length);
      assert.equal(seen.found, faults.filter((fault) => alarms.some((alarm) => overlap(alarm, fault))).length);
      assert.equal(seen.found + seen.missed, seen.faults);
    }),
  );
});

test("falseAlarmsPerDay() counts over judged time, NaN for none", () => {
  assert.equal(falseAlarmsPerDay(3, 12 * 3600 * second), 6);
  assert.ok(Number.isNaN(falseAlarmsPerDay(0, 0)));
});
