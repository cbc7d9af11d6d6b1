import { cholesky, invertLower } from "../linalg.ts";
import { addSignalParts, addWhitenedMap, whitenedCount, type WhitenedMap } from "../maps/whitened-map.ts";
import { fullScatter, type Moments } from "../moments.ts";
import type { Edge, Graph } from "../onnx/graph.ts";
import type { NoveltyHead } from "./novelty.ts";

/** How far signals have left the way in which they usually move together. */
export interface CouplingHead {
  readonly map: WhitenedMap;
  /** Distance over the map's features. */
  readonly distance: NoveltyHead;
}

/** Added to each variance, over the rows of a window: a tenth of what the mean of independent readings has. */
const leastVariance = 0.1;

/**
 * Mahalanobis distance over the windowed means and scatters of whitened signals.
 *
 * Finds faults that break a balance between signals, or make it waver, long before any signal by itself
 * is unusual: for processes with many coupled signals. Assumes that the rows it learns from span normal
 * operation; a new product or load is a new coupling to it.
 *
 * Input: `normal`, the moments of normal items' features under `map`; `shrinkage`, 0 to 1, is the share
 * of the diagonal in their covariance: neighbouring windows share their rows, so that there are far
 * fewer independent items than items.
 * Cost: features³ / 2 multiply-adds.
 * Throws RangeError when there is no normal item.
 * Source: Hotelling, "Multivariate quality control", 1947, on windows; contributions after Alcala and Qin,
 * "Reconstruction-based contribution for process monitoring", Automatica 45, 2009 (their complete
 * decomposition).
 */
export function fitCoupling(map: WhitenedMap, normal: Moments, shrinkage: number): CouplingHead {
  if (!(normal.count > 0)) throw new RangeError("Cannot fit coupling: there is no normal item");
  const features = whitenedCount(map);
  const covariance = fullScatter(normal).map((value, at) => {
    const isVariance = Math.floor(at / features) === at % features;
    return isVariance ? value / normal.count + leastVariance / map.window : ((1 - shrinkage) * value) / normal.count;
  });
  const factor = cholesky(covariance, features);
  if (factor === null) throw new RangeError("Cannot fit coupling: the covariance is not positive definite");
  return { map, distance: { centre: normal.mean, whitening: invertLower(factor, features) } };
}

/**
 * The score in a graph: root mean square of the distance, about 1 for normal items, 0 upwards; and what
 * each signal adds to its square, items × signals (Σ = score², parts may be below 0 for a signal that
 * speaks for normal).
 */
export function addCoupling(graph: Graph, { map, distance: { centre, whitening } }: CouplingHead, window: Edge): { score: Edge; parts: Edge; known: Edge } {
  const { features, known } = addWhitenedMap(graph, map, window);
  const n = centre.length;
  const away = graph.add("Sub", [graph.cast(features, "double"), graph.constant(centre, [n], "normal")]);
  const transposed = whitening.map((_, at) => whitening[(at % n) * n + Math.floor(at / n)]);
  const white = graph.add("MatMul", [away, graph.constant(transposed, [n, n], "whitening")]);
  const square = graph.add("ReduceMean", [graph.add("Mul", [white, white])], { axes: [1], keepdims: 1 });
  const pull = graph.add("MatMul", [white, graph.constant(whitening, [n, n], "whitening")]);
  const parts = graph.add("Div", [addSignalParts(graph, map, away, pull), graph.double(n)]);
  return { score: graph.add("Sqrt", [square]), parts, known };
}
