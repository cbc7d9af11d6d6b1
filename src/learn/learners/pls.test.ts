import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { naiveGram } from "../../../test/naive-gram.ts";
import { chosen, naiveError, naiveLinear, naiveRidge } from "../../../test/naive-linear.ts";
import { featuresOf, madeItems, sumOfItems, taughtOf, type MadeItems } from "../../../test/target-items.ts";
import type { LinearModel } from "../heads/linear.ts";
import { paramsOf } from "../learner.ts";
import { regressionOf } from "../regression.ts";
import { pls, plsModels } from "./pls.ts";

const tools = { gram: naiveGram, pool: null };
const mean = (x: readonly number[]): number => x.reduce((sum, value) => sum + value, 0) / x.length;
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, j) => sum + value * b[j], 0);

/** Partial least squares by deflating the items themselves (Wold's NIPALS): predictions for the items it was taught. */
function naivePls({ rows, targets }: MadeItems, components: number): number[] {
  const centre = mean(targets as number[]);
  const columns = rows[0].map((_, j) => {
    const column = rows.map((row) => row[j]);
    const deviation = Math.sqrt(mean(column.map((value) => (value - mean(column)) ** 2)));
    return column.map((value) => (value - mean(column)) / deviation);
  });
  let left = (targets as number[]).map((value) => value - centre);
  const predicted = left.map(() => centre);
  for (let component = 0; component < components; component++) {
    const weights = columns.map((column) => dot(column, left));
    const scores = rows.map((_, row) => dot(weights, columns.map((column) => column[row])));
    const size = dot(scores, scores);
    const slope = dot(scores, left) / size;
    left = left.map((value, row) => value - slope * scores[row]);
    for (const [row, score] of scores.entries()) predicted[row] += slope * score;
    for (const column of columns) {
      const loading = dot(scores, column) / size;
      for (const [row, score] of scores.entries()) column[row] -= loading * score;
    }
  }
  return predicted;
}

test("plsModels() are those of NIPALS on the items, for every number of directions", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 12, max: 40 }), fc.integer({ min: 1, max: 7 }), async (seed, rows, features) => {
      const items = madeItems({ seed, rows, features, groups: 2, classes: 0, noise: 2 });
      const models = plsModels(regressionOf(await sumOfItems(items, () => true), []), 4);
      for (const [components, model] of models.entries()) {
        const [seen, expected] = [naiveLinear(model, items.rows).flat(), naivePls(items, components)];
        for (const [row, value] of expected.entries()) assert.ok(Math.abs(seen[row] - value) < 1e-5 * Math.max(1, Math.abs(value)), `${components}: ${seen[row]}, expected ${value}`);
      }
    }),
    { numRuns: 40 },
  );
});

test("plsModels() of all directions are least squares, and no more directions than there are", async () => {
  const items = madeItems({ seed: 2, rows: 50, features: 5, groups: 1, classes: 0, noise: 1 });
  const models = plsModels(regressionOf(await sumOfItems(items, () => true), []), 30);
  assert.equal(models.length, 6);
  const squares = naiveRidge(items, [], 1e-12);
  const [seen, expected] = [naiveLinear(models[5], items.rows).flat(), naiveLinear(squares, items.rows).flat()];
  for (const [row, value] of expected.entries()) assert.ok(Math.abs(seen[row] - value) < 1e-6 * Math.abs(value));
  const twins = { ...items, rows: items.rows.map((row) => [...row, ...row, 7]) };
  assert.ok(plsModels(regressionOf(await sumOfItems(twins, () => true), []), 30).length <= 7);
});

test("pls uses as many directions as lose least on groups of blocks that the rest had not seen", async () => {
  const items = madeItems({ seed: 9, rows: 60, features: 8, groups: 4, classes: 0, noise: 6 });
  const head = await pls.learn(await taughtOf(items), paramsOf(pls, {}), 1, tools);
  const modelsBy = async (keep: (row: number) => boolean): Promise<LinearModel[]> => plsModels(regressionOf(await sumOfItems(items, keep), []), 30);
  const losses = new Float64Array(9);
  for (let out = 0; out < 4; out++) {
    const models = await modelsBy((row) => items.group[row] !== out);
    for (let count = 0; count < 9; count++) losses[count] += naiveError(models[Math.min(count, models.length - 1)], chosen(items, (row) => items.group[row] === out), []);
  }
  const best = (await modelsBy(() => true))[losses.indexOf(Math.min(...losses))];
  const [seen, expected] = [head.predict(featuresOf(items.rows)), naiveLinear(best, items.rows).flat()];
  for (const [row, value] of expected.entries()) assert.ok(Math.abs(seen[row] - value) < 1e-6 * Math.abs(value));
});

test("pls learns the mean where there is nothing to tell, and says why it cannot learn from nothing or from classes", async () => {
  for (const rows of [[[1, 2]], [[1, 2], [1, 2], [1, 2]]]) {
    const items = { rows, targets: rows.map((_, row) => 5 + row), group: rows.map((_, row) => row) };
    assert.deepEqual([...(await pls.learn(await taughtOf(items), paramsOf(pls, {}), 1, tools)).predict(featuresOf([[9, NaN]]))], [5 + (rows.length - 1) / 2]);
  }
  assert.match(pls.canLearn(await sumOfItems({ rows: [], targets: [], group: [] }, () => true)) ?? "", /no item/);
  assert.match(pls.canLearn(await sumOfItems({ rows: [[1]], targets: ["a"], group: [0] }, () => true)) ?? "", /class/);
});
