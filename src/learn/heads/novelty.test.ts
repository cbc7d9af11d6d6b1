import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inverse } from "../../../test/naive-linalg.ts";
import { fullScatter, type Moments } from "../moments.ts";
import { normalFrom, randomFrom } from "../random.ts";
import { fitNovelty, noveltyOf } from "./novelty.ts";

const columns = 5;

/** Moments of `count` blocks with a random scatter of rank `columns`. */
function momentsOf(seed: number, count: number): Moments {
  const random = randomFrom(seed);
  const mixing = Array.from({ length: columns * columns }, () => normalFrom(random));
  const scatter: number[] = [];
  for (let i = 0; i < columns; i++) {
    for (let j = i; j < columns; j++) scatter.push(Array.from({ length: columns }, (_, k) => mixing[i * columns + k] * mixing[j * columns + k]).reduce((a, b) => a + b));
  }
  return { count, mean: Float64Array.from({ length: columns }, () => normalFrom(random)), scatter: Float64Array.from(scatter) };
}

test("noveltyOf() is the Mahalanobis distance by an explicit inverse of the shrunk covariance, per feature", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: columns }), fc.double({ min: 0, max: 1, noNaN: true }), (seed, count, features, shrinkage) => {
      const normal = momentsOf(seed, count);
      const head = fitNovelty(normal, features, shrinkage);
      const full = fullScatter(normal);
      const covariance = Array.from({ length: features }, (_, i) =>
        Array.from({ length: features }, (_unused, j) => (i === j ? (full[i * columns + i] + 2 * 0.25) / (count + 2) + 0.01 : ((1 - shrinkage) * full[i * columns + j]) / (count + 2))),
      );
      const random = randomFrom(seed + 1);
      const item = Float32Array.from({ length: columns }, () => 3 * normalFrom(random));
      const away = Array.from({ length: features }, (_, j) => item[j] - normal.mean[j]);
      const square = inverse(covariance).reduce((sum, row, i) => sum + away[i] * row.reduce((dot, value, j) => dot + value * away[j], 0), 0);
      const [seen, expected] = [noveltyOf(head, item), Math.sqrt(square / features)];
      assert.ok(Math.abs(seen - expected) <= 1e-8 * Math.max(1, expected), `${seen}, expected ${expected}`);
    }),
  );
});

test("noveltyOf() is 0 at the centre, grows with distance, and is unknown for an unknown feature", () => {
  const head = fitNovelty(momentsOf(1, 10), columns, 0.5);
  const at = (factor: number) => noveltyOf(head, Float32Array.from(head.centre, (value) => value + factor));
  assert.ok(at(0) < 1e-6 && at(1) > 0.1 && at(2) > at(1));
  for (let j = 0; j < columns; j++) assert.ok(Number.isNaN(noveltyOf(head, Float32Array.from({ length: columns }, (_, i) => (i === j ? NaN : 0)))));
});

test("fitNovelty() needs a normal item, and changes nothing it was given", () => {
  const normal = momentsOf(2, 4);
  const before = structuredClone(normal);
  fitNovelty(normal, 3, 0.5);
  assert.deepEqual(normal, before);
  assert.throws(() => fitNovelty({ ...normal, count: 0 }, 3, 0.5), { name: "RangeError", message: /no normal item/ });
});
