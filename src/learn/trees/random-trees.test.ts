import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { naiveRandomTree, type NaiveTree } from "../../../test/naive-random-tree.ts";
import { normalFrom, randomFrom } from "../random.ts";
import type { Forest } from "./forest.ts";
import { keyOf, keysByRow, keysOf, thresholdOf } from "./keys.ts";
import type { BestPlan } from "./best-tree.ts";
import type { RandomPlan } from "./random-tree.ts";
import { rankColumns, sharedRanks } from "./ranks.ts";
import { growBestTrees, growRandomTrees, leastLeafFor } from "./random-trees.ts";

/** Numbers as the kernel tells them apart: all but the last bit of a float32. */
const onGrid = (value: number) => (Number.isNaN(value) ? NaN : thresholdOf(keyOf(value)));

interface Made {
  readonly rows: number[][];
  readonly targets: number[];
  readonly weights: number[];
}

/** Items with few and many different values, gaps, a constant feature, and small whole weights, so that sums are exact. */
function made(seed: number, count: number, classes: number): Made {
  const random = randomFrom(seed);
  const rows = Array.from({ length: count }, () => [normalFrom(random), Math.floor(3 * random()), 7, random() < 0.3 ? NaN : normalFrom(random)].map(onGrid));
  const targets = rows.map(([a, b]) => (classes > 0 ? Math.min(classes - 1, Math.floor(classes * random() * (a > 0 ? 1 : 0.5))) : Math.round(8 * (a + b + random()))));
  return { rows, targets, weights: rows.map(() => 1 + Math.floor(2 * random())) };
}

function planOf({ rows, targets, weights }: Made, classes: number, more: Partial<RandomPlan> = {}): RandomPlan {
  const keys = keysOf({ rows: rows.length, columns: rows[0].length, values: Float32Array.from(rows.flat()) });
  return { keys, byRow: keysByRow(keys), classes, targets: Float64Array.from(targets), weights: Float64Array.from(weights), tried: 2, leastLeaf: 2, seed: 9, scale: 1, ...more };
}

function treeOf(forest: Forest, node: number): NaiveTree {
  if (forest.feature[node] < 0) return { values: [...forest.values.subarray(forest.left[node] * forest.outputs, (forest.left[node] + 1) * forest.outputs)] };
  return { feature: forest.feature[node], threshold: forest.threshold[node], unknownLeft: forest.unknownLeft[node] === 1, left: treeOf(forest, forest.left[node]), right: treeOf(forest, forest.right[node]) };
}

/** Without what only the naive twin carries. */
const plain = (tree: NaiveTree): NaiveTree =>
  "values" in tree ? { values: tree.values } : { feature: tree.feature, threshold: tree.threshold, unknownLeft: tree.unknownLeft, left: plain(tree.left), right: plain(tree.right) };

test("growRandomTrees() grows the trees of its naive twin, question by question: numbers and classes, gaps, weights", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 90 }), fc.constantFrom(0, 2, 4), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }), (seed, count, classes, tried, leastLeaf) => {
      const items = made(seed, count, classes);
      const { forest } = growRandomTrees(planOf(items, classes, { tried, leastLeaf }), 0, 3);
      for (const [tree, root] of forest.roots.entries()) {
        assert.deepEqual(treeOf(forest, root), plain(naiveRandomTree({ ...items, classes, tried, leastLeaf, seed: 9 }, tree, onGrid)));
      }
    }),
    { numRuns: 150 },
  );
});

/** The same items for a random forest. */
function bestPlanOf(items: Made, classes: number, more: Partial<BestPlan> = {}): BestPlan {
  const { keys, targets, weights } = planOf(items, classes);
  const codes = sharedRanks(keys.rows, keys.columns);
  const thresholds = rankColumns(keys, codes, 0, keys.columns);
  return { ranks: { rows: keys.rows, columns: keys.columns, codes, thresholds }, classes, targets, weights, tried: 2, leastLeaf: 2, seed: 9, scale: 1, ...more };
}

test("growBestTrees() grows the trees of its naive twin, question by question: classes, gaps, weights", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 60 }), fc.constantFrom(2, 4), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }), (seed, count, classes, tried, leastLeaf) => {
      const items = made(seed, count, classes);
      const plan = bestPlanOf(items, classes, { tried, leastLeaf });
      const borders = plan.ranks.thresholds.map((own) => [...own]);
      const { forest } = growBestTrees(plan, 0, 3);
      for (const [tree, root] of forest.roots.entries()) {
        assert.deepEqual(treeOf(forest, root), plain(naiveRandomTree({ ...items, classes, tried, leastLeaf, seed: 9, borders }, tree, onGrid)));
      }
    }),
    { numRuns: 100 },
  );
});

test("nodes of more items than are brought close together are grown as the naive ones are, and all weights may be 1", () => {
  const items = { ...made(5, 2600, 3), weights: Array.from({ length: 2600 }, () => 1) };
  const { forest } = growRandomTrees(planOf(items, 3, { leastLeaf: 40 }), 0, 1);
  assert.deepEqual(treeOf(forest, 0), plain(naiveRandomTree({ ...items, classes: 3, tried: 2, leastLeaf: 40, seed: 9 }, 0, onGrid)));
  assert.ok(forest.feature.length > 20);
});

test("the order of the items does not matter", () => {
  const items = made(11, 200, 0);
  const order = items.rows.map((_, at) => (at * 77) % 200);
  const turned = { rows: order.map((at) => items.rows[at]), targets: order.map((at) => items.targets[at]), weights: order.map((at) => items.weights[at]) };
  assert.deepEqual(growRandomTrees(planOf(turned, 0), 0, 5), growRandomTrees(planOf(items, 0), 0, 5));
  const classes = ({ targets, ...rest }: Made) => ({ ...rest, targets: targets.map((target) => (target > 8 ? 1 : 0)) });
  assert.deepEqual(growBestTrees(bestPlanOf(classes(turned), 2), 0, 5), growBestTrees(bestPlanOf(classes(items), 2), 0, 5));
});

test("leastLeafFor() keeps the trees small together, and leaves alone what is small", () => {
  const plan = planOf(made(12, 800, 0), 0, { leastLeaf: 1 });
  const growOne = (leastLeaf: number) => growRandomTrees({ ...plan, leastLeaf }, 0, 1);
  assert.equal(leastLeafFor(1, 800, 10, 1e6, growOne), 1);
  const least = leastLeafFor(1, 800, 10, 400, growOne);
  const { forest } = growRandomTrees({ ...plan, leastLeaf: least }, 0, 10);
  assert.ok(least > 1 && forest.values.length < 1.2 * 400 && forest.values.length > 100, `${least}: ${forest.values.length} leaves`);
});

test("keys keep the order of numbers, and a threshold parts exactly what its key parts", () => {
  const number = fc.oneof(fc.float({ noNaN: true }), fc.constantFrom(0, -0, 1e-45, -1e-45, 3.4e38, -3.4e38, 3.4028234663852886e38, Infinity, -Infinity, 1, Math.fround(1 + 2 ** -23)).map(Math.fround));
  fc.assert(
    fc.property(number, number, (a, b) => {
      if (keyOf(a) < keyOf(b)) assert.ok(a < b);
      assert.equal(a <= thresholdOf(keyOf(b)), keyOf(a) <= keyOf(b), `${a} and ${b}`);
      assert.equal(Math.fround(thresholdOf(keyOf(b))), thresholdOf(keyOf(b)), "a float32");
    }),
    { numRuns: 20_000 },
  );
  assert.equal(keyOf(NaN), 2 ** 30);
  assert.equal(thresholdOf(keyOf(Infinity)), Infinity);
});

test("ranks keep the order of numbers, each its own up to 65 535 of them, and a threshold parts what its rank parts", () => {
  const random = randomFrom(3);
  for (const count of [300, 80_000]) {
    const values = Float32Array.from({ length: count }, (_, row) => (row % 97 === 0 ? NaN : normalFrom(random)));
    const codes = sharedRanks(count, 1);
    const [thresholds] = rankColumns(keysOf({ rows: count, columns: 1, values }), codes, 0, 1);
    const known = Array.from(values.keys()).filter((row) => !Number.isNaN(values[row])).toSorted((a, b) => values[a] - values[b]);
    assert.ok(thresholds.length < 65_535);
    assert.ok(Array.from(values.keys()).every((row) => Number.isNaN(values[row]) === (codes[row] === 65_535)));
    for (const [at, row] of known.entries()) {
      assert.ok(codes[row] <= thresholds.length && (codes[row] === thresholds.length || values[row] <= thresholds[codes[row]]) && (codes[row] === 0 || values[row] > thresholds[codes[row] - 1]));
      if (at > 0 && count === 300) assert.equal(codes[row] === codes[known[at - 1]], keyOf(values[row]) === keyOf(values[known[at - 1]]));
    }
  }
});
