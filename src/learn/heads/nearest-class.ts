import { cholesky, invertLower } from "../linalg.ts";
import { mergeMoments } from "../moments.ts";
import type { Features } from "../matrix.ts";
import type { Edge, Graph } from "../onnx/graph.ts";
import { classesOf, type TargetSum } from "../target-sum.ts";

/** How far an item is from the nearest known class: what says that it is none of them. */
export interface NearestClass {
  readonly centre: Float64Array; // features: the mean of all items
  /** Lower triangular W with Wᵀ W the inverse of the shrunk covariance within classes: features × features. */
  readonly whitening: Float64Array;
  /** W (mean - centre) of each class: classes × features. */
  readonly means: Float64Array;
}

/** Share of the diagonal in the covariance: keeps directions that few items span from counting for all. */
const shrinkage = 0.1;
/** Share of a feature's variance over all items that it has within classes at least. */
const leastWithin = 1e-3;

/**
 * The distance to the nearest mean of a class, by the covariance within classes.
 *
 * From moments alone. A feature that never moved counts in units of 1, so that one that suddenly does
 * is seen.
 * Cost: features³ / 2.
 * Throws RangeError when there is no item of any class.
 * Source: Lee, Lee, Lee and Shin, "A simple unified framework for detecting out-of-distribution samples
 * and adversarial attacks", NeurIPS 2018, on the features themselves, shrunk to the diagonal.
 */
export function fitNearestClass(sum: TargetSum): NearestClass {
  const { features } = sum;
  const lessons = classesOf(sum).flatMap((name) => sum.lessons.get(name)?.moments ?? []).filter(({ count }) => count > 0);
  if (lessons.length === 0) throw new RangeError("Cannot fit the nearest class: there is no item of any");
  const pooled = lessons.reduce(mergeMoments);
  const columns = pooled.mean.length;
  const covariance = new Float64Array(features * features);
  for (let i = 0; i < features; i++) {
    const start = i * columns - (i * (i - 1)) / 2 - i;
    for (let j = 0; j <= i; j++) {
      const at = j * columns - (j * (j - 1)) / 2 - j + i;
      covariance[i * features + j] = ((1 - shrinkage) * lessons.reduce((all, { scatter }) => all + scatter[at], 0)) / pooled.count;
    }
    const own = lessons.reduce((all, { scatter }) => all + scatter[start + i], 0) / pooled.count;
    const variance = pooled.scatter[start + i] / pooled.count;
    covariance[i * features + i] = own + leastWithin * variance || 1;
  }
  const factor = cholesky(covariance, features);
  if (factor === null) throw new RangeError("Cannot fit the nearest class: the covariance is not positive definite");
  const centre = pooled.mean.slice(0, features);
  const whitening = invertLower(factor, features);
  const means = new Float64Array(lessons.length * features);
  for (const [k, { mean }] of lessons.entries()) means.set(whitened(whitening, centre.map((value, j) => mean[j] - value)), k * features);
  return { centre, whitening, means };
}

function whitened(whitening: Float64Array, away: Float64Array): Float64Array {
  const n = away.length;
  return away.map((_, i) => {
    let sum = 0;
    for (let j = 0; j <= i; j++) sum += whitening[i * n + j] * away[j];
    return sum;
  });
}

/** Root mean square over features of the whitened distance, an unknown feature as 0: about 1 for items of a known class, 0 upwards. */
export function distancesOf({ centre, whitening, means }: NearestClass, { rows, columns, values }: Features): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    const item = whitened(whitening, centre.map((value, j) => known(values[row * columns + j]) - value));
    let least = Infinity;
    for (let from = 0; from < means.length; from += columns) {
      let square = 0;
      for (let j = 0; j < columns; j++) square += (item[j] - means[from + j]) ** 2;
      least = Math.min(least, square);
    }
    return Math.sqrt(least / columns);
  });
}

const known = (value: number): number => (Number.isNaN(value) ? 0 : value);

/**
 * The same in a graph: `features` is items × features, float32; returns items × 1, float64.
 *
 * |z - m|² as |z|² - 2 z·m + |m|², which takes no room for items × classes × features.
 */
export function addNearestClass(graph: Graph, { centre, whitening, means }: NearestClass, features: Edge): Edge {
  const columns = centre.length;
  const classes = means.length / columns;
  const transposed = (matrix: Float64Array, rows: number) => Float64Array.from({ length: matrix.length }, (_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)]);
  const item = graph.cast(graph.add("Where", [graph.add("IsNaN", [features]), graph.float(0), features]), "double");
  const z = graph.add("MatMul", [graph.add("Sub", [item, graph.constant(centre, [columns], "centre")]), graph.constant(transposed(whitening, columns), [columns, columns], "whitening")]);
  const own = graph.add("ReduceSum", [graph.add("Mul", [z, z]), graph.ints([1])], { keepdims: 1 });
  const product = graph.add("MatMul", [z, graph.constant(transposed(means, classes).map((value) => -2 * value), [columns, classes], "means")]);
  const squares = Float64Array.from({ length: classes }, (_, k) => means.subarray(k * columns, (k + 1) * columns).reduce((sum, value) => sum + value * value, 0));
  const nearest = graph.add("ReduceMin", [graph.add("Add", [product, graph.constant(squares, [classes], "squares")])], { axes: [1], keepdims: 1 });
  const square = graph.add("Max", [graph.add("Add", [own, nearest]), graph.double(0)]);
  return graph.add("Sqrt", [graph.add("Div", [square, graph.double(columns)])]);
}
