import { addBurstFront, type BurstFront } from "./bursts.ts";
import { addInterval, type Interval } from "./interval.ts";
import type { Head } from "./learner.ts";
import { addSeriesMap, seriesFeatures, seriesInput, type SeriesMap } from "./maps/series-map.ts";
import { Graph, type Edge } from "./onnx/graph.ts";
import { addRejection, type Rejection } from "./rejection.ts";

/** One head of a model on its feature map, and how much it weighs. */
export interface TargetPart {
  readonly map: SeriesMap;
  readonly head: Head;
  readonly weight: number;
}

/** What the model's numbers mean. */
export type TargetAnswer =
  | {
      readonly kind: "number";
      /** The heads speak of (value - centre) / spread. */
      readonly centre: number;
      readonly spread: number;
      /** Values are kept within these. */
      readonly least: number;
      readonly most: number;
      readonly interval: Interval | null;
    }
  | { readonly kind: "class"; readonly classes: readonly string[]; readonly rejection: Rejection | null };

/** A model of a target: weighted heads over maps of the same columns. The weights sum to 1. */
export interface TargetModel {
  readonly parts: readonly TargetPart[];
  readonly answer: TargetAnswer;
  /** Makes the columns of bursts of a fast signal; left out, rows have them. */
  readonly front?: BurstFront | undefined;
}

/**
 * The model file of a target.
 *
 * Input: `rows`, rows × columns of one stretch, float64, NaN for unknown, a text column as the number
 * of its level; with a front one burst a row, samples × channels. Outputs, one item a row: `value` with, when calibrated, `low` and `high`; or
 * `probabilities`, items × classes, `class`, the number of the likeliest and, when calibrated,
 * `believed`, the same or -1 for "none of these".
 */
export function targetModel({ parts, answer, front }: TargetModel, metadata: Readonly<Record<string, string>>): Uint8Array {
  const graph = new Graph();
  const rows = front === undefined ? seriesInput(graph, parts[0].map.columns.length) : addBurstFront(graph, front);
  const features = new Map<string, Edge>();
  const weighed = parts.map(({ map, head, weight }) => {
    const name = JSON.stringify(map);
    const own = features.get(name) ?? addSeriesMap(graph, map, rows);
    features.set(name, own);
    return graph.add("Mul", [head.add(graph, own), graph.double(weight)]);
  });
  const sum = weighed.reduce((one, other) => graph.add("Add", [one, other]));
  if (answer.kind === "class") addClasses(graph, sum, answer);
  else addNumber(graph, sum, answer);
  return graph.bytes(answer.kind === "class" ? "classify" : "estimate", metadata);
}

function addClasses(graph: Graph, probabilities: Edge, { classes, rejection }: Extract<TargetAnswer, { kind: "class" }>): void {
  graph.output("probabilities", probabilities, "double", ["items", classes.length]);
  graph.output("class", graph.cast(graph.add("ArgMax", [probabilities], { axis: 1, keepdims: 0 }), "double"), "double", ["items"]);
  if (rejection !== null) graph.output("believed", flat(graph, addRejection(graph, rejection, probabilities, null)), "double", ["items"]);
}

const flat = (graph: Graph, column: Edge): Edge => graph.add("Reshape", [column, graph.ints([-1])]);

function addNumber(graph: Graph, sum: Edge, { centre, spread, least, most, interval }: Extract<TargetAnswer, { kind: "number" }>): void {
  const raw = graph.add("Add", [graph.add("Mul", [sum, graph.double(spread)]), graph.double(centre)]);
  const value = graph.add("Min", [graph.add("Max", [raw, graph.double(least)]), graph.double(most)]);
  graph.output("value", flat(graph, value), "double", ["items"]);
  if (interval === null) return;
  const { lower, upper } = addInterval(graph, interval, value);
  graph.output("low", flat(graph, lower), "double", ["items"]);
  graph.output("high", flat(graph, upper), "double", ["items"]);
}

/** How much each column of the table mattered: shares that sum to 1 or, when no head can say, nothing. The age counts as a column of its own at the end. */
export function columnShares(parts: readonly TargetPart[]): Float64Array | null {
  const told = parts.filter(({ head }) => head.importance !== null);
  if (told.length === 0) return null;
  const columns = parts[0].map.columns.length;
  const shares = new Float64Array(columns + 1);
  for (const { map, head, weight } of told) {
    for (const [j, { columns: made }] of seriesFeatures(map).entries()) {
      const own = made.length === 0 ? [columns] : made;
      for (const column of own) shares[column] += (weight * (head.importance?.[j] ?? 0)) / own.length;
    }
  }
  const sum = shares.reduce((one, other) => one + other, 0);
  return sum > 0 ? shares.map((share) => share / sum) : null;
}
