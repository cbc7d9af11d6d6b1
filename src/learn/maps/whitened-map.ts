import { eigenSymmetric } from "../linalg.ts";
import { fullScatter, type Moments } from "../moments.ts";
import { Graph, type Edge } from "../onnx/graph.ts";
import { knownShare, type FeatureEdges } from "./window-map.ts";
import { addTiles, addWindowProducts } from "./window-products.ts";

/**
 * The whitened feature map: how signals move together, in every direction, also those that hardly vary.
 *
 * Each row is put in units of its signals' usual spread and turned into the principal directions of
 * normal operation, each in units of its own spread. Of a window it gives each direction's mean, then
 * the log of each direction's variance. A balance that always holds (a flow follows its valve) is a
 * direction of small variance; when it breaks, that direction is far off while every signal by itself
 * is still usual.
 *
 * A row with a gap in any of the coupled signals says nothing; a window is known when at least half of
 * its rows are whole. No feature knows anything older than the window.
 * Source: the full-rank whitening follows Hotelling's T² over all components; the rest is ours.
 */
export interface WhitenedMap {
  readonly name: "whitened";
  readonly version: 1;
  /** Columns of the window that the model is given. */
  readonly signals: number;
  /** Which of them are coupled: ascending. */
  readonly places: readonly number[];
  /** Rows of a window. */
  readonly window: number;
  /** By coupled signal, in its own unit; spreads are > 0. */
  readonly centre: readonly number[];
  readonly spread: readonly number[];
  /** Directions of length 1, one a row, the most varying first: coupled × coupled. */
  readonly directions: Float64Array;
  /** How far each direction usually varies, > 0. */
  readonly scales: Float64Array;
}

/** Where rows were put before their moments were taken, in the signals' own units. */
export interface RowScale {
  readonly centre: readonly number[];
  readonly spread: readonly number[];
}

/** The variance that a window without any scatter is given, as a share of the direction's usual one. */
export const leastScatter = 0.01;
/** Readings beyond this many spreads are all the same. */
export const furthestReading = 1e4;

/** How many features a whitened map makes. */
export const whitenedCount = ({ places }: WhitenedMap): number => 2 * places.length;

/**
 * The whitening of normal rows.
 *
 * Input: `rows`, the moments of whole rows, each signal as (reading - centre) / spread of `scale`; at
 * least two rows; `shrinkage`, 0 to 1 and above 0 where signals may be exact functions of others, is the
 * share of independence in the correlation matrix.
 * Cost: about 40 × signals³ multiply-adds.
 * Throws RangeError for fewer than two rows and for a signal that does not vary.
 */
export function whitenedMap(rows: Moments, scale: RowScale, places: readonly number[], signals: number, window: number, shrinkage: number): WhitenedMap {
  const n = places.length;
  if (!(rows.count >= 2)) throw new RangeError(`Cannot whiten: ${rows.count} rows`);
  const covariance = fullScatter(rows).map((value) => value / rows.count);
  const spread = Float64Array.from({ length: n }, (_, j) => Math.sqrt(covariance[j * n + j]));
  const still = spread.findIndex((own) => !(own > 0));
  if (still >= 0) throw new RangeError(`Cannot whiten: signal ${places[still]} does not vary`);
  const correlation = covariance.map((value, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return i === j ? 1 : ((1 - shrinkage) * value) / (spread[i] * spread[j]);
  });
  const { values, vectors } = eigenSymmetric(correlation, n);
  return {
    name: "whitened",
    version: 1,
    signals,
    places,
    window,
    centre: scale.centre.map((centre, j) => centre + scale.spread[j] * rows.mean[j]),
    spread: scale.spread.map((unit, j) => unit * spread[j]),
    directions: vectors.map((_, at) => vectors[(at % n) * n + Math.floor(at / n)]),
    scales: values.map((value) => Math.sqrt(Math.max(value, 1e-9))),
  };
}

/**
 * Adds the map to a graph whose input `window` is rows × signals, float64, NaN for gaps; one item for
 * each row from the window-th on.
 */
export function addWhitenedMap(graph: Graph, map: WhitenedMap, window: Edge): FeatureEdges {
  const n = map.places.length;
  const own = graph.add("Gather", [window, graph.ints(map.places)], { axis: 1 });
  const gaps = graph.add("ReduceMax", [graph.cast(graph.add("IsNaN", [own]), "double")], { axes: [1], keepdims: 1 });
  const whole = graph.add("Sub", [graph.double(1), gaps]);
  const offset = graph.add("Div", [graph.add("Sub", [own, graph.double(map.centre, "centre")]), graph.double(map.spread, "spread")]);
  const bounded = graph.add("Clip", [graph.add("Where", [graph.cast(gaps, "bool"), graph.double(0), offset]), graph.double(-furthestReading), graph.double(furthestReading)]);
  const turned = graph.add("MatMul", [bounded, graph.constant(turn(map), [n, n], "turn")]);

  const tiles = addTiles(graph, window, map.window);
  const one = [() => 1];
  const [count] = addWindowProducts(graph, whole, 1, map.window, tiles, one);
  const [sum] = addWindowProducts(graph, turned, n, map.window, tiles, one);
  const [squares] = addWindowProducts(graph, graph.add("Mul", [turned, turned]), n, map.window, tiles, one);
  const least = graph.add("Max", [count, graph.double(1)]);
  const mean = graph.add("Div", [sum, least]);
  const variance = graph.add("Max", [graph.add("Sub", [graph.add("Div", [squares, least]), graph.add("Mul", [mean, mean])]), graph.double(0)]);
  const scatter = graph.add("Log", [graph.add("Div", [graph.add("Add", [variance, graph.double(leastScatter)]), graph.double(1 + leastScatter)])]);
  const features = graph.cast(graph.add("Concat", [mean, scatter], { axis: 1 }), "float");
  const known = graph.add("GreaterOrEqual", [count, graph.double(knownShare * map.window)]);
  return { features: graph.add("Where", [known, features, graph.float(NaN)]), known };
}

/**
 * How much of each coupled signal's variance the others explain in rows that taught: 0 to 1, corrected for
 * how many signals there are among so few rows.
 */
export function explainedBy({ places, directions, scales }: WhitenedMap, rows: number): Float64Array {
  const n = places.length;
  const freedom = (rows - 1) / Math.max(rows - n, 1);
  return Float64Array.from(places, (_, j) => {
    let own = 0; // what the inverse correlation has on its diagonal
    for (let i = 0; i < n; i++) own += (directions[i * n + j] / scales[i]) ** 2;
    return Math.max(0, 1 - freedom / own);
  });
}

/** What turns standardised readings (as rows, from the right) into whitened ones: coupled × coupled. */
function turn({ directions, scales }: WhitenedMap): Float64Array {
  const n = scales.length;
  return directions.map((_, at) => directions[(at % n) * n + Math.floor(at / n)] / scales[at % n]);
}

/**
 * Takes what each feature adds to a squared distance back to the signals, in a graph.
 *
 * A mean's share goes by what each signal's own mean is off, times how that moves the distance: the
 * complete decomposition c = z ∘ (M z). The share of a direction's scatter is split by the squares of
 * its loadings, which sum to 1.
 *
 * Input: `away`, items × features, from the usual item; `pull`, items × features, half the gradient of
 * the squared distance there; both float64. Returns: items × signals, 0 for signals that are not coupled;
 * each row sums to Σ away ∘ pull.
 */
export function addSignalParts(graph: Graph, { places, signals, directions, scales }: WhitenedMap, away: Edge, pull: Edge): Edge {
  const n = places.length;
  const columns = (of: Edge, from: number) => graph.add("Slice", [of, graph.ints([from]), graph.ints([from + n]), graph.ints([1])]);
  const back = directions.map((value, at) => value * scales[Math.floor(at / n)]);
  const forth = directions.map((value, at) => value / scales[Math.floor(at / n)]);
  const offset = graph.add("MatMul", [columns(away, 0), graph.constant(back, [n, n], "back")]);
  const force = graph.add("MatMul", [columns(pull, 0), graph.constant(forth, [n, n], "turn")]);
  const scatter = graph.add("Mul", [columns(away, n), columns(pull, n)]);
  const shares = graph.add("MatMul", [scatter, graph.constant(directions.map((value) => value * value), [n, n], "loadings")]);
  const own = graph.add("Add", [graph.add("Mul", [offset, force]), shares]);
  if (n === signals) return own;
  const spots = new Float64Array(n * signals);
  for (const [at, place] of places.entries()) spots[at * signals + place] = 1;
  return graph.add("MatMul", [own, graph.constant(spots, [n, signals], "places")]);
}

/** The features of a whitened map alone: the same nodes with which a model over it begins. */
export function whitenedModel(map: WhitenedMap): Uint8Array {
  const graph = new Graph();
  const window = graph.input("window", "double", ["rows", map.signals]);
  graph.output("features", addWhitenedMap(graph, map, window).features, "float", ["items", whitenedCount(map)]);
  return graph.bytes("features", {});
}
