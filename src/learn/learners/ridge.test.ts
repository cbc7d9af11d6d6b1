import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { naiveGram } from "../../../test/naive-gram.ts";
import { chosen, naiveError, naiveLinear, naiveRidge } from "../../../test/naive-linear.ts";
import { featuresOf, madeItems, sumOfItems, taughtOf, type ItemsPlan } from "../../../test/target-items.ts";
import { linearOf } from "../heads/linear.ts";
import { paramsOf } from "../learner.ts";
import { regressionOf, squaredErrorOf } from "../regression.ts";
import { classesOf, examplesOf } from "../target-sum.ts";
import { dualPath } from "./ridge-dual.ts";
import { leaveOneOut, primalPath } from "./ridge-primal.ts";
import { ridge } from "./ridge.ts";

const tools = { gram: naiveGram, pool: null };
const plans = fc.record({
  seed: fc.integer(),
  rows: fc.integer({ min: 2, max: 40 }),
  features: fc.integer({ min: 1, max: 7 }),
  groups: fc.integer({ min: 1, max: 5 }),
  classes: fc.constantFrom(0, 0, 2, 3),
  noise: fc.constantFrom(0.1, 1, 5),
  gaps: fc.constantFrom(0, 0.2),
});
const penalties = fc.constantFrom(1e-3, 0.1, 1, 30);

function close(seen: ArrayLike<number>, expected: ArrayLike<number>, within = 1e-6): void {
  assert.equal(seen.length, expected.length);
  const size = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  for (let at = 0; at < expected.length; at++) assert.ok(Math.abs(seen[at] - expected[at]) <= within * size, `${at}: ${seen[at]}, expected ${expected[at]}`);
}

test("ridge from the sums is ridge from the items by an explicit inverse, whichever of primal and dual is shorter", async () => {
  await fc.assert(
    fc.asyncProperty(plans, penalties, async (plan, penalty) => {
      const items = madeItems(plan);
      const { total } = await taughtOf(items);
      const classes = classesOf(total);
      const expected = naiveRidge(items, classes, penalty);
      const primal = primalPath(regressionOf(total, classes)).at(penalty);
      const dual = (await dualPath(examplesOf(total), classes.length, naiveGram)).at(penalty);
      close([...primal.weights, ...primal.biases], [...expected.weights, ...expected.biases]);
      close([...dual.weights, ...dual.biases], [...expected.weights, ...expected.biases]);
    }),
    { numRuns: 60 },
  );
});

test("squaredErrorOf() knows from moments the error that a model makes on items, one by one", async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const items = madeItems(plan);
      const sum = await sumOfItems(items, () => true);
      const classes = classesOf(sum);
      const model = naiveRidge(madeItems({ ...plan, seed: plan.seed + 1 }), classes, 0.1);
      const [seen, expected] = [squaredErrorOf(regressionOf(sum, classes), model), naiveError(model, items, classes)];
      assert.ok(Math.abs(seen - expected) <= 1e-7 * Math.max(expected, 1), `${seen}, expected ${expected}`);
    }),
    { numRuns: 60 },
  );
});

test("leaving one item out in closed form is leaving it out, from moments and from the items", async () => {
  await fc.assert(
    fc.asyncProperty(plans, penalties, async (plan, penalty) => {
      const items = madeItems({ ...plan, rows: Math.max(plan.rows, 5) });
      const { total } = await taughtOf(items);
      const classes = classesOf(total);
      const regression = regressionOf(total, classes);
      const all = examplesOf(total);
      const dual = await dualPath(all, classes.length, naiveGram);
      const expected = items.rows.reduce((sum, _, out) => {
        const rest = naiveRidgeOfRest(items, out, classes, penalty, [...regression.spreads]);
        return sum + naiveError(rest, chosen(items, (row) => row === out), classes);
      }, 0);
      for (const seen of [leaveOneOut(regression, primalPath(regression).at(penalty), penalty, all), dual.leaveOneOut(penalty)]) {
        assert.ok(Math.abs(seen - expected) <= 1e-6 * Math.max(expected, 1), `${seen}, expected ${expected}`);
      }
    }),
    { numRuns: 40 },
  );
});

/** The penalty is a share of all items' variance: with one item fewer its sum stays the same. */
function naiveRidgeOfRest(items: ReturnType<typeof madeItems>, out: number, classes: readonly string[], penalty: number, spreads: readonly number[]) {
  const rows = items.rows.length;
  return naiveRidge(chosen(items, (row) => row !== out), classes, (penalty * rows) / (rows - 1), spreads);
}

test("ridge chooses a penalty by what groups of blocks lose that the rest had not seen", async () => {
  const decades = Array.from({ length: 10 }, (_, i) => -6 + i);
  for (const plan of [{ noise: 1, rows: 60 }, { noise: 5, rows: 24 }, { noise: 30, rows: 18 }]) {
    const items = madeItems({ seed: plan.rows, features: 8, groups: 4, classes: 0, ...plan });
    const taught = await taughtOf(items);
    const lossAt = (exponent: number) =>
      [0, 1, 2, 3].reduce((sum, out) => sum + naiveError(naiveRidge(chosen(items, (row) => items.group[row] !== out), [], 10 ** exponent), chosen(items, (row) => items.group[row] === out), []), 0);
    const coarse = decades.toSorted((a, b) => lossAt(a) - lossAt(b))[0];
    const tried = [...decades, coarse - 0.5, coarse + 0.5].filter((exponent) => exponent >= -6 && exponent <= 3);
    const least = Math.min(...tried.map(lossAt));
    // Losses within 1 % of the least are equal, and of equal ones the smallest penalty is taken.
    const best = naiveRidge(items, [], 10 ** Math.min(...tried.filter((exponent) => lossAt(exponent) <= 1.01 * least)));
    const head = await ridge.learn(taught, paramsOf(ridge, {}), 1, tools);
    close(head.predict(featuresOf(items.rows)), naiveLinear(best, items.rows).flat());
  }
});

test("ridge finds a line through noise, and with noise alone says little but the mean", async () => {
  const plan: ItemsPlan = { seed: 5, rows: 200, features: 6, groups: 5, classes: 0, noise: 0.5 };
  const error = async (targets: (row: number, target: number) => number) => {
    const [items, fresh] = [plan, { ...plan, rows: 400 }].map((one) => {
      const made = madeItems(one);
      return { ...made, targets: made.targets.map((target, row) => targets(row, Number(target))) };
    });
    const head = await ridge.learn(await taughtOf(items), paramsOf(ridge, {}), 1, tools);
    const predicted = head.predict(featuresOf(fresh.rows.slice(200)));
    return predicted.reduce((sum, value, i) => sum + (value - fresh.targets[200 + i]) ** 2, 0) / 200;
  };
  assert.ok((await error((_row, target) => target)) < 2);
  assert.ok((await error((row) => (row * 7919) % 13)) < 1.1 * 14); // the variance of 0 … 12 is 14
});

test("ridge tells classes apart with probabilities that mean something, also of a class of one item", async () => {
  const items = madeItems({ seed: 3, rows: 240, features: 5, groups: 6, classes: 2, noise: 0.5 });
  const rare = { rows: [...items.rows, [9, 9, -9, 9, 9]], targets: [...(items.targets as string[]), "rare"], group: [...items.group, 0] };
  const head = await ridge.learn(await taughtOf(rare), paramsOf(ridge, {}), 1, tools);
  assert.equal(head.outputs, 3);
  const seen = head.predict(featuresOf(rare.rows));
  let right = 0;
  for (const [row, target] of rare.targets.entries()) {
    const shares = [...seen.subarray(row * 3, row * 3 + 3)];
    assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
    if (shares.indexOf(Math.max(...shares)) === ["class 0", "class 1", "rare"].indexOf(target)) right++;
  }
  assert.ok(right / rare.rows.length > 0.95, `${right} of ${rare.rows.length}`);
});

test("ridge takes an unknown feature as usual, and a feature that never moves as telling nothing", async () => {
  const items = madeItems({ seed: 8, rows: 50, features: 4, groups: 3, classes: 0, noise: 1, gaps: 0.1 });
  const still = { ...items, rows: items.rows.map((row) => [...row, 1e6]) };
  const head = await ridge.learn(await taughtOf(still), paramsOf(ridge, {}), 1, tools);
  assert.deepEqual(head.predict(featuresOf([[NaN, 1, NaN, 2, NaN]])), head.predict(featuresOf([[0, 1, 0, 2, 0]])));
  assert.ok(head.importance !== null && head.importance[4] === 0 && Math.abs(head.importance.reduce((sum, value) => sum + value) - 1) < 1e-12);
});

test("ridge learns from one item, one group and equal targets, and from nothing it cannot", async () => {
  for (const rows of [[[1, 2]], [[1, 2], [3, 4]]]) {
    const items = { rows, targets: rows.map(() => 7), group: rows.map(() => 0) };
    const head = await ridge.learn(await taughtOf(items), paramsOf(ridge, {}), 1, tools);
    assert.deepEqual([...head.predict(featuresOf([[5, 5]]))].map((value) => Math.round(value * 1e9) / 1e9), [7]);
    assert.equal(head.importance, null);
  }
  assert.equal(ridge.canLearn(await sumOfItems({ rows: [], targets: [], group: [] }, () => true)), "no item with a target has been seen");
  const one = { rows: [[1, 2], [2, 1]], targets: ["a", "a"], group: [0, 1] };
  assert.deepEqual([...(await ridge.learn(await taughtOf(one), paramsOf(ridge, {}), 1, tools)).predict(featuresOf([[0, 0]]))], [1]);
});

test("linearOf() adds up nothing for a head without features", () => {
  assert.deepEqual([...linearOf({ weights: new Float64Array(0), biases: Float64Array.of(3) }, { rows: 2, columns: 0, values: new Float32Array(0) })], [3, 3]);
});
