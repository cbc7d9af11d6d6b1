import { runKernel } from "../kernels.ts";
import type { Pool } from "../pool.ts";
import { exactMean, onGrid } from "./exact.ts";
import type { Teaching } from "./fit-boosted.ts";
import { keysByRow, keysOf, sharedDoubles } from "./keys.ts";
import type { RandomPlan } from "./random-tree.ts";
import { growRandomTrees, joinGrown, leastLeafFor, type Grown } from "./random-trees.ts";

/** How extremely randomised trees are grown. */
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

/** Trees that a thread is given at a time: few enough that all end at about the same time, enough to be worth asking. */
const atOnceFor = (trees: number, threads: number): number => Math.max(1, Math.min(8, Math.floor(trees / (16 * threads))));

/**
 * Extremely randomised trees whose sum is the mean: of classes' shares, or of values about `start`.
 * Equal arguments give equal trees, with a pool or without, in whatever order the items are.
 *
 * Memory: 8 bytes an item and feature; each thread another 40 an item.
 */
export async function fitRandomTrees(teaching: Teaching, options: RandomOptions, pool: Pool | null): Promise<Grown & { readonly start: number }> {
  const { plan, start } = planned(teaching, options);
  const atOnce = atOnceFor(options.trees, pool?.size ?? 1);
  const firsts = Array.from({ length: Math.ceil(options.trees / atOnce) }, (_, at) => at * atOnce);
  const parts = await Promise.all(firsts.map((first) => runKernel(pool, "growRandomTrees", plan, first, Math.min(options.trees, first + atOnce))));
  return { ...joinGrown(parts), start };
}

/** The same trees, grown while the caller waits: for few items. */
export function growFew(teaching: Teaching, options: RandomOptions): Grown & { readonly start: number } {
  const { plan, start } = planned(teaching, options);
  return { ...growRandomTrees(plan, 0, options.trees), start };
}

function planned({ features, targets, weights }: Teaching, options: RandomOptions): { plan: RandomPlan; start: number } {
  const keys = keysOf(features);
  const start = options.classes > 0 ? 0 : exactMean(targets, weights);
  const plan: RandomPlan = {
    keys,
    byRow: keysByRow(keys),
    classes: options.classes,
    targets: inShared(options.classes > 0 ? targets : onGrid(targets.map((target) => target - start), 40)),
    weights: inShared(onGrid(weights, 40)),
    tried: options.tried,
    leastLeaf: options.leastLeaf,
    seed: options.seed,
    scale: 1 / options.trees,
  };
  return { plan: { ...plan, leastLeaf: leastLeafFor(plan, options.trees, options.leaves) }, start };
}

function inShared(values: Float64Array): Float64Array {
  const shared = sharedDoubles(values.length);
  shared.set(values);
  return shared;
}
