import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ridge } from "../learn/learners/ridge.ts";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { alikeParts, blendedParts, type Part } from "./study-chosen.ts";
import type { Entry, Lesson } from "./study-contest.ts";

const rows = 200;
const foldCount = 5;
const truth = Float64Array.from({ length: rows }, (_, row) => Math.sin(row));
const lesson: Lesson = { targets: truth, folds: Int32Array.from({ length: rows }, (_, row) => row % foldCount), foldCount, classes: [], range: [-10, 10] };

/** Says the truth and, by row, what it errs by. */
function entry(errs: (row: number) => number, more: Partial<Entry> = {}): Entry {
  const heldOut = truth.map((value, row) => value + errs(row));
  const byFold = Array.from({ length: foldCount }, (_, fold) => ({ rows: rows / foldCount, loss: meanSquare(heldOut, fold), accuracy: NaN }));
  const map = { name: "row", map: { name: "series" as const, version: 1 as const, columns: [], lags: [], memories: [], windows: [], own: 0, age: false } };
  return { candidate: { map, learner: ridge, params: {} }, heldOut, loss: meanSquare(heldOut), accuracy: null, byFold, seconds: 0, cpuSeconds: 0, peakMiB: 0, stopped: null, ...more };
}

function meanSquare(said: Float64Array, fold: number | null = null): number {
  const own = Array.from(said.keys()).filter((row) => fold === null || lesson.folds[row] === fold);
  return own.reduce((sum, row) => sum + (said[row] - truth[row]) ** 2, 0) / own.length;
}

const lossOf = (parts: readonly Part[]): number => meanSquare(truth.map((_, row) => parts.reduce((sum, { entry: own, weight }) => sum + weight * own.heldOut[row], 0)));

/** Errs as chance will have it, the same for the same seed. */
function chance(seed: number, size: number): (row: number) => number {
  const random = randomFrom(seed);
  const values = Float64Array.from({ length: rows }, () => size * normalFrom(random));
  return (row) => values[row];
}

test("two that err apart from each other make the model together, and weigh by how well they do", () => {
  const [good, poor] = [entry(chance(1, 1)), entry(chance(2, 1.4))];
  const parts = blendedParts([poor, good], lesson);
  assert.equal(parts.length, 2);
  assert.ok((parts.find((part) => part.entry === good)?.weight ?? 0) > 0.5);
  assert.ok(lossOf(parts) < 0.8 * good.loss);
});

test("who errs as the best does but more adds nothing", () => {
  const best = entry((row) => Math.cos(3 * row));
  assert.deepEqual(blendedParts([best, entry((row) => 2 * Math.cos(3 * row)), entry(() => 5)], lesson), [{ entry: best, weight: 1 }]);
});

test("a blend never errs more than its best, weighs 1 in all, and has four heads at most", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer(), fc.double({ min: 0.1, max: 3, noNaN: true })), { minLength: 1, maxLength: 9 }), (made) => {
      const entries = made.map(([seed, size]) => entry(chance(seed, size)));
      const parts = blendedParts(entries, lesson);
      assert.ok(parts.length >= 1 && parts.length <= 4);
      assert.ok(Math.abs(parts.reduce((sum, { weight }) => sum + weight, 0) - 1) < 1e-12);
      assert.ok(lossOf(parts) <= Math.min(...entries.map(({ loss }) => loss)) + 1e-12);
    }),
    { numRuns: 100 },
  );
});

test("who was stopped is left out, and of one fold only the best is taken", () => {
  const [stopped, left] = [entry(chance(1, 0.1), { stopped: "the time was up" }), entry(chance(2, 1))];
  for (const choose of [() => blendedParts([stopped, left], lesson), () => alikeParts([stopped, left], [])]) assert.deepEqual(choose(), [{ entry: left, weight: 1 }]);
  const short = [entry(chance(1, 1)), entry(chance(2, 1))].map((one) => ({ ...one, byFold: one.byFold.slice(0, 1) }));
  assert.equal(blendedParts(short, lesson).length, 1);
  assert.equal(alikeParts(short, []).length, 1);
  assert.deepEqual(blendedParts([], lesson), []);
});
