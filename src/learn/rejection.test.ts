import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inverse } from "../../test/naive-linalg.ts";
import { featuresOf, madeItems, sumOfItems } from "../../test/target-items.ts";
import { distancesOf, fitNearestClass } from "./heads/nearest-class.ts";
import { randomFrom } from "./random.ts";
import { believedOf, rejectionOf, type JudgedClasses } from "./rejection.ts";

/** Probabilities of three classes, right with a chance that differs by block. */
function judged(seed: number, blocks: number): JudgedClasses & { readonly distances: Float64Array } {
  const random = randomFrom(seed);
  const items = Array.from({ length: blocks * 6 }, (_, item) => {
    const truth = item % 3;
    const sums = [0, 1, 2].map((k) => Math.exp(3 * random() + (k === truth ? 2 : 0)));
    return { shares: sums.map((sum) => sum / (sums[0] + sums[1] + sums[2])), truth, block: Math.floor(item / 6), distance: 1 + random() };
  });
  return { probabilities: Float64Array.from(items.flatMap(({ shares }) => shares)), classes: 3, truth: items.map(({ truth }) => truth), blocks: items.map(({ block }) => block), distances: Float64Array.from(items, ({ distance }) => distance) };
}

test("an item of a class in a new block is rejected no more often than was asked for, by probability and by distance", () => {
  let [unlikely, far, items] = [0, 0, 0];
  for (let seed = 0; seed < 40; seed++) {
    const rejection = rejectionOf(judged(seed, 40), 0.9);
    assert.deepEqual(rejection.provisional, []);
    const fresh = judged(1000 + seed, 20);
    for (let item = 0; item < fresh.truth.length; item++) {
      items++;
      if (fresh.probabilities[item * 3 + fresh.truth[item]] < rejection.least[fresh.truth[item]]) unlikely++;
      if (fresh.distances[item] > (rejection.farthest ?? 0)) far++;
    }
  }
  assert.ok(unlikely / items < 0.11 && unlikely / items > 0.05, `${unlikely} of ${items}`);
  assert.ok(far / items < 0.11 && far / items > 0.05, `${far} of ${items}`);
});

test("the likeliest class is believed when it is likely enough for itself and near enough; else none is", () => {
  const rejection = { least: Float64Array.of(0.5, 0.9), farthest: 2, provisional: [] };
  const probabilities = Float64Array.of(0.6, 0.4, 0.4, 0.6, 0.05, 0.95, 0.6, 0.4, NaN, NaN);
  assert.deepEqual([...believedOf(rejection, probabilities, Float64Array.of(1, 1, 2, 2.1, 1))], [0, -1, 1, -1, -1]);
  assert.deepEqual([...believedOf(rejection, probabilities, null)], [0, -1, 1, 0, -1]);
  assert.deepEqual([...believedOf({ ...rejection, farthest: null }, probabilities, Float64Array.of(9, 9, 9, 9, 9))], [0, -1, 1, 0, -1]);
  assert.deepEqual([...believedOf(rejection, Float64Array.of(0.6, 0.4), Float64Array.of(NaN))], [-1]);
});

test("a class with few blocks is provisional and believed from the least probability seen; one without any, always", () => {
  const few: JudgedClasses = { probabilities: Float64Array.of(0.7, 0.2, 0.1, 0.6, 0.3, 0.1, 0.3, 0.6, 0.1), classes: 3, truth: [0, 0, 1], blocks: [0, 1, 1], distances: null };
  assert.deepEqual(rejectionOf(few, 0.95), { least: Float64Array.of(0.6, 0.6, 0), farthest: null, provisional: [0, 1, 2] });
});

test("distancesOf() is the distance to the nearest class's mean by an explicit inverse of the covariance within", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 4, max: 30 }), fc.integer({ min: 1, max: 5 }), async (seed, rows, features) => {
      const items = madeItems({ seed, rows, features, groups: 1, classes: 2, noise: 1 });
      const mean = (x: readonly number[]) => x.reduce((sum, value) => sum + value, 0) / x.length;
      const classes = ["class 0", "class 1"].map((name) => items.rows.filter((_, row) => items.targets[row] === name));
      const means = classes.map((own) => Array.from({ length: features }, (_, j) => mean(own.map((row) => row[j]))));
      const within = (i: number, j: number) => classes.reduce((sum, own, k) => sum + own.reduce((part, row) => part + (row[i] - means[k][i]) * (row[j] - means[k][j]), 0), 0) / rows;
      const variance = (i: number) => mean(items.rows.map((row) => (row[i] - mean(items.rows.map((other) => other[i]))) ** 2));
      const inverted = inverse(Array.from({ length: features }, (_, i) => Array.from({ length: features }, (_unused, j) => (i === j ? within(i, i) + 1e-3 * variance(i) : 0.9 * within(i, j)))));
      const asked = madeItems({ seed: seed + 1, rows: 3, features, groups: 1, classes: 2, noise: 1 }).rows;
      const seen = distancesOf(fitNearestClass(await sumOfItems(items, () => true)), featuresOf(asked));
      for (const [row, item] of asked.entries()) {
        const squares = means.map((centre) => item.reduce((sum, value, i) => sum + (value - centre[i]) * item.reduce((dot, other, j) => dot + inverted[i][j] * (other - centre[j]), 0), 0));
        const expected = Math.sqrt(Math.min(...squares) / features);
        assert.ok(Math.abs(seen[row] - expected) <= 1e-6 * Math.max(1, expected), `${seen[row]}, expected ${expected}`);
      }
    }),
    { numRuns: 40 },
  );
});

test("fitNearestClass() sees a feature that never moved move, and needs an item of a class", async () => {
  const still = await sumOfItems({ rows: [[1, 5], [2, 5], [3, 5]], targets: ["a", "a", "b"], group: [0, 0, 0] }, () => true);
  const [near, moved] = distancesOf(fitNearestClass(still), featuresOf([[3, 5], [3, 25]]));
  assert.ok(near < 0.1 && moved > 10, `${near} and ${moved}`);
  const none = await sumOfItems({ rows: [], targets: [], group: [] }, () => true);
  assert.throws(() => fitNearestClass(none), { name: "RangeError", message: /no item of any/ });
});
