import type { Features } from "../matrix.ts";
import type { Edge, Graph } from "../onnx/graph.ts";
import { addForest } from "../onnx/trees.ts";
import type { Pool } from "../pool.ts";
import { leafOf, type Forest } from "../trees/forest.ts";
import { growIsolationTrees, usualDepth, type IsolationPlan } from "../trees/isolation-trees.ts";
import { forestOutputs } from "../trees/pooled-score.ts";

/** How few questions single an item out from normal ones. */
export interface IsolationHead {
  /** Depths that sum to the mean. */
  readonly forest: Forest;
  /** The depth at which a score is a half. */
  readonly usual: number;
}

export const isolationDefaults: IsolationPlan = { trees: 200, sample: 256, seed: 1 };

/**
 * An isolation forest of normal items.
 *
 * Input: items × features, NaN where unknown. Cost: trees × 256 × 8, however many items there are.
 * Throws RangeError when there is no item to learn from.
 * Source: Liu, Ting and Zhou, "Isolation forest", ICDM 2008.
 */
export function fitIsolation(normal: Features, plan: IsolationPlan = isolationDefaults): IsolationHead {
  if (normal.rows === 0) throw new RangeError("Cannot fit isolation: there is no normal item");
  return { forest: growIsolationTrees(normal, plan), usual: Math.max(1, usualDepth(Math.min(plan.sample, normal.rows))) };
}

/** Scores of items: above 0 to 1, about a half and below for normal ones. With a pool, on several threads, the same. */
export async function isolationScores({ forest, usual }: IsolationHead, items: Features, pool: Pool | null = null): Promise<Float64Array> {
  const depths = await forestOutputs(forest, items, pool);
  return depths.map((depth) => 2 ** (-depth / usual));
}

/** The score of one item. */
export function isolationOf({ forest, usual }: IsolationHead, item: Float32Array): number {
  let depth = 0;
  for (let tree = 0; tree < forest.roots.length; tree++) depth += forest.values[leafOf(forest, tree, item, 0)];
  return 2 ** (-depth / usual);
}

/** The same in a graph. `features` is items × features, float32, NaN where unknown; returns the scores, items × 1, float64. */
export function addIsolation(graph: Graph, { forest, usual }: IsolationHead, features: Edge): Edge {
  const depth = addForest(graph, forest, features);
  return graph.add("Exp", [graph.add("Mul", [depth, graph.double(-Math.LN2 / usual)])]);
}
