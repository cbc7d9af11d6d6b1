import type { Edge, Graph } from "../onnx/graph.ts";

/** How far each level usually strays within a block: the unit of one control chart a level. */
export interface LevelsHead {
  readonly scales: Float64Array; // levels, > 0
}

/** Blocks' worth of belief that a level strays half a spread (on the asinh scale), before any was seen. */
const priorBlocks = 2;
const priorVariance = 0.25;
const leastVariance = 0.01;

/**
 * Control charts: the level that is furthest off, whichever it is.
 *
 * One chart for each level feature (a signal's mean or EWMA against its baseline); the largest
 * decides, so one signal far off is seen at once however many others are quiet.
 *
 * Input: `within`, each feature's variance about its block's mean, summed over `blocks` blocks; the
 * first `levels` features are levels.
 * Throws RangeError when there is no normal item to learn from.
 * Source: Roberts, "Control chart tests based on geometric moving averages", Technometrics 1(3), 1959.
 * Departs from it: the unit is the level's own variance within blocks instead of that of independent
 * readings, with a prior.
 */
export function fitLevels(within: Float64Array, blocks: number, levels: number): LevelsHead {
  if (!(blocks > 0)) throw new RangeError("Cannot fit levels: there is no normal item");
  const variance = (sum: number) => (sum + priorBlocks * priorVariance) / (blocks + priorBlocks);
  return { scales: within.slice(0, levels).map((sum) => Math.sqrt(variance(sum) + leastVariance)) };
}

/** The largest level over its usual distance: 0 upwards, NaN when unknown. */
export function levelsOf({ scales }: LevelsHead, item: Float32Array): number {
  let largest = 0;
  for (let j = 0; j < scales.length; j++) largest = Math.max(largest, Math.abs(item[j]) / scales[j]);
  return largest;
}

/** The same in a graph: the score, items × 1, and the squared distance of each plain feature, items × plain, 0 past the levels. */
export function addLevels(graph: Graph, { scales }: LevelsHead, plain: Edge, features: number): { score: Edge; parts: Edge } {
  const inverse = new Float64Array(features);
  for (let j = 0; j < scales.length; j++) inverse[j] = 1 / scales[j];
  const distance = graph.add("Abs", [graph.add("Mul", [plain, graph.constant(inverse, [features], "levels")])]);
  const parts = graph.add("Mul", [distance, distance]);
  return { score: graph.add("ReduceMax", [distance], { axes: [1], keepdims: 1 }), parts };
}
