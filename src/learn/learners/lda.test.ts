import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { naiveGram } from "../../../test/naive-gram.ts";
import { inverse } from "../../../test/naive-linalg.ts";
import { featuresOf, madeItems, sumOfItems, taughtOf, type MadeItems } from "../../../test/target-items.ts";
import { paramsOf } from "../learner.ts";
import { lda } from "./lda.ts";

const tools = { gram: naiveGram, pool: null };
const mean = (x: readonly number[]): number => x.reduce((sum, value) => sum + value, 0) / x.length;

/** Log odds of class 1 against class 0 by the covariance within, written out, at sharpness 1. */
function naiveLogOdds({ rows, targets }: MadeItems, shrinkage: number, evenness: number, item: readonly number[]): number {
  const features = item.length;
  const classes = ["class 0", "class 1"].map((name) => rows.filter((_, row) => targets[row] === name));
  const means = classes.map((own) => item.map((_, j) => mean(own.map((row) => row[j]))));
  const all = item.map((_, j) => mean(rows.map((row) => row[j])));
  const covariance = Array.from({ length: features }, (_, i) =>
    Array.from({ length: features }, (_unused, j) => {
      const within = classes.reduce((sum, own, k) => sum + own.reduce((part, row) => part + (row[i] - means[k][i]) * (row[j] - means[k][j]), 0), 0) / rows.length;
      const total = mean(rows.map((row) => (row[i] - all[i]) ** 2));
      // The diagonal part has each feature's variance with a thousandth of that over all items.
      return i === j ? (1 - shrinkage) * within + shrinkage * (within + 1e-3 * total) : (1 - shrinkage) * within;
    }),
  );
  const inverted = inverse(covariance);
  const distance = (centre: readonly number[]) => item.reduce((sum, value, i) => sum + (value - centre[i]) * item.reduce((dot, other, j) => dot + inverted[i][j] * (other - centre[j]), 0), 0);
  return (distance(means[0]) - distance(means[1])) / 2 + (1 - evenness) * Math.log(classes[1].length / classes[0].length);
}

test("lda is the nearest mean by an explicit inverse of the shrunk covariance within classes, with priors", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 6, max: 30 }), fc.integer({ min: 1, max: 5 }), fc.constantFrom(0.01, 0.3, 0.9), fc.constantFrom(0, 0.5, 1), async (seed, rows, features, shrinkage, evenness) => {
      const items = madeItems({ seed, rows, features, groups: 1, classes: 2, noise: 1 });
      const head = await lda.learn(await taughtOf(items), paramsOf(lda, { shrinkage, evenness }), 1, tools);
      const item = madeItems({ seed: seed + 1, rows: 1, features, groups: 1, classes: 2, noise: 1 }).rows[0];
      const [zero, one] = head.predict(featuresOf([item]));
      const expected = naiveLogOdds(items, shrinkage, evenness, item);
      if (Math.abs(expected) < 30) assert.ok(Math.abs(Math.log(one / zero) - expected) <= 1e-4 * Math.max(1, Math.abs(expected)), `${Math.log(one / zero)}, expected ${expected}`);
      else assert.equal(one > zero, expected > 0);
    }),
    { numRuns: 60 },
  );
});

test("lda tells classes apart, also one between others and one of a single item, and says how likely", async () => {
  const items = madeItems({ seed: 4, rows: 300, features: 6, groups: 6, classes: 4, noise: 0.6 });
  const rare = { rows: [...items.rows, [30, -30, 30, -30, 30, -30]], targets: [...(items.targets as string[]), "rare"], group: [...items.group, 0] };
  const head = await lda.learn(await taughtOf(rare), paramsOf(lda, {}), 1, tools);
  const fresh = madeItems({ seed: 4, rows: 600, features: 6, groups: 1, classes: 4, noise: 0.6 });
  const [rows, targets] = [[...fresh.rows.slice(300), rare.rows[300]], [...fresh.targets.slice(300), "rare"]];
  const seen = head.predict(featuresOf(rows));
  let [right, surprise] = [0, 0];
  for (const [row, target] of targets.entries()) {
    const shares = [...seen.subarray(row * 5, row * 5 + 5)];
    const own = ["class 0", "class 1", "class 2", "class 3", "rare"].indexOf(String(target));
    if (shares[own] === Math.max(...shares)) right++;
    surprise -= Math.log(shares[own]);
    assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
  }
  assert.ok(seen[300 * 5 + 4] > 0.5, `the rare one: ${seen[300 * 5 + 4]}`);
  assert.ok(right / targets.length > 0.97 && surprise / targets.length < 0.12, `${right} of ${targets.length}, log loss ${surprise / targets.length}`);
});

test("lda of classes that do not differ gives their priors", async () => {
  const random = madeItems({ seed: 6, rows: 400, features: 3, groups: 8, classes: 0, noise: 1 });
  const items = { ...random, targets: random.rows.map((_, row) => (row % 4 === 0 ? "a" : "b")) };
  const shares = (await lda.learn(await taughtOf(items), paramsOf(lda, {}), 1, tools)).predict(featuresOf(items.rows));
  for (let row = 0; row < 400; row++) assert.ok(Math.abs(shares[2 * row] - 0.25) < 0.15, `${shares[2 * row]}`);
});

test("lda knows a class by its mean alone where every class has one item, and one class for certain", async () => {
  const each = { rows: [[1, 2, 3], [4, 5, 3], [-3, 9, 3]], targets: ["a", "b", "c"], group: [0, 0, 0] };
  const head = await lda.learn(await taughtOf(each), paramsOf(lda, {}), 1, tools);
  const seen = head.predict(featuresOf(each.rows));
  for (let row = 0; row < 3; row++) assert.ok(seen[row * 3 + row] > 0.9, seen.subarray(row * 3, row * 3 + 3).join(" "));
  const single = { rows: [[1, 2], [2, 1]], targets: ["a", "a"], group: [0, 1] };
  assert.deepEqual([...(await lda.learn(await taughtOf(single), paramsOf(lda, {}), 1, tools)).predict(featuresOf([[NaN, 4]]))], [1]);
});

test("lda says why it cannot learn from nothing, or from numbers", async () => {
  assert.match(lda.canLearn(await sumOfItems({ rows: [], targets: [], group: [] }, () => true)) ?? "", /no item/);
  assert.match(lda.canLearn(await sumOfItems({ rows: [[1]], targets: [2], group: [0] }, () => true)) ?? "", /number/);
});
