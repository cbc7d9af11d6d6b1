import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { naiveOutputs } from "../../../test/naive-trees.ts";
import { normalFrom, randomFrom } from "../random.ts";
import { shallowOf } from "../trees/shallow.ts";
import { growIsolationTrees, usualDepth } from "../trees/isolation-trees.ts";
import { fitIsolation, isolationOf, isolationScores } from "./isolation.ts";

function normalItems(rows: number, columns: number, seed: number, gaps = 0): number[][] {
  const random = randomFrom(seed);
  return Array.from({ length: rows }, () => Array.from({ length: columns }, () => (random() < gaps ? NaN : Math.fround(normalFrom(random)))));
}
const featuresOf = (rows: readonly (readonly number[])[]) => ({ rows: rows.length, columns: rows[0].length, values: Float32Array.from(rows.flat()) });

/** How far the trees of a forest go, checked against what they were grown on: all items, for the sample is as large. */
function checkTree(forest: ReturnType<typeof growIsolationTrees>, node: number, items: readonly (readonly number[])[], depth: number, deepest: number): void {
  if (forest.feature[node] < 0) {
    const differs = items[0]?.some((_, column) => new Set(items.map((item) => item[column]).filter((value) => !Number.isNaN(value))).size > 1) ?? false;
    assert.ok(depth === deepest || items.length < 2 || !differs, `a leaf of ${items.length} at depth ${depth}`);
    const value = forest.values[forest.left[node]] * forest.roots.length;
    assert.ok(Math.abs(value - depth - usualDepth(items.length)) < 1e-9, `${value} at depth ${depth} with ${items.length} items`);
    return;
  }
  const [feature, threshold] = [forest.feature[node], forest.threshold[node]];
  const known = items.map((item) => item[feature]).filter((value) => !Number.isNaN(value));
  assert.ok(threshold >= Math.min(...known) && threshold < Math.max(...known), "a place between the least and the greatest");
  const goesLeft = (item: readonly number[]) => (Number.isNaN(item[feature]) ? forest.unknownLeft[node] === 1 : item[feature] <= threshold);
  checkTree(forest, forest.left[node], items.filter(goesLeft), depth + 1, deepest);
  checkTree(forest, forest.right[node], items.filter((item) => !goesLeft(item)), depth + 1, deepest);
}

test("isolation trees split between values that occur, down to single items or the depth of log2, and say how deep", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 64 }), fc.constantFrom(0, 0.3), (seed, rows, gaps) => {
      const items = normalItems(rows, 3, seed, gaps).map((item) => [...item, 7, NaN, Math.floor(2 * item[0])]);
      const forest = growIsolationTrees(featuresOf(items), { trees: 5, sample: 256, seed });
      for (const root of forest.roots) checkTree(forest, root, items, 0, Math.ceil(Math.log2(Math.max(2, rows))));
    }),
    { numRuns: 60 },
  );
});

test("each tree sees a sample of its own, evenly drawn", () => {
  // A feature that numbers the items: the greatest threshold of a tree grown to its end is next to its greatest item.
  const features = featuresOf(Array.from({ length: 1000 }, (_, row) => [row]));
  const forest = growIsolationTrees(features, { trees: 200, sample: 50, seed: 4 });
  const means = Array.from(forest.roots, (root, tree) => {
    const own = forest.threshold.slice(root, forest.roots[tree + 1] ?? forest.feature.length).filter((_, at) => forest.feature[root + at] >= 0);
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  });
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  assert.ok(Math.abs(mean - 500) < 25 && new Set(means).size > 190, String(mean));
});

test("scores of rows, of batches ready or not, and of the naive walker are one; unknown features too", async () => {
  const head = fitIsolation(featuresOf(normalItems(500, 4, 1, 0.05)), { trees: 60, sample: 128, seed: 3 });
  assert.ok(shallowOf(head.forest) !== null);
  for (const gaps of [0, 0.2]) {
    const items = [...normalItems(301, 4, 2, gaps), [Infinity, -Infinity, 3e38, -0], [0, 0, 0, 0]];
    const scores = await isolationScores(head, featuresOf(items));
    for (const [row, item] of items.entries()) {
      const naive = 2 ** (-naiveOutputs(head.forest, item)[0] / head.usual);
      assert.deepEqual([scores[row], isolationOf(head, Float32Array.from(item))], [naive, naive]);
    }
  }
});

test("what lies apart in a third of its features scores above what is normal", async () => {
  const head = fitIsolation(featuresOf(normalItems(5000, 6, 1)));
  const scores = await isolationScores(head, featuresOf([...normalItems(400, 6, 9), ...normalItems(20, 6, 10).map((item) => item.map((value, column) => (column < 2 ? value + 6 : value)))]));
  const [normal, apart] = [scores.subarray(0, 400).toSorted(), scores.subarray(400).toSorted()];
  assert.ok(apart[1] > normal[390] && normal[200] < 0.5 && apart[10] > 0.55, `${apart[2]} ${normal[380]} ${normal[200]}`);
});

test("one item, and items all alike, tell nothing apart; no item is refused", async () => {
  for (const items of [[[1, 2]], Array.from({ length: 300 }, () => [5, NaN])]) {
    const [score, other] = await isolationScores(fitIsolation(featuresOf(items)), featuresOf([[9, 9], [NaN, -4]]));
    assert.ok(score > 0.49 && score <= 1 && other === score, `${score} ${other}`);
  }
  assert.throws(() => fitIsolation({ rows: 0, columns: 2, values: new Float32Array() }), { name: "RangeError", message: /no normal item/ });
});
