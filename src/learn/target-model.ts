import type { Head } from "./learner.ts";
import { addSeriesMap, seriesFeatures, seriesInput, type SeriesMap } from "./maps/series-map.ts";
import type { Features } from "./matrix.ts";
import { Graph, type Edge } from "./onnx/graph.ts";

/** One head of a model on its feature map, and how much it weighs. */
export interface TargetPart {
  readonly map: SeriesMap;
  readonly head: Head;
  readonly weight: number;
}

/** How far around a value the truth lies, by how large the value is; in the target's unit. */
export interface Interval {
  /** Bounds between the bins of the value, ascending: one fewer than bins. */
  readonly edges: readonly number[];
  /** By bin, what to add to the value for the lower and the upper end. */
  readonly below: readonly number[];
  readonly above: readonly number[];
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
  | { readonly kind: "class"; readonly classes: readonly string[] };

/** A model of a target: weighted heads over maps of the same columns. The weights sum to 1. */
export interface TargetModel {
  readonly parts: readonly TargetPart[];
  readonly answer: TargetAnswer;
}

/**
 * The model file of a target.
 *
 * Input: `rows`, rows × columns of one stretch, float64, NaN for unknown, a text column as the number
 * of its level. Outputs, one item a row: `value` with, when calibrated, `low` and `high`; or
 * `probabilities`, items × classes, and `class`, the number of the likeliest.
 */
export function targetModel({ parts, answer }: TargetModel, metadata: Readonly<Record<string, string>>): Uint8Array {
  const graph = new Graph();
  const rows = seriesInput(graph, parts[0].map.columns.length);
  const features = new Map<string, Edge>();
  const weighed = parts.map(({ map, head, weight }) => {
    const name = JSON.stringify(map);
    const own = features.get(name) ?? addSeriesMap(graph, map, rows);
    features.set(name, own);
    return graph.add("Mul", [head.add(graph, own), graph.double(weight)]);
  });
  const sum = weighed.reduce((one, other) => graph.add("Add", [one, other]));
  if (answer.kind === "class") addClasses(graph, sum, answer.classes.length);
  else addNumber(graph, sum, answer);
  return graph.bytes(answer.kind === "class" ? "classify" : "estimate", metadata);
}

function addClasses(graph: Graph, probabilities: Edge, classes: number): void {
  graph.output("probabilities", graph.cast(probabilities, "float"), "float", ["items", classes]);
  graph.output("class", graph.cast(graph.add("ArgMax", [probabilities], { axis: 1, keepdims: 0 }), "double"), "double", ["items"]);
}

function addNumber(graph: Graph, sum: Edge, { centre, spread, least, most, interval }: Extract<TargetAnswer, { kind: "number" }>): void {
  const raw = graph.add("Add", [graph.add("Mul", [graph.add("Reshape", [sum, graph.ints([-1])]), graph.double(spread)]), graph.double(centre)]);
  const within = (edge: Edge) => graph.add("Min", [graph.add("Max", [edge, graph.double(least)]), graph.double(most)]);
  const value = within(raw);
  graph.output("value", value, "double", ["items"]);
  if (interval === null) return;
  const column = graph.add("Unsqueeze", [value, graph.ints([1])]);
  for (const [name, offsets] of [["low", interval.below], ["high", interval.above]] as const) {
    graph.output(name, graph.add("Add", [value, byBin(graph, column, interval.edges, offsets)]), "double", ["items"]);
  }
}

/** The first offset, and from each edge on the step to the next one: items. */
function byBin(graph: Graph, column: Edge, edges: readonly number[], offsets: readonly number[]): Edge {
  if (edges.length === 0) return graph.double(offsets[0]);
  const passed = graph.cast(graph.add("GreaterOrEqual", [column, graph.double(edges)]), "double");
  const steps = graph.double(edges.map((_, at) => offsets[at + 1] - offsets[at]));
  return graph.add("Add", [graph.add("ReduceSum", [graph.add("Mul", [passed, steps]), graph.ints([1])], { keepdims: 0 }), graph.double(offsets[0])]);
}

/** The weighted heads in plain code, before anything is made of their numbers: items × outputs. `features` is by part. */
export function weighed(parts: readonly Pick<TargetPart, "head" | "weight">[], features: readonly Features[]): Float64Array {
  const sums = parts.map(({ head, weight }, at) => head.predict(features[at]).map((value) => value * weight));
  return sums.reduce((one, other) => one.map((value, at) => value + other[at]));
}

/** How much each column of the table mattered: shares that sum to 1 or, when no head can say, nothing. The age counts as a column of its own at the end. */
export function columnShares(parts: readonly TargetPart[]): Float64Array | null {
  const told = parts.filter(({ head }) => head.importance !== null);
  if (told.length === 0) return null;
  const columns = parts[0].map.columns.length;
  const shares = new Float64Array(columns + 1);
  for (const { map, head, weight } of told) {
    for (const [j, { column }] of seriesFeatures(map).entries()) shares[column ?? columns] += weight * (head.importance?.[j] ?? 0);
  }
  const sum = shares.reduce((one, other) => one + other, 0);
  return sum > 0 ? shares.map((share) => share / sum) : null;
}
