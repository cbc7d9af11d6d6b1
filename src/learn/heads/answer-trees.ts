import type { Features } from "../matrix.ts";
import type { Edge, Graph } from "../onnx/graph.ts";
import { addForest } from "../onnx/trees.ts";
import { growFew } from "../trees/fit-random.ts";
import type { Forest } from "../trees/forest.ts";
import { outputsOf } from "../trees/score-forest.ts";

/** What operators' answers taught trees that see the detectors' scores beside the features: 0 all normal, 1 all faults. */
export interface AnswerTrees {
  /** Leaves that sum to a share of faults, less `start`. */
  readonly forest: Forest;
  readonly start: number;
}

const trees = 40;
const leastLeaf = 5;
const seed = 1;

/**
 * Extremely randomised trees between normal and fault, over features and detectors' scores.
 *
 * A detector has learnt from normal items how far apart is far; trees learn from answers at which of those
 * distances, and beside which features, a fault begins. They do not go on beyond what they saw.
 *
 * Input: `columns`, items × (features, then scores), of which each score comes from a detector that had
 * not seen the item; `fault`, 1 for a fault. Both truths weigh the same however rare faults are.
 * Cost: 40 × items × √columns × depth.
 * Source: Zhao and Hryniewicki, "XGBOD: improving supervised outlier detection with unsupervised
 * representation learning", IJCNN 2018. Departs from it: randomised trees instead of boosted ones, which
 * need nothing held out to know when to stop; and scores of detectors that normal items alone taught.
 */
export function fitAnswerTrees(columns: Features, fault: Uint8Array): AnswerTrees {
  const faults = fault.reduce((sum, own) => sum + own, 0);
  const share = faults / fault.length;
  const { forest, start } = growFew(
    { features: columns, targets: Float64Array.from(fault), weights: Float64Array.from(fault, (own) => 0.5 / (own === 1 ? share : 1 - share)) },
    { classes: 0, trees, tried: Math.max(1, Math.round(Math.sqrt(columns.columns))), leastLeaf, leaves: Infinity, seed },
  );
  return { forest, start };
}

/** 0 to 1, by item. */
export const answerTreesOf = ({ forest, start }: AnswerTrees, columns: Features): Float64Array => outputsOf(forest, columns).map((sum) => sum + start);

/** The same in a graph: `columns` is items × (features, then scores), float32; returns items × 1, float64. */
export const addAnswerTrees = (graph: Graph, { forest, start }: AnswerTrees, columns: Edge): Edge => graph.add("Add", [addForest(graph, forest, columns), graph.double(start)]);
