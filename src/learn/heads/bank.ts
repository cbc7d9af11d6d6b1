import { coresetOf } from "../coreset.ts";
import type { Moments } from "../moments.ts";
import type { Edge, Graph } from "../onnx/graph.ts";
import { fitNovelty, type NoveltyHead } from "./novelty.ts";

/** How far from the nearest of some remembered normal items, and how far off the levels are. */
export interface BankHead {
  /** Where distances are taken: (item - centre) times the whitening. */
  readonly space: NoveltyHead;
  /** Remembered items in that space: items × features. */
  readonly remembered: Float64Array;
  readonly neighbours: number;
  /** What a distance is divided by: one that few normal items have from the others. */
  readonly distanceScale: number;
  /** The amplitude channel: the usual value of each level, and what its distance from it is divided by. */
  readonly levels: { readonly centres: Float64Array; readonly scales: Float64Array };
}

export interface BankOptions {
  /** Items remembered at most. */
  readonly size: number;
  /** Nearest items whose distances are averaged. */
  readonly neighbours: number;
  /** Share of the diagonal in the covariance; 1 only puts each feature in units of its spread. */
  readonly shrinkage: number;
  /** The first so many features are levels: how far signals are off their usual value. */
  readonly levels: number;
  readonly seed: number;
}

/** Items by which the two channels are put on one scale. */
const mostScaled = 500;
/** This share of normal items scores below 1 in each channel by itself. */
const usualShare = 0.95;
/** No level is steadier than a tenth of its baseline's spread, and no item nearer to others than this. */
const leastScale = 0.1;

/**
 * A memory bank: the mean distance to the nearest remembered normal items, plus how far the level that
 * is furthest off lies from its usual value.
 *
 * Finds what is unlike every normal item, where normal has several forms; the amplitude channel sees
 * a signal that is far off however odd the neighbours are. Each channel is divided by what few normal
 * items reach. Not for normal operation that is seldom seen: what is not remembered is strange.
 *
 * Input: `items`, normal ones without NaN, features each (the sample of a sum), of which the first
 * `normal.mean.length` or fewer `features` are used; `normal`, the moments of normal items.
 * Cost: items × (features² + 24 × size), and at most 500 × size × features.
 * Throws RangeError when there is no normal item.
 * Source: Ramaswamy, Rastogi and Shim, "Efficient algorithms for mining outliers from large data sets",
 * SIGMOD 2000 (distances to nearest neighbours); the coreset as in `coresetOf`. The amplitude channel,
 * a median and a median deviation, follows the idea of PAI, arXiv 2606.08935.
 */
export function fitBank(items: readonly Float32Array[], normal: Moments, features: number, { size, neighbours, shrinkage, levels, seed }: BankOptions): BankHead {
  if (items.length === 0) throw new RangeError("Cannot fit a bank: there is no normal item");
  const space = fitNovelty(normal, features, shrinkage);
  const points = new Float64Array(items.length * features);
  for (const [i, item] of items.entries()) points.set(placeOf(space, item), i * features);
  const chosen = coresetOf(points, features, size, seed);
  const remembered = new Float64Array(chosen.length * features);
  for (const [at, i] of chosen.entries()) remembered.set(points.subarray(i * features, (i + 1) * features), at * features);
  const unscaled = { space, remembered, neighbours: Math.min(neighbours, chosen.length), distanceScale: 1, levels: levelsOf(items, levels) };
  return { ...unscaled, distanceScale: distanceScaleOf(unscaled, points, chosen) };
}

/** An item in the space of the bank. */
function placeOf({ centre, whitening }: NoveltyHead, item: Float32Array): Float64Array {
  const n = centre.length;
  return centre.map((_, i) => {
    let sum = 0;
    for (let j = 0; j <= i; j++) sum += whitening[i * n + j] * (item[j] - centre[j]);
    return sum;
  });
}

function levelsOf(items: readonly Float32Array[], levels: number): BankHead["levels"] {
  const centres = Float64Array.from({ length: levels }, (_, j) => quantile(items.map((item) => item[j]), 0.5));
  const deviations = centres.map((centre, j) => Math.max(1.4826 * quantile(items.map((item) => Math.abs(item[j] - centre)), 0.5), leastScale));
  const furthest = items.map((item) => furthestLevel({ centres, scales: deviations }, item).height);
  const usual = levels === 0 ? 1 : Math.max(quantile(furthest, usualShare), 1);
  return { centres, scales: deviations.map((deviation) => deviation * usual) };
}

/** The value that a share of `x` stays at or below. */
function quantile(x: readonly number[], share: number): number {
  const sorted = Float64Array.from(x).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** What few normal items are from their nearest others: an item that is remembered does not count as its own neighbour. */
function distanceScaleOf(head: BankHead, points: Float64Array, chosen: Int32Array): number {
  const features = head.space.centre.length;
  const placeInBank = new Map([...chosen].map((item, at) => [item, at]));
  const count = points.length / features;
  const step = Math.max(1, Math.floor(count / mostScaled));
  const distances: number[] = [];
  for (let i = 0; i < count; i += step) distances.push(nearestTo(head, points.subarray(i * features, (i + 1) * features), placeInBank.get(i) ?? -1).distance);
  const known = distances.filter(Number.isFinite);
  return Math.max(known.length === 0 ? 1 : quantile(known, usualShare), leastScale);
}

interface Nearest {
  /** Root mean square over features, averaged over the nearest. */
  readonly distance: number;
  /** The nearest of all: its place in the bank. */
  readonly first: number;
}

function nearestTo({ space, remembered, neighbours }: BankHead, point: Float64Array, except: number): Nearest {
  const features = space.centre.length;
  const count = remembered.length / features;
  const squares = new Float64Array(neighbours).fill(Infinity); // nearest first
  let [found, first] = [0, -1];
  for (let at = 0; at < count; at++) {
    if (at === except) continue;
    const most = squares[neighbours - 1];
    let sum = 0;
    for (let j = 0, from = at * features; j < features && sum < most; j++) sum += (point[j] - remembered[from + j]) ** 2;
    if (!(sum < most)) continue; // not near, or unknown
    let place = neighbours - 1;
    for (; place > 0 && sum < squares[place - 1]; place--) squares[place] = squares[place - 1];
    squares[place] = sum;
    if (place === 0) first = at;
    found = Math.min(neighbours, found + 1);
  }
  let distance = 0;
  for (let at = 0; at < found; at++) distance += Math.sqrt(squares[at] / features);
  return { distance: distance / found, first };
}

function furthestLevel({ centres, scales }: BankHead["levels"], item: Float32Array): { height: number; level: number } {
  let [height, level] = [0, -1];
  for (let j = 0; j < centres.length; j++) {
    const own = Math.abs(item[j] - centres[j]) / scales[j];
    if (own > height || Number.isNaN(own)) [height, level] = [own, j];
  }
  return { height, level };
}

/** Up to about 2 for normal items, 0 upwards; NaN when any feature is unknown. */
export function bankOf(head: BankHead, item: Float32Array): number {
  const { distance } = nearestTo(head, placeOf(head.space, item), -1);
  return distance / head.distanceScale + furthestLevel(head.levels, item).height;
}

/** More candidates than neighbours are taken in single precision, so that none of the nearest is missed by rounding. */
const spare = 5;

/**
 * The same in a graph. `plain` is items × features, float64.
 *
 * Candidates come from one product in single precision; their distances are taken anew in double.
 * Returns: the score, items × 1, and what each feature adds to it, items × features (Σ = score): its
 * part of the squared distances to the nearest remembered items (d ∘ Wᵀ W d, which may be below 0),
 * and for the level that is furthest off how far that is.
 */
export function addBank(graph: Graph, head: BankHead, plain: Edge): { score: Edge; parts: Edge } {
  const { centre, whitening } = head.space;
  const features = centre.length;
  const transposed = whitening.map((_, at) => whitening[(at % features) * features + Math.floor(at / features)]);
  const place = graph.add("MatMul", [graph.add("Sub", [plain, graph.constant(centre, [features], "normal")]), graph.constant(transposed, [features, features], "whitening")]);
  const { away, squares } = addNeighbours(graph, head, place);
  const root = graph.add("Sqrt", [graph.add("Div", [squares, graph.double(features)])]);
  const distance = graph.add("Div", [graph.add("ReduceMean", [root], { axes: [1], keepdims: 1 }), graph.double(head.distanceScale)]);

  const raw = graph.add("MatMul", [away, graph.constant(inverseTransposed(transposed, features), [features, features], "unwhitening")]);
  const back = graph.add("MatMul", [away, graph.constant(whitening, [features, features], "whitening")]);
  const product = graph.add("ReduceSum", [graph.add("Mul", [raw, back]), graph.ints([1])], { keepdims: 0 });
  const all = graph.add("Max", [graph.add("ReduceSum", [product, graph.ints([1])], { keepdims: 1 }), graph.double(1e-300)]);
  const parts = graph.add("Mul", [graph.add("Div", [product, all]), distance]);
  return head.levels.centres.length === 0 ? { score: distance, parts } : addLevel(graph, head.levels, plain, distance, parts);
}

/** The nearest remembered items: items × neighbours × features away, and their squared distances, nearest first. */
function addNeighbours(graph: Graph, { space, remembered, neighbours }: BankHead, place: Edge): { away: Edge; squares: Edge } {
  const features = space.centre.length;
  const count = remembered.length / features;
  const byFeature = Float32Array.from(remembered, (_, at) => -2 * remembered[(at % count) * features + Math.floor(at / count)]);
  const own = Float32Array.from({ length: count }, (_, at) => remembered.subarray(at * features, (at + 1) * features).reduce((sum, value) => sum + value * value, 0));
  const near = graph.add("Gemm", [graph.cast(place, "float"), graph.constant(byFeature, [features, count], "bank"), graph.constant(own, [count], "squares")]);
  const [, candidates] = graph.addMany("TopK", [near, graph.ints([Math.min(neighbours + spare, count)])], 2, { axis: 1, largest: 0, sorted: 0 });
  const found = graph.add("Gather", [graph.constant(remembered, [count, features], "bank"), candidates], { axis: 0 });
  const away = graph.add("Sub", [graph.add("Unsqueeze", [place, graph.ints([1])]), found]);
  const squares = graph.add("ReduceSum", [graph.add("Mul", [away, away]), graph.ints([2])], { keepdims: 0 });
  const [nearest, order] = graph.addMany("TopK", [squares, graph.ints([neighbours])], 2, { axis: 1, largest: 0, sorted: 1 });
  return { away: graph.add("GatherND", [away, graph.add("Unsqueeze", [order, graph.ints([2])])], { batch_dims: 1 }), squares: nearest };
}

function addLevel(graph: Graph, { centres, scales }: BankHead["levels"], plain: Edge, distance: Edge, parts: Edge): { score: Edge; parts: Edge } {
  const levels = graph.add("Slice", [plain, graph.ints([0]), graph.ints([centres.length]), graph.ints([1])]);
  const heights = graph.add("Abs", [graph.add("Div", [graph.add("Sub", [levels, graph.double(centres, "usual")]), graph.double(scales, "scales")])]);
  const height = graph.add("ReduceMax", [heights], { axes: [1], keepdims: 1 });
  const furthest = graph.cast(graph.add("Equal", [heights, height]), "double");
  const shared = graph.add("Div", [furthest, graph.add("Max", [graph.add("ReduceSum", [furthest, graph.ints([1])], { keepdims: 1 }), graph.double(1)])]);
  const own = graph.add("Mul", [shared, height]);
  const rest = graph.add("Slice", [parts, graph.ints([centres.length]), graph.ints([2 ** 31 - 1]), graph.ints([1])]);
  const levelParts = graph.add("Add", [graph.add("Slice", [parts, graph.ints([0]), graph.ints([centres.length]), graph.ints([1])]), own]);
  return { score: graph.add("Add", [distance, height]), parts: graph.add("Concat", [levelParts, rest], { axis: 1 }) };
}

/** The inverse of an upper triangular matrix, by columns from the diagonal up: out of the space again. */
function inverseTransposed(upper: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let column = 0; column < n; column++) {
    inverse[column * n + column] = 1 / upper[column * n + column];
    for (let i = column - 1; i >= 0; i--) {
      let sum = 0;
      for (let k = i + 1; k <= column; k++) sum += upper[i * n + k] * inverse[k * n + column];
      inverse[i * n + column] = -sum / upper[i * n + i];
    }
  }
  return inverse;
}
