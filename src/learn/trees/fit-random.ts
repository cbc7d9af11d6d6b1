import { runKernel } from "../kernels.ts";
import type { Pool } from "../pool.ts";
import type { BestPlan } from "./best-tree.ts";
import { exactMean, onGrid } from "./exact.ts";
import { ranksOf } from "./fit-bins.ts";
import type { Teaching } from "./fit-boosted.ts";
import { keysByRow, keysOf, sharedDoubles } from "./keys.ts";
import type { RandomPlan } from "./random-tree.ts";
import { growBestTrees, growRandomTrees, joinGrown, leastLeafFor, type Grown } from "./random-trees.ts";

/** How trees that know nothing of each other are grown. */
export interface RandomOptions {
  /** 0 where the target is a number. */
  readonly classes: number;
  readonly trees: number;
  /** Features tried at each split. */
  readonly tried: number;
  readonly leastLeaf: number;
  /** Leaves of all trees together, about, at most: smallest leaves grow until that holds. */
  readonly leaves: number;
  readonly seed: number;
}

/**
 * Extremely randomised trees whose sum is the mean: of classes' shares, or of values about `start`.
 * Equal arguments give equal trees, with a pool or without, in whatever order the items are.
 *
 * Memory: 8 bytes an item and feature; each thread another 40 an item.
 */
export async function fitRandomTrees(teaching: Teaching, options: RandomOptions, pool: Pool | null): Promise<Grown & { readonly start: number }> {
  const { plan, start } = planned(teaching, options);
  return { ...(await inParts(options.trees, pool, (from, to) => runKernel(pool, "growRandomTrees", plan, from, to))), start };
}

/** The same trees, grown while the caller waits: for few items. */
export function growFew(teaching: Teaching, options: RandomOptions): Grown & { readonly start: number } {
  const { plan, start } = planned(teaching, options);
  return { ...growRandomTrees(plan, 0, options.trees), start };
}

function planned({ features, targets, weights }: Teaching, { classes, trees, tried, leastLeaf, leaves, seed }: RandomOptions): { plan: RandomPlan; start: number } {
  const keys = keysOf(features);
  const start = classes > 0 ? 0 : exactMean(targets, weights);
  const plan: RandomPlan = {
    keys,
    byRow: keysByRow(keys),
    classes,
    targets: inShared(classes > 0 ? targets : onGrid(targets.map((target) => target - start), 40)),
    weights: inShared(onGrid(weights, 40)),
    tried,
    leastLeaf,
    seed,
    scale: 1 / trees,
  };
  return { plan: { ...plan, leastLeaf: leastLeafFor(leastLeaf, features.rows, trees, leaves, (least) => growRandomTrees({ ...plan, leastLeaf: least }, 0, 1)) }, start };
}

/**
 * The trees of a random forest whose sum is the mean of classes' shares.
 * Equal arguments give equal trees, with a pool or without, in whatever order the items are.
 *
 * Memory: 10 bytes an item and feature; each thread another 40 an item.
 */
export async function fitForest({ features, targets, weights }: Teaching, { classes, trees, tried, leastLeaf, leaves, seed }: RandomOptions, pool: Pool | null): Promise<Grown> {
  const plan: BestPlan = { ranks: await ranksOf(keysOf(features), pool), classes, targets: inShared(targets), weights: inShared(onGrid(weights, 40)), tried, leastLeaf, seed, scale: 1 / trees };
  const fitted = { ...plan, leastLeaf: leastLeafFor(leastLeaf, features.rows, trees, leaves, (least) => growBestTrees({ ...plan, leastLeaf: least }, 0, 1)) };
  return await inParts(trees, pool, (from, to) => runKernel(pool, "growBestTrees", fitted, from, to));
}

/** Grows all trees, some at a time: few enough that all threads end at about the same time, enough to be worth asking. */
async function inParts(trees: number, pool: Pool | null, grow: (from: number, to: number) => Promise<Grown>): Promise<Grown> {
  const atOnce = Math.max(1, Math.min(8, Math.floor(trees / (16 * (pool?.size ?? 1)))));
  const firsts = Array.from({ length: Math.ceil(trees / atOnce) }, (_, at) => at * atOnce);
  return joinGrown(await Promise.all(firsts.map((first) => grow(first, Math.min(trees, first + atOnce)))));
}

function inShared(values: Float64Array): Float64Array {
  const shared = sharedDoubles(values.length);
  shared.set(values);
  return shared;
}
