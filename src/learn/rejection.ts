import { conformalLevel } from "./conformal.ts";
import type { Edge, Graph } from "./onnx/graph.ts";

/** Probabilities for items of blocks that the model had not seen, with their classes. */
export interface JudgedClasses {
  readonly probabilities: Float64Array; // items × classes
  readonly classes: number;
  readonly truth: ArrayLike<number>; // items: the number of the class
  /** By item: the number of its block. */
  readonly blocks: ArrayLike<number>;
  /** How far each item is from the nearest known class, or `null`. */
  readonly distances: Float64Array | null;
}

/** When the likeliest class is believed; else the answer is "none of these". */
export interface Rejection {
  /** The least probability at which each class is believed: classes. */
  readonly least: Float64Array;
  /** The distance beyond which no class is, or `null`. */
  readonly farthest: number | null;
  /** Classes, by number, with too few held-out blocks for the share. */
  readonly provisional: readonly number[];
}

/**
 * From which probability, and up to which distance, an item is taken for one of the known classes.
 *
 * An item of a class in a new block is given at least that probability, and is at most that far, in a
 * share `kept` of cases each. So what is rejected is unlike a share `kept` of all that was seen, not
 * merely uncertain. For a class with too few blocks, the least that was seen; with none, anything goes.
 *
 * Cost: items × log items.
 * Source: class-conditional conformal prediction, Vovk, "Conditional validity of inductive conformal
 * predictors", ACML 2012; every block weighs one, as in `conformalLevel`.
 */
export function rejectionOf({ probabilities, classes, truth, blocks, distances }: JudgedClasses, kept = 0.95): Rejection {
  const levels = Array.from({ length: classes }, (_, k) => {
    const own = Array.from({ length: truth.length }, (_unused, item) => item).filter((item) => truth[item] === k);
    return conformalLevel(Float64Array.from(own, (item) => -probabilities[item * classes + k]), own.map((item) => blocks[item]), kept);
  });
  const far = distances === null ? null : conformalLevel(distances, blocks, kept);
  return {
    least: Float64Array.from(levels, ({ level }) => (Number.isNaN(level) ? 0 : -level)),
    farthest: far === null || Number.isNaN(far.level) ? null : far.level,
    provisional: levels.flatMap(({ provisional }, k) => (provisional ? [k] : [])),
  };
}

/** By item, the number of the class that is believed, or -1 for none of them; also where something is unknown. */
export function believedOf({ least, farthest }: Rejection, probabilities: Float64Array, distances: Float64Array | null): Int32Array {
  const classes = least.length;
  return Int32Array.from({ length: probabilities.length / classes }, (_, item) => {
    const own = probabilities.subarray(item * classes, (item + 1) * classes);
    const likeliest = own.reduce((best, value, k) => (value > own[best] ? k : best), 0);
    const isNear = farthest === null || distances === null || distances[item] <= farthest;
    return isNear && own[likeliest] >= least[likeliest] ? likeliest : -1;
  });
}

/**
 * The same in a graph: `probabilities` is items × classes, `distance` items × 1 or `null`, both float64.
 *
 * Returns the number of the class that is believed, -1 for none: items × 1, float64.
 */
export function addRejection(graph: Graph, { least, farthest }: Rejection, probabilities: Edge, distance: Edge | null): Edge {
  const likeliest = graph.add("ArgMax", [probabilities], { axis: 1, keepdims: 1 });
  const probability = graph.add("ReduceMax", [probabilities], { axes: [1], keepdims: 1 });
  const enough = graph.add("GreaterOrEqual", [probability, graph.add("Gather", [graph.double(least, "least"), likeliest], { axis: 0 })]);
  const isNear = distance === null || farthest === null ? enough : graph.add("And", [enough, graph.add("LessOrEqual", [distance, graph.double(farthest, "farthest")])]);
  return graph.add("Where", [isNear, graph.cast(likeliest, "double"), graph.double(-1)]);
}
