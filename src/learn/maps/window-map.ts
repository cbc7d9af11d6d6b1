import type { Edge, Graph } from "../onnx/graph.ts";
import { normalFrom, randomFrom } from "../random.ts";
import { addTiles, addWindowProducts } from "./window-products.ts";

/**
 * What is usual for each signal, three rows of it: `centre`, `spread` (how far its level wanders) and
 * `noise` (how far single readings scatter about the level), each in the signal's own unit.
 */
export interface BaselineValues {
  readonly centre: Float64Array; // signals
  readonly spread: Float64Array; // signals, > 0
  readonly noise: Float64Array; // signals, > 0
}

/**
 * The window feature map: what a stretch of rows looks like against its baseline.
 *
 * For each signal, in units of the baseline's spread: a weighted mean of the window for each memory
 * (0 is the plain mean, a time constant in rows makes a finite EWMA), its slope over the window and
 * the change of the shortest memory from the plain mean, each through asinh; and the log of the
 * variance against the baseline's noise. After these come `random` rectified mixtures of them.
 * No feature knows the time, the row's place in the block or anything older than the window.
 */
export interface WindowMap {
  readonly name: "window";
  readonly version: 1;
  readonly signals: number;
  /** Rows of a window. */
  readonly window: number;
  /** Time constants in rows, shortest first; 0 for the plain mean. */
  readonly memories: readonly number[];
  readonly random: { readonly count: number; readonly seed: number };
  /** Frozen values, or `null` when each block brings its own as a second input. */
  readonly baseline: { readonly centre: readonly number[]; readonly spread: readonly number[]; readonly noise: readonly number[] } | null;
}

/** How many features a map makes: the plain ones, each for every signal, of which the levels come first; then the random ones. */
export function featureCount(map: WindowMap): { levels: number; plain: number; random: number; all: number } {
  const plain = plainNames(map).length * map.signals;
  return { levels: map.memories.length * map.signals, plain, random: map.random.count, all: plain + map.random.count };
}

/** The plain features of one signal, in their order; feature j belongs to signal j % signals. */
function plainNames(map: WindowMap): string[] {
  return [...map.memories.map((memory) => (memory === 0 ? "mean" : `ewma-${memory}`)), "log-variance", "slope", "change"];
}

/** The fixed draws of the random features: weights plain × count, biases count. */
export function randomDraws(map: WindowMap): { weights: Float32Array; biases: Float32Array } {
  const { plain, random: count } = featureCount(map);
  const random = randomFrom(map.random.seed);
  const weights = Float32Array.from({ length: plain * count }, () => normalFrom(random) / Math.sqrt(plain));
  const biases = Float32Array.from({ length: count }, () => 4 * random() - 2);
  return { weights, biases };
}

/** What the head gets: features items × all (NaN where unknown) and which items are known, items × 1. */
export interface FeatureEdges {
  readonly features: Edge;
  readonly known: Edge;
}

/** Readings beyond this many spreads (4 on the asinh scale) are all the same to a model: one wild reading cannot outweigh a window. */
export const farthest = Math.sinh(4);

/** A signal is known in a window when at least this share of its rows has a reading. */
export const knownShare = 0.5;

/**
 * Adds the map to a graph: inputs `window` (rows × signals, float64, NaN for gaps) and, without a
 * frozen baseline, `baseline` (3 × signals: centre, spread, noise); one item for each row from the
 * window-th on.
 *
 * Everything up to the features is float64. Windows overlap, so the weighted sums of all windows are
 * one product with a band matrix: rows are cut in tiles of 2 × window - 1, which each hold `window`
 * whole windows, and each tile is multiplied by the same kernels.
 */
export function addWindowMap(graph: Graph, map: WindowMap): FeatureEdges {
  const { signals } = map;
  const window = graph.input("window", "double", ["rows", signals]);
  const { centre, spread, noise } = baselineEdges(graph, map);

  const gap = graph.add("IsNaN", [window]);
  const valid = graph.cast(graph.add("Not", [gap]), "double");
  const offset = graph.add("Div", [graph.add("Sub", [window, centre]), spread]);
  const bounded = graph.add("Clip", [graph.add("Where", [gap, graph.double(0), offset]), graph.double(-farthest), graph.double(farthest)]);

  const sums = windowSums(graph, map, bounded, valid);
  const plain = plainFeatures(graph, map, sums, graph.add("Div", [noise, spread]));
  const all = map.random.count === 0 ? plain : graph.add("Concat", [plain, randomFeatures(graph, map, plain)], { axis: 1 });
  const known = knownItems(graph, map, sums.count);
  return { features: graph.add("Where", [known, all, graph.float(NaN)]), known };
}

function baselineEdges(graph: Graph, map: WindowMap): { centre: Edge; spread: Edge; noise: Edge } {
  if (map.baseline !== null) {
    const { centre, spread, noise } = map.baseline;
    return { centre: graph.double(centre, "centre"), spread: graph.double(spread, "spread"), noise: graph.double(noise, "noise") };
  }
  const baseline = graph.input("baseline", "double", [3, map.signals]);
  const row = (index: number) => graph.add("Gather", [baseline, graph.constant(BigInt64Array.of(BigInt(index)), [])], { axis: 0 });
  return { centre: row(0), spread: row(1), noise: row(2) };
}

/** Sums over each window and signal, items × signals each. Time runs from -(window - 1) to 0. */
interface WindowSums {
  readonly count: Edge;
  readonly time: Edge;
  readonly timeSquared: Edge;
  readonly value: Edge;
  readonly valueSquared: Edge;
  readonly timeValue: Edge;
  readonly level: readonly Edge[]; // weighted mean, one a memory
}

function windowSums(graph: Graph, map: WindowMap, value: Edge, valid: Edge): WindowSums {
  const one = () => 1;
  const time = (age: number) => -age;
  const decays = map.memories.filter((memory) => memory > 0).map((memory) => (age: number) => Math.exp(-age / memory));
  const tiles = addTiles(graph, "window", map.window);
  const products = (values: Edge, kernels: readonly ((age: number) => number)[]) => addWindowProducts(graph, values, map.signals, map.window, tiles, kernels);
  const [count, sumTime, timeSquared, ...weights] = products(valid, [one, time, (age) => age * age, ...decays]);
  const [sumValue, timeValue, ...weighted] = products(value, [one, time, ...decays]);
  const [valueSquared] = products(graph.add("Mul", [value, value]), [one]);

  const atLeastOne = graph.add("Max", [count, graph.double(1)]);
  const level = map.memories.map((memory) => {
    if (memory === 0) return graph.add("Div", [sumValue, atLeastOne]);
    const at = map.memories.filter((other) => other > 0).indexOf(memory);
    return graph.add("Div", [weighted[at], graph.add("Max", [weights[at], graph.double(1e-300)])]);
  });
  return { count, time: sumTime, timeSquared, value: sumValue, valueSquared, timeValue, level };
}

/** The variance that a window without any scatter is given, as a share of the baseline's noise squared. */
export const leastVariance = 0.1;

function plainFeatures(graph: Graph, map: WindowMap, sums: WindowSums, noise: Edge): Edge {
  const count = graph.add("Max", [sums.count, graph.double(1)]);
  const mean = graph.add("Div", [sums.value, count]);
  const squares = graph.add("Sub", [graph.add("Div", [sums.valueSquared, count]), graph.add("Mul", [mean, mean])]);
  const variance = graph.add("Max", [squares, graph.double(0)]);
  const relative = graph.add("Div", [variance, graph.add("Mul", [noise, noise])]);
  const raised = graph.add("Div", [graph.add("Add", [relative, graph.double(leastVariance)]), graph.double(1 + leastVariance)]);
  const logVariance = graph.add("Mul", [graph.add("Log", [raised]), graph.double(0.5)]);

  const together = graph.add("Sub", [sums.timeValue, graph.add("Mul", [sums.time, mean])]);
  const meanTime = graph.add("Div", [sums.time, count]);
  const timeSpread = graph.add("Sub", [sums.timeSquared, graph.add("Mul", [meanTime, sums.time])]);
  const steepness = graph.add("Div", [together, graph.add("Max", [timeSpread, graph.double(1e-9)])]);
  const slope = graph.add("Mul", [steepness, graph.double(map.window)]);
  const change = graph.add("Sub", [sums.level[shortest(map)], mean]);

  const squashed = [...sums.level, slope, change].map((edge) => graph.add("Asinh", [graph.cast(edge, "float")]));
  const levels = squashed.slice(0, map.memories.length);
  return graph.add("Concat", [...levels, graph.cast(logVariance, "float"), ...squashed.slice(map.memories.length)], { axis: 1 });
}

/** Which memory is the shortest real one. */
export function shortest({ memories }: WindowMap): number {
  const real = memories.filter((memory) => memory > 0);
  return real.length === 0 ? 0 : memories.indexOf(Math.min(...real));
}

function randomFeatures(graph: Graph, map: WindowMap, plain: Edge): Edge {
  const { plain: count, random } = featureCount(map);
  const { weights, biases } = randomDraws(map);
  const mixed = graph.add("MatMul", [plain, graph.constant(weights, [count, random], "draws")]);
  return graph.add("Relu", [graph.add("Add", [mixed, graph.constant(biases, [random], "biases")])]);
}

/** Items all of whose signals have enough readings in the window: items × 1, bool. */
function knownItems(graph: Graph, map: WindowMap, count: Edge): Edge {
  const fewest = graph.add("ReduceMin", [count], { axes: [1], keepdims: 1 });
  return graph.add("GreaterOrEqual", [fewest, graph.double(knownShare * map.window)]);
}
