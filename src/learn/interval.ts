import { blockWeights, conformalLevel } from "./conformal.ts";
import type { Edge, Graph } from "./onnx/graph.ts";

/** Predictions for items of blocks that the model had not seen, with what came of them. */
export interface JudgedNumbers {
  readonly predicted: Float64Array; // items
  readonly truth: Float64Array; // items
  /** By item: the number of its block. */
  readonly blocks: ArrayLike<number>;
}

/** How far the truth may lie from a prediction, on either side, by the value predicted. */
export interface Interval {
  readonly coverage: number;
  /** Predicted values, ascending; outside of them the width stays: knots. */
  readonly knots: Float64Array;
  /** Half the width at each knot, straight lines between; NaN when no block was held out: knots. */
  readonly widths: Float64Array;
  /** What the target cannot fall below, or `null`. */
  readonly least: number | null;
  /** True while there are too few blocks for the coverage: then the width is a stated guess. */
  readonly provisional: boolean;
  readonly blocks: number;
}

/** Share of new items that intervals are made to hold. */
export const intervalCoverage = 0.9;

/** So many blocks are needed for each knot, and no more knots than this are made. */
const blocksAKnot = 10;
const mostKnots = 5;
/** Blocks' worth of belief that errors are as large at one predicted value as at any other. */
const priorBlocks = 2;

/**
 * Intervals that hold the truth for a share `coverage` of the items of new blocks.
 *
 * Held-out errors are measured against their usual size about the value predicted, which a few knots
 * follow once there are 20 blocks; a block's own errors never set the size that they are measured by.
 * Every block weighs one. Widths are raised where needed so that neither bound falls when the
 * prediction rises. With fewer blocks than the coverage asks for, the largest error seen, times how
 * many blocks are short.
 *
 * Input: `least` is what the target cannot fall below (0 for a remaining life), or `null`.
 * Assumes that new blocks are like those held out.
 * Cost: items × (log items + knots).
 * Source: Papadopoulos, Gammerman and Vovk, "Normalized nonconformity measures for regression conformal
 * prediction", 2008, with the level of `conformalLevel` over blocks.
 */
export function intervalOf({ predicted, truth, blocks }: JudgedNumbers, coverage = intervalCoverage, least: number | null = null): Interval {
  const items = Array.from(predicted.keys()).filter((item) => Number.isFinite(predicted[item]) && Number.isFinite(truth[item]));
  const counts = blockWeights(blocks, items);
  const judged = { size: items.map((item) => Math.abs(truth[item] - predicted[item])), at: items.map((item) => predicted[item]), block: items.map((item) => blocks[item]) };
  const knots = knotsOf(judged.at, judged.block.map((block) => 1 / (counts.get(block) ?? 1)), Math.floor(counts.size / blocksAKnot));
  if (items.length === 0) return { coverage, knots, widths: Float64Array.of(NaN), least, provisional: true, blocks: 0 };

  const { whole, without } = usualSizes(judged, counts, knots);
  const relative = Float64Array.from(judged.size, (size, i) => size / Math.max(between(knots, without.get(judged.block[i]) ?? whole, judged.at[i]), Number.MIN_VALUE));
  const { level, provisional } = conformalLevel(relative, judged.block, coverage);
  const short = provisional ? Math.max(1, 1 / (1 - coverage) / (counts.size + 1)) : 1;
  return { coverage, knots, widths: raised(knots, whole.map((size) => size * level * short)), least, provisional, blocks: counts.size };
}

/** Values in the middle of equal shares of what was predicted, by weight: at least one, no two alike. */
function knotsOf(at: readonly number[], weights: readonly number[], wanted: number): Float64Array {
  const count = Math.min(Math.max(wanted, 1), mostKnots);
  const order = Array.from(at.keys()).toSorted((i, j) => at[i] - at[j]);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const knots = new Set<number>();
  let below = 0;
  for (const item of order) {
    below += weights[item];
    if (below >= ((knots.size + 0.5) / count) * all && knots.size < count) knots.add(at[item]);
  }
  return knots.size === 0 ? Float64Array.of(0) : Float64Array.from(knots);
}

interface Errors {
  readonly size: readonly number[];
  readonly at: readonly number[];
  readonly block: readonly number[];
}

/** The usual size of errors about each knot, drawn towards that of all; and the same without each block. */
function usualSizes({ size, at, block }: Errors, counts: ReadonlyMap<number, number>, knots: Float64Array): { whole: Float64Array; without: Map<number, Float64Array> } {
  const of = () => ({ size: new Float64Array(knots.length), weight: new Float64Array(knots.length) });
  const [all, own] = [of(), new Map([...counts.keys()].map((name) => [name, of()]))];
  for (const [i, error] of size.entries()) {
    const weight = 1 / (counts.get(block[i]) ?? 1);
    const knot = nearest(knots, at[i]);
    for (const part of [all, own.get(block[i])]) {
      if (part === undefined) continue;
      part.size[knot] += weight * error;
      part.weight[knot] += weight;
    }
  }
  const usual = (without: { size: Float64Array; weight: Float64Array }): Float64Array => {
    const sizes = all.size.map((sum, knot) => sum - without.size[knot]);
    const weights = all.weight.map((sum, knot) => Math.max(sum - without.weight[knot], 0));
    const mean = total(sizes) / total(weights);
    return sizes.map((sum, knot) => Math.max((sum + priorBlocks * mean) / (weights[knot] + priorBlocks), 1e-12 * mean));
  };
  const whole = usual(of());
  return { whole, without: new Map(counts.size < 2 || knots.length < 2 ? [] : [...own].map(([name, part]) => [name, usual(part)])) };
}

function nearest(knots: Float64Array, value: number): number {
  let best = 0;
  for (let knot = 1; knot < knots.length; knot++) if (Math.abs(knots[knot] - value) < Math.abs(knots[best] - value)) best = knot;
  return best;
}

const total = (x: Float64Array): number => x.reduce((sum, value) => sum + value, 0);

/** Straight lines between knots, level outside. */
function between(knots: Float64Array, heights: Float64Array, value: number): number {
  let height = heights[0];
  for (let k = 1; k < knots.length; k++) height += slope(knots, heights, k) * Math.min(Math.max(value - knots[k - 1], 0), knots[k] - knots[k - 1]);
  return height;
}

const slope = (knots: Float64Array, heights: Float64Array, k: number): number => (heights[k] - heights[k - 1]) / (knots[k] - knots[k - 1]);

/** The least widths, none below the given, that change no faster than the prediction itself. */
function raised(knots: Float64Array, widths: Float64Array): Float64Array {
  const raised = Float64Array.from(widths);
  for (let k = 1; k < knots.length; k++) raised[k] = Math.max(raised[k], raised[k - 1] - (knots[k] - knots[k - 1]));
  for (let k = knots.length - 2; k >= 0; k--) raised[k] = Math.max(raised[k], raised[k + 1] - (knots[k + 1] - knots[k]));
  return raised;
}

/** The bounds of each prediction; NaN where it is unknown or nothing was ever held out. */
export function boundsOf({ knots, widths, least }: Interval, predicted: Float64Array): { lower: Float64Array; upper: Float64Array } {
  const floor = (value: number) => (least === null ? value : Math.max(value, least));
  return {
    lower: predicted.map((value) => floor(value - between(knots, widths, value))),
    upper: predicted.map((value) => floor(value + between(knots, widths, value))),
  };
}

/** The same in a graph: `predicted` is items × 1, float64, and so are the bounds. */
export function addInterval(graph: Graph, { knots, widths, least }: Interval, predicted: Edge): { lower: Edge; upper: Edge } {
  const width = addWidth(graph, knots, widths, predicted);
  const floor = (edge: Edge) => (least === null ? edge : graph.add("Max", [edge, graph.double(least)]));
  return { lower: floor(graph.add("Sub", [predicted, width])), upper: floor(graph.add("Add", [predicted, width])) };
}

function addWidth(graph: Graph, knots: Float64Array, widths: Float64Array, predicted: Edge): Edge {
  if (knots.length < 2) return graph.double(widths[0], "width");
  const steps = knots.slice(1).map((knot, k) => knot - knots[k]);
  const slopes = steps.map((_, k) => slope(knots, widths, k + 1));
  const past = graph.add("Max", [graph.add("Sub", [predicted, graph.double(knots.slice(0, -1), "knots")]), graph.double(0)]);
  const within = graph.add("Min", [past, graph.double(steps, "steps")]);
  const risen = graph.add("MatMul", [within, graph.constant(slopes, [slopes.length, 1], "slopes")]);
  return graph.add("Add", [risen, graph.double(widths[0], "width")]);
}
