import type { Edge, Graph } from "../onnx/graph.ts";
import { addUsual, type Conditions } from "./conditions.ts";
import { addTiles, addWindowProducts } from "./window-products.ts";

/** How a column of a table enters: a number about its usual value, or one feature a level. */
export type SeriesColumn =
  /** `spread` is above 0. A `still` one has no past: only its value now is a feature. */
  | { readonly name: string; readonly centre: number; readonly spread: number; readonly still: boolean }
  | { readonly name: string; readonly levels: readonly string[] };

/**
 * The series feature map: a row of a table, and what led up to it in its stretch.
 *
 * A stretch is rows in their order: a unit's life, a run, a file; independent rows are a stretch with
 * nothing but `now`. For each column that is a number, in spreads about its centre: its value now; its
 * values some rows ago (`lags`); finite EWMAs (`memories`, time constants in rows); mean, log-variance
 * and slope of the last rows (`windows`); and, where a unit has a healthy start of its own (`own` rows),
 * how far the slowest of these has moved from it. `pairs` are products and differences of two number
 * columns as they are now, in their raw units. `age` is the logarithm of the row's place. A level of a
 * text column is 1 where the row has it, else 0.
 *
 * With `conditions` a number is in spreads about what is usual in the operating condition of its row, so
 * that its past is comparable across conditions; in a row of no known condition it is unknown.
 *
 * Rows before a window is full have what there is. An unknown value is NaN, and so is what needs it:
 * a mean is unknown when no row of its window is known.
 */
export interface SeriesMap {
  readonly name: "series";
  readonly version: 1;
  readonly columns: readonly SeriesColumn[];
  readonly lags: readonly number[];
  readonly memories: readonly number[];
  readonly windows: readonly number[];
  readonly own: number;
  readonly age: boolean;
  readonly conditions?: Conditions;
  /** None where it is left out: the digests of maps without pairs are older than pairs are. */
  readonly pairs?: readonly SeriesPair[];
}

/** Two number columns, by their places, and what is made of them. */
export interface SeriesPair {
  readonly of: "product" | "difference";
  readonly first: number;
  readonly second: number;
}

/** A feature, and the columns that it is made of; none for the age. */
export interface SeriesFeature {
  readonly name: string;
  readonly columns: readonly number[];
}

/** Values beyond this many spreads are all the same to a model. */
export const farthestValue = 1e4;
/** Added to the variance in a window, in spreads squared, before its logarithm. */
export const leastSeriesVariance = 1e-4;
/** An EWMA looks back this many times its memory: what is older weighs less than 2 %. */
export const memoryReach = 4;

/** Places of the columns that are numbers: first those with a past, then the still ones. */
function numbersOf({ columns }: SeriesMap): { all: number[]; moving: number } {
  const of = (still: boolean) => columns.flatMap((column, at) => ("levels" in column || column.still !== still ? [] : [at]));
  const moving = of(false);
  return { all: [...moving, ...of(true)], moving: moving.length };
}

/** The features of a map in their order: by part, and in it by column. */
export function seriesFeatures(map: SeriesMap): SeriesFeature[] {
  const { columns, lags, memories, windows, own, age, pairs = [] } = map;
  const past = [
    ...lags.map((lag) => (name: string) => `${name}, ${lag} before`),
    ...memories.map((memory) => (name: string) => `${name}, memory ${memory}`),
    ...windows.flatMap((window) => ["mean", "log-variance", "slope"].map((part) => (name: string) => `${name}, ${part} of ${window}`)),
    ...(own > 0 ? [(name: string) => `${name}, change from its start`] : []),
  ];
  const { all, moving } = numbersOf(map);
  const numbers = all.map((column) => ({ name: columns[column].name, columns: [column] }));
  return [
    ...numbers,
    ...past.flatMap((nameOf) => numbers.slice(0, moving).map((number) => ({ ...number, name: nameOf(number.name) }))),
    ...pairs.map(({ of, first, second }) => ({ name: `${columns[first].name} ${of === "product" ? "×" : "−"} ${columns[second].name}`, columns: [first, second] })),
    ...(age ? [{ name: "age", columns: [] }] : []),
    ...columns.flatMap((column, at) => ("levels" in column ? column.levels.map((level) => ({ name: `${column.name} = ${level}`, columns: [at] })) : [])),
  ];
}

/** How many rows before a row its features look at; Infinity when they know the start of the stretch. */
export function seriesReach({ lags, memories, windows, own, age }: SeriesMap): number {
  if (own > 0 || age) return Infinity;
  return Math.max(0, ...lags, ...memories.map((memory) => reachOf(memory) - 1), ...windows.map((window) => window - 1));
}

const reachOf = (memory: number): number => Math.max(1, Math.ceil(memoryReach * memory));

/** The input of every model over this map: rows × columns of one stretch, float64, NaN for unknown, a text column as the number of its level. */
export function seriesInput(graph: Graph, columns: number): Edge {
  return graph.input("rows", "double", ["rows", columns]);
}

/**
 * Adds the map to a graph whose input `rows` is a stretch: items × features, one item a row.
 *
 * Everything is float64 until the features, which are float32. Cost: for each row, number column and
 * window or memory, three times its length in multiply-adds.
 */
export function addSeriesMap(graph: Graph, map: SeriesMap, rows: Edge): Edge {
  const { columns, lags, memories, windows, own } = map;
  const { all, moving } = numbersOf(map);
  const features: Edge[] = all.length === 0 ? [] : [scaled(graph, columns, rows, all, map.conditions)];
  if (moving > 0) {
    const now = moving === all.length ? features[0] : graph.add("Slice", [features[0], graph.ints([0]), graph.ints([moving]), graph.ints([1])]);
    const known = graph.cast(graph.add("Not", [graph.add("IsNaN", [now])]), "double");
    const sums = { now, known, filled: graph.add("Where", [graph.add("IsNaN", [now]), graph.double(0), now]), width: moving };
    const slow = memories.map((memory) => memoryOf(graph, sums, memory));
    features.push(...lags.map((lag) => earlier(graph, sums, lag)), ...slow, ...windows.flatMap((window) => windowParts(graph, sums, window)));
    if (own > 0) features.push(graph.add("Sub", [slow.at(-1) ?? now, ownStart(graph, sums, own)]));
  }
  if (map.pairs !== undefined && map.pairs.length > 0) features.push(pairsOf(graph, columns, rows, map.pairs));
  if (map.age) features.push(graph.add("Log", [graph.add("Add", [rowNumbers(graph, rows), graph.double(1)])]));
  const levels = columns.flatMap((column, at) => ("levels" in column ? [levelsOf(graph, rows, at, column.levels.length)] : []));
  return graph.cast(graph.add("Concat", [...features, ...levels], { axis: 1 }), "float");
}

/** The number columns in spreads about their centres, and their sums' ingredients. */
interface Ingredients {
  readonly now: Edge; // rows × width, NaN where unknown
  readonly known: Edge; // 1 or 0
  readonly filled: Edge; // unknown as 0
  readonly width: number;
}

/** The number columns about their centres: of all rows alike, or of each row's condition. */
function scaled(graph: Graph, columns: SeriesMap["columns"], rows: Edge, numbers: readonly number[], conditions?: Conditions): Edge {
  const of = (part: "centre" | "spread") => numbers.map((at) => (columns[at] as { centre: number; spread: number })[part]);
  const picked = graph.add("Gather", [rows, graph.ints(numbers)], { axis: 1 });
  const own = conditions === undefined ? null : addUsual(graph, conditions, rows, numbers, { centres: of("centre"), spreads: of("spread") });
  const away = graph.add("Div", [graph.add("Sub", [picked, own?.centre ?? graph.double(of("centre"), "centre")]), own?.spread ?? graph.double(of("spread"), "spread")]);
  // Clip would turn NaN into a bound.
  return graph.add("Where", [graph.add("IsNaN", [away]), away, graph.add("Clip", [away, graph.double(-farthestValue), graph.double(farthestValue)])]);
}

/**
 * Products and differences of raw values about those of the centres, in the most that a spread of each
 * column moves them. Made of values about their centres, so that a column at 1e6 with a spread of 1e-3
 * keeps its digits: x₁x₂ − c₁c₂ = c₂s₁z₁ + c₁s₂z₂ + s₁s₂z₁z₂.
 */
function pairsOf(graph: Graph, columns: SeriesMap["columns"], rows: Edge, pairs: readonly SeriesPair[]): Edge {
  const of = (at: number) => columns[at] as { centre: number; spread: number };
  const shares = pairs.map(({ of: made, first, second }) => {
    const [one, other] = [of(first), of(second)];
    const parts = made === "product" ? [other.centre * one.spread, one.centre * other.spread, one.spread * other.spread] : [one.spread, -other.spread, 0];
    const whole = parts.reduce((sum, part) => sum + Math.abs(part), 0);
    return parts.map((part) => part / whole);
  });
  const [one, other] = [scaled(graph, columns, rows, pairs.map(({ first }) => first)), scaled(graph, columns, rows, pairs.map(({ second }) => second))];
  const terms = [one, other, graph.add("Mul", [one, other])].map((values, part) => graph.add("Mul", [values, graph.double(shares.map((own) => own[part]))]));
  return terms.reduce((sum, term) => graph.add("Add", [sum, term]));
}

/** `count` rows of `value` before the rows. */
function padded(graph: Graph, rows: Edge, count: number, width: number, value: number): Edge {
  if (count === 0) return rows;
  return graph.add("Concat", [graph.constant(new Float64Array(count * width).fill(value), [count, width], "before"), rows], { axis: 0 });
}

function earlier(graph: Graph, { now, width }: Ingredients, lag: number): Edge {
  return graph.add("Slice", [padded(graph, now, lag, width, NaN), graph.ints([0]), graph.ints([-lag]), graph.ints([0])]);
}

/** Weighted sums over the last `window` rows, of which fewer may exist. */
function productsOf(graph: Graph, values: Edge, width: number, window: number, kernels: readonly ((age: number) => number)[]): Edge[] {
  const longer = padded(graph, values, window - 1, width, 0);
  return addWindowProducts(graph, longer, width, window, addTiles(graph, longer, window), kernels);
}

/** a / b, unknown where b is 0. */
const over = (graph: Graph, a: Edge, b: Edge): Edge => graph.add("Where", [graph.add("Greater", [b, graph.double(0)]), graph.add("Div", [a, b]), graph.double(NaN)]);

function memoryOf(graph: Graph, { known, filled, width }: Ingredients, memory: number): Edge {
  const kernel = (age: number) => Math.exp(-age / memory);
  const [[value], [weight]] = [filled, known].map((values) => productsOf(graph, values, width, reachOf(memory), [kernel]));
  return over(graph, value, weight);
}

/** Mean, log-variance and slope over the last rows, each rows × width. The slope is the change over a whole window. */
function windowParts(graph: Graph, { known, filled, width }: Ingredients, window: number): Edge[] {
  const [one, time] = [() => 1, (age: number) => -age];
  const [count, sumTime, timeSquared] = productsOf(graph, known, width, window, [one, time, (age) => age * age]);
  const [sum, timeValue] = productsOf(graph, filled, width, window, [one, time]);
  const [squares] = productsOf(graph, graph.add("Mul", [filled, filled]), width, window, [one]);
  const mean = over(graph, sum, count);
  const variance = graph.add("Max", [graph.add("Sub", [over(graph, squares, count), graph.add("Mul", [mean, mean])]), graph.double(0)]);
  const logVariance = graph.add("Mul", [graph.add("Log", [graph.add("Add", [variance, graph.double(leastSeriesVariance)])]), graph.double(0.5)]);
  const together = graph.add("Sub", [timeValue, graph.add("Mul", [sumTime, mean])]);
  const timeSpread = graph.add("Sub", [timeSquared, graph.add("Mul", [over(graph, sumTime, count), sumTime])]);
  const slope = graph.add("Mul", [graph.add("Div", [together, graph.add("Max", [timeSpread, graph.double(1e-9)])]), graph.double(window)]);
  return [mean, logVariance, slope];
}

/** Row numbers from 0: rows × 1, float64. */
function rowNumbers(graph: Graph, rows: Edge): Edge {
  const scalar = (value: number) => graph.constant(BigInt64Array.of(BigInt(value)), []);
  const count = graph.add("Gather", [graph.add("Shape", [rows]), scalar(0)], { axis: 0 });
  return graph.cast(graph.add("Unsqueeze", [graph.add("Range", [scalar(0), count, scalar(1)]), graph.ints([1])]), "double");
}

/** The mean of the first rows of the stretch, of those that have been: rows × width. */
function ownStart(graph: Graph, { now, known, filled }: Ingredients, own: number): Edge {
  const isStart = graph.cast(graph.add("Less", [rowNumbers(graph, now), graph.double(own)]), "double");
  const upTo = (values: Edge) => graph.add("CumSum", [graph.add("Mul", [values, isStart]), graph.constant(BigInt64Array.of(0n), [])]);
  return over(graph, upTo(filled), upTo(known));
}

function levelsOf(graph: Graph, rows: Edge, column: number, levels: number): Edge {
  const codes = graph.add("Gather", [rows, graph.ints([column])], { axis: 1 });
  return graph.cast(graph.add("Equal", [codes, graph.double(Array.from({ length: levels }, (_, level) => level))]), "double");
}
