import { BestTrees, type BestPlan } from "./best-tree.ts";
import { ForestWriter, joinForests, type Forest } from "./forest.ts";
import { RandomTrees, type RandomPlan } from "./random-tree.ts";

/** Some trees, and what each feature's splits gained in them. */
export interface Grown {
  readonly forest: Forest;
  readonly gains: Float64Array;
}

/** Kernel: trees `from` to `to` of a plan. Each is the same whichever others are grown with it. */
export const growRandomTrees = (plan: RandomPlan, from: number, to: number): Grown => grown(new RandomTrees(plan), plan.classes, from, to);

/** Kernel: trees `from` to `to` of a random forest. Each is the same whichever others are grown with it. */
export const growBestTrees = (plan: BestPlan, from: number, to: number): Grown => grown(new BestTrees(plan), plan.classes, from, to);

function grown(grower: RandomTrees | BestTrees, classes: number, from: number, to: number): Grown {
  const writer = new ForestWriter(Math.max(1, classes));
  for (let tree = from; tree < to; tree++) grower.grow(tree, writer);
  return { forest: writer.forest(), gains: grower.gains };
}

/** Grown trees in one piece. */
export function joinGrown(parts: readonly Grown[]): Grown {
  const gains = new Float64Array(parts[0]?.gains.length ?? 0);
  for (const part of parts) for (let j = 0; j < gains.length; j++) gains[j] += part.gains[j];
  return { forest: joinForests(parts.map(({ forest }) => forest)), gains };
}

/**
 * The smallest leaf, from `least` on, with which so many trees of so many items have about that many leaves
 * together at most: what keeps a model small. One tree of each size that is tried is grown, unless they
 * could not have more.
 */
export function leastLeafFor(least: number, items: number, trees: number, leaves: number, growOne: (leastLeaf: number) => Grown): number {
  let leastLeaf = least;
  while (leastLeaf < items && trees * Math.floor(items / leastLeaf) > leaves) {
    const { forest } = growOne(leastLeaf);
    const seen = (forest.values.length / forest.outputs) * trees;
    if (seen <= leaves) break;
    leastLeaf = Math.max(leastLeaf + 1, Math.ceil(leastLeaf * Math.min(4, seen / leaves)));
  }
  return leastLeaf;
}
