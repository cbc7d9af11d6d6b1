import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { lowerBound } from "./bootstrap.ts";

const bound = (values: readonly number[], level = 0.95, seed = 1, resamples = 500) =>
  lowerBound(Float64Array.from(values), { level, least: -1, random: randomFrom(seed), resamples });

test("lowerBound() of nothing is NaN, and of one value the least that is possible", () => {
  assert.deepEqual(bound([]), { mean: NaN, lower: NaN, run: 1 });
  assert.deepEqual(bound([0.4]), { mean: 0.4, lower: -1, run: 1 });
});

test("lowerBound() of two values trusts neither, and of equal values is their value", () => {
  const two = bound([0.2, 0.3]);
  assert.ok(two.lower < 0 && two.lower >= -1, `${two.lower}`);
  // Student's t with 1 degree of freedom, 6.31, over the normal 1.645, times √2: 5.43 times the distance 0.05.
  assert.ok(Math.abs(two.lower - (0.25 - 0.05 * 5.43)) < 0.002, `${two.lower}`);
  assert.deepEqual(bound([0.1, 0.1, 0.1]), { mean: 0.1, lower: 0.1, run: 1 });
});

test("lowerBound() never lies above the mean, nor below the least", () => {
  const values = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(values, fc.double({ min: 0.5, max: 0.99, noNaN: true }), (list, level) => {
      const { mean, lower, run } = bound(list, level, 3, 100);
      assert.ok(lower <= mean + 1e-12 && lower >= -1, `${lower} of ${mean}`);
      assert.ok(run >= 1 && run <= Math.max(1, list.length / 4), `${run}`);
    }),
  );
});

test("lowerBound() falls as the level rises, and repeats for a seed", () => {
  const random = randomFrom(2);
  const values = Array.from({ length: 30 }, () => random() - 0.4);
  const [low, middle, high] = [0.8, 0.95, 0.99].map((level) => bound(values, level).lower);
  assert.ok(low > middle && middle > high);
  assert.equal(bound(values).lower, middle);
  assert.notEqual(bound(values, 0.95, 5).lower, middle);
});

test("lowerBound() draws single values when neighbours are unrelated, and runs when they are alike", () => {
  const alternating = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? 0.1 : -0.1));
  assert.equal(bound(alternating).run, 1);
  const slow = Array.from({ length: 40 }, (_, at) => 0.1 * Math.sin(at / 5));
  assert.ok(bound(slow).run > 3, `${bound(slow).run}`);
  const shuffled = [...slow].sort((a, b) => Math.sin(1e4 * a) - Math.sin(1e4 * b));
  assert.ok(bound(slow).lower < bound(shuffled).lower);
});

test("lowerBound() comes near Student's bound for normal values", () => {
  const random = randomFrom(4);
  const values = Array.from({ length: 400 }, () => 0.05 * normalFrom(random) + 0.02);
  const mean = values.reduce((sum, value) => sum + value, 0) / 400;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 399);
  const { lower } = lowerBound(Float64Array.from(values), { level: 0.95, least: -1, random, resamples: 4000 });
  const student = mean - (1.6487 * spread) / 20;
  assert.ok(lower <= student + 4e-4 && lower > student - 2e-3, `${lower} against ${student}`);
});

test("lowerBound() refuses levels outside [0.5, 1) and values that are not finite", () => {
  for (const level of [0.4, 1, NaN]) assert.throws(() => bound([0, 1], level), RangeError);
  assert.throws(() => bound([0, NaN]), /^RangeError: Cannot bound the mean: value 1 is NaN/);
});

test("lowerBound() leaves its values as they were", () => {
  const values = Float64Array.of(0.3, -0.2, 0.1, 0.4);
  lowerBound(values, { level: 0.9, least: -1, random: randomFrom(1) });
  assert.deepEqual(values, Float64Array.of(0.3, -0.2, 0.1, 0.4));
});
