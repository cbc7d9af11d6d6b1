import type { Features } from "../matrix.ts";
import type { Pool } from "../pool.ts";
import { runKernel } from "../kernels.ts";
import type { Boosted, Held } from "./boost.ts";
import { closeJobs, openJobs } from "./crew.ts";
import { binsOf } from "./fit-bins.ts";
import { keysOf } from "./keys.ts";
import { hasSecond, type Loss } from "./losses.ts";
import { splitMemory } from "./split-memory.ts";

/** How boosted trees are grown. */
export interface BoostOptions {
  readonly rounds: number;
  /** Share of each tree's values that is added. */
  readonly shrinkage: number;
  readonly leaves: number;
  readonly leastLeaf: number;
  /** L2 penalty on leaves' values, in items. */
  readonly penalty: number;
  /** Share of the features that a tree may split. */
  readonly columnShare: number;
  /** By feature: 1 where a higher value may only raise the output, -1 lower; for one output only. */
  readonly monotone: Int32Array | null;
  readonly seed: number;
  readonly held: Held | null;
  readonly patience: number;
}

/** Items with a target each: a class's number, or a value. */
export interface Teaching {
  readonly features: Features;
  readonly targets: Float64Array;
  readonly weights: Float64Array;
}

const mostBins = 255;
const leastSecond = 1e-3;

/**
 * Gradient-boosted trees on histograms. Equal arguments give equal trees, with a pool or without.
 *
 * Memory: 5 bytes an item and feature, and 2 kB (4 kB for classes) a leaf and feature.
 */
export async function fitBoosted({ features, targets, weights }: Teaching, loss: Loss, options: BoostOptions, pool: Pool | null): Promise<Boosted> {
  const bins = await binsOf(keysOf(features), mostBins, pool);
  const own = evenWeights(weights);
  const curved = hasSecond(loss) || own.some((weight) => weight !== 1);
  const columns = Math.max(1, Math.round(options.columnShare * features.columns));
  const memory = splitMemory(bins, columns, options.leaves, curved, options.monotone);
  openJobs(memory);
  const helpers = Math.max(0, (pool?.size ?? 1) - 1);
  const plan = { ...options, bins, loss, targets, weights: own, leastSecond, isShared: helpers > 0 };
  const growing = runKernel(pool, "boost", plan, memory);
  const helping = Array.from({ length: helpers }, () => runKernel(pool, "helpGrow", memory));
  try {
    return await growing;
  } finally {
    closeJobs(memory); // also where the thread that grew is gone
    await Promise.allSettled(helping);
  }
}

/** Weights that are 1 on average; exactly 1 where they are all alike. */
function evenWeights(weights: Float64Array): Float64Array {
  const first = weights[0] ?? 1;
  if (weights.every((weight) => weight === first)) return new Float64Array(weights.length).fill(1);
  const mean = weights.toSorted().reduce((sum, weight) => sum + weight, 0) / weights.length;
  return weights.map((weight) => weight / mean);
}
