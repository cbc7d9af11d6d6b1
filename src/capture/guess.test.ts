import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { factsOf, flagWords, isBinary, truthWords } from "./column-facts.ts";
import { gridOf, labelRank, maybeLabel, medianStep, roleOf } from "./guess.ts";

const column = (...values: number[]) => Object.freeze(factsOf(Float64Array.from(values)));
const ramp = Float64Array.from({ length: 200 }, (_, row) => row);

test("roleOf() tells energy meters, counters, set points and states from what is measured", () => {
  const role = (name: string, values: readonly number[] | Float64Array, unit: string | null = null) => roleOf(name, "number", unit, factsOf(Float64Array.from(values)));
  assert.equal(role("Zähler", [1.5, 1.5, 2.75], "kW.h"), "energy-meter");
  assert.equal(role("TEY", [134.67, 126.1, 130], "MW.h"), "measured", "an energy that falls is no meter");
  assert.equal(role("", ramp), "counter", "a row number");
  assert.equal(role("part_count", [0, 0, 4, 4, 9]), "counter");
  assert.equal(role("part_count", [0, 4, 1]), "measured", "a count that falls is no counter");
  assert.equal(role("X1_CommandPosition", [1.5, 2, 1]), "set-point");
  assert.equal(role("Temp_Soll", [80, 80]), "set-point");
  assert.equal(role("Display", [1.5, 2, 1]), "measured", "sp inside a word is no set point");
  assert.equal(role("Betriebsart", [3, 7, 3]), "state");
  assert.equal(role("x", ramp.map((row) => (row < 100 ? 1 : 2))), "state", "few whole numbers that dwell");
  assert.equal(role("x", ramp.map((row) => 20 + (row % 3))), "measured", "a reading that was rounded");
  assert.equal(roleOf("x", "flag", null, column(0, 1)), "state");
});

test("labelRank() knows recorded truth by its name", () => {
  for (const name of ["anomaly", "is_anomaly", "Label", "Machine_failure", "fault", "Störung"]) assert.notEqual(labelRank(name), null, name);
  for (const name of ["changepoint", "default", "Pressure", "labelling"]) assert.equal(labelRank(name), null, name);
  assert.ok((labelRank("anomaly") ?? 9) < (labelRank("fault") ?? 0));
});

test("maybeLabel() wants nothing but 0 and 1", () => {
  assert.ok(maybeLabel("anomaly", column(0, 1, NaN)));
  assert.ok(maybeLabel("anomaly", column(0, 0)), "a run without a fault");
  assert.ok(!maybeLabel("fault_current", column(0, 0.5)));
  assert.ok(!maybeLabel("fault", column(0, 1, 2)));
  assert.ok(!maybeLabel("fault", column(NaN)));
});

test("factsOf() skips gaps", () => {
  assert.deepEqual(column(NaN, 1, NaN, 1, 2), { known: 3, whole: true, rising: true, numbering: false, distinct: [1, 2], changes: 1 });
  assert.deepEqual(column(NaN), { known: 0, whole: true, rising: false, numbering: false, distinct: [], changes: 0 });
  assert.equal(factsOf(ramp).distinct, null);
  assert.ok(!isBinary(column(1, 1), true) && isBinary(column(0, 1), true));
});

test("flagWords() and truthWords() take a column of words only as a whole", () => {
  assert.deepEqual(flagWords(["ON", "off"]), [1, 0]);
  assert.equal(flagWords(["on", "no"]), null);
  assert.equal(flagWords([]), null);
  assert.deepEqual(truthWords(["normal", "Faulty"]), [0, 1]);
  assert.equal(truthWords(["normal", "constructor"]), null);
});

test("medianStep() ignores steps back and gaps in the values", () => {
  const times = Float64Array.from([0, 1e6, 2e6, 1e6, 2e6, 10e6]);
  assert.equal(medianStep(times), 1e6);
  assert.equal(medianStep(times, Float64Array.from([1, NaN, NaN, NaN, NaN, 2])), 10e6);
  assert.equal(medianStep(times.subarray(0, 1)), null);
  assert.equal(medianStep(Float64Array.from([5, 5, 5])), null);
});

test("medianStep() evens jitter out and leaves odd periods alone", () => {
  const stepping = (step: number) => Float64Array.from({ length: 101 }, (_, row) => row * step);
  assert.equal(medianStep(stepping(1_000_240)), 1_000_000);
  assert.equal(medianStep(stepping(99_991)), 100_000);
  assert.equal(medianStep(stepping(33_333)), 33_333);
  assert.equal(medianStep(stepping(899_999_000)), 900_000_000);
});

test("medianStep() finds the step of a regular recording of any length", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 2, max: 60_000 }), (ms, rows) => {
      const step = medianStep(Float64Array.from({ length: rows }, (_, row) => row * ms * 1000)) ?? 0;
      assert.ok(Math.abs(step - ms * 1000) <= 0.005 * ms * 1000);
    }),
    { numRuns: 30 },
  );
});

test("gridOf() holds values for five steps of the slowest signal and closes rows within a minute", () => {
  assert.deepEqual(gridOf(1e6, 10e6), { period: 1e6, hold: 50e6, lateness: 1e6 });
  assert.deepEqual(gridOf(3600e6, null), { period: 3600e6, hold: 18_000e6, lateness: 60e6 });
  assert.deepEqual(gridOf(null, null), { period: 1e6, hold: 5e6, lateness: 1e6 });
});
