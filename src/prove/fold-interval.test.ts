import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { normalFrom, randomFrom, type Random } from "../learn/random.ts";
import { foldInterval } from "./fold-interval.ts";

/** Student's t, two-sided 95 %, from a printed table: by degrees of freedom. */
const table = [NaN, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/** Equation 9 of Nadeau and Bengio, row by row, for folds of one size: rows judged over rows taught is the ratio. */
function naive(errors: readonly (readonly number[])[]): { low: number; high: number } {
  const means = errors.map((fold) => fold.reduce((sum, error) => sum + error, 0) / fold.length);
  const mean = means.reduce((sum, one) => sum + one, 0) / means.length;
  let squares = 0;
  for (const one of means) squares += (one - mean) * (one - mean);
  const judged = errors[0].length;
  const taught = judged * (errors.length - 1);
  const half = table[errors.length - 1] * Math.sqrt((1 / errors.length + judged / taught) * (squares / (errors.length - 1)));
  return { low: mean - half, high: mean + half };
}

const ofFolds = (errors: readonly (readonly number[])[], folds = errors.length) =>
  foldInterval(errors.map((fold) => fold.reduce((sum, error) => sum + error, 0) / fold.length), errors.map(({ length }) => length), folds);

test("foldInterval() is the corrected resampled t, by a naive twin with Student's t from a table", () => {
  const errors = fc.integer({ min: 2, max: 10 }).chain((folds) => fc.integer({ min: 1, max: 6 }).chain((rows) => fc.array(fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: rows, maxLength: rows }), { minLength: folds, maxLength: folds })));
  fc.assert(fc.property(errors, (given) => {
    const [found, wanted] = [ofFolds(given), naive(given)];
    const width = wanted.high - wanted.low;
    assert.ok(Math.abs(found.low - wanted.low) <= 0.01 * width + 1e-12 && Math.abs(found.high - wanted.high) <= 0.01 * width + 1e-12, JSON.stringify({ found, wanted }));
  }));
});

test("foldInterval() lies about the mean over all rows, scales with the errors, and does not know the order of folds", () => {
  const folds = fc.array(fc.tuple(fc.double({ min: 0, max: 9, noNaN: true }), fc.integer({ min: 1, max: 50 })), { minLength: 2, maxLength: 8 });
  fc.assert(fc.property(folds, fc.double({ min: 0.1, max: 10, noNaN: true }), (given, scale) => {
    const of = (list: typeof given, by = 1) => foldInterval(list.map(([value]) => by * value), list.map(([, rows]) => rows), given.length);
    const [found, larger, turned] = [of(given), of(given, scale), of(given.toReversed())];
    const rows = given.reduce((sum, [, count]) => sum + count, 0);
    assert.ok(Math.abs(found.mean - given.reduce((sum, [value, count]) => sum + value * count, 0) / rows) < 1e-9);
    assert.ok(found.low <= found.mean && found.mean <= found.high);
    for (const end of ["low", "mean", "high"] as const) assert.ok(Math.abs(larger[end] - scale * found[end]) < 1e-6 && Math.abs(turned[end] - found[end]) < 1e-9, end);
  }));
});

test("foldInterval() of one fold knows no spread; folds that nobody judged by do not count", () => {
  assert.deepEqual(foldInterval([0.5], [10], 5), { mean: 0.5, low: NaN, high: NaN });
  assert.deepEqual(foldInterval([0.5, NaN], [10, 0], 5), { mean: 0.5, low: NaN, high: NaN });
  assert.ok(Number.isNaN(foldInterval([], [], 5).mean));
  assert.deepEqual(foldInterval([0.2, NaN, 0.4], [9, 0, 9], 3), foldInterval([0.2, 0.4], [9, 9], 3));
});

test("foldInterval() holds the error of what was learnt where the plain t does not", () => {
  // The mean of 20 rows, held out in 5 folds: small enough for what they share to matter.
  const random = randomFrom(7);
  const repeats = 1500;
  let [held, plain] = [0, 0];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const { values, rows, truth } = heldOutMeans(random, 5, 4);
    const { mean, low, high } = foldInterval(values, rows, 5);
    const shrunk = Math.sqrt(1 / 5 / (1 / 5 + 1 / 4)); // what is left of the half width without the correction
    held += Number(low <= truth && truth <= high);
    plain += Number(Math.abs(truth - mean) <= shrunk * (high - mean));
  }
  assert.ok(held / repeats >= 0.93, `${held / repeats}`);
  assert.ok(plain < held, `${plain} of ${held}`);
});

/** Squared errors of the mean of standard normal rows, held out, and what they are on average: 1 + 1 / rows taught. */
function heldOutMeans(random: Random, folds: number, size: number): { values: number[]; rows: number[]; truth: number } {
  const all = Array.from({ length: folds }, () => Array.from({ length: size }, () => normalFrom(random)));
  const values = all.map((own, fold) => {
    const taught = all.filter((_, at) => at !== fold).flat();
    const said = taught.reduce((sum, value) => sum + value, 0) / taught.length;
    return own.reduce((sum, value) => sum + (value - said) ** 2, 0) / size;
  });
  return { values, rows: all.map(({ length }) => length), truth: 1 + 1 / ((folds - 1) * size) };
}
