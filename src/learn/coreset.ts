import { normalFrom, randomFrom } from "./random.ts";

/** Dimensions that points are projected to before distances are taken, when they have more. */
const projected = 24;

/**
 * Which of some points cover all of them best: each next one is the point farthest from those chosen.
 *
 * Distances are taken after a seeded random projection to 24 dimensions. The first is the point
 * nearest to the mean.
 * Input: points × columns, row-major, finite. Returns: places of at most `size` points, in the order chosen.
 * Cost: points × (columns + size) × 24 multiply-adds.
 * Source: Sener and Savarese, "Active learning for convolutional neural networks: a core-set approach",
 * ICLR 2018 (greedy k-centre); projected as in Roth et al., "Towards total recall in industrial anomaly
 * detection", CVPR 2022, which begins with a random point.
 */
export function coresetOf(points: Float64Array, columns: number, size: number, seed: number): Int32Array {
  const count = points.length / columns;
  if (count <= size) return Int32Array.from({ length: count }, (_, i) => i);
  const [space, width] = projectedPoints(points, columns, seed);
  const chosen = new Int32Array(size);
  const nearest = new Float64Array(count).fill(Infinity);
  let next = nearestToMean(space, width);
  for (let at = 0; at < size; at++) {
    chosen[at] = next;
    const from = next * width;
    let farthest = -1;
    for (let i = 0, p = 0; i < count; i++, p += width) {
      let square = 0;
      for (let j = 0; j < width; j++) square += (space[p + j] - space[from + j]) ** 2;
      if (square < nearest[i]) nearest[i] = square;
      if (nearest[i] > farthest) [farthest, next] = [nearest[i], i];
    }
    if (farthest === 0) return chosen.slice(0, at + 1); // all others are copies of these
  }
  return chosen;
}

function projectedPoints(points: Float64Array, columns: number, seed: number): [Float64Array, number] {
  if (columns <= projected) return [points, columns];
  const random = randomFrom(seed);
  const draws = Float64Array.from({ length: columns * projected }, () => normalFrom(random));
  const space = new Float64Array((points.length / columns) * projected);
  for (let i = 0, from = 0; from < points.length; i += projected, from += columns) {
    for (let j = 0; j < columns; j++) for (let k = 0, value = points[from + j]; k < projected; k++) space[i + k] += value * draws[j * projected + k];
  }
  return [space, projected];
}

function nearestToMean(points: Float64Array, columns: number): number {
  const mean = new Float64Array(columns);
  for (let at = 0; at < points.length; at++) mean[at % columns] += (points[at] * columns) / points.length;
  let [best, least] = [0, Infinity];
  for (let from = 0; from < points.length; from += columns) {
    let square = 0;
    for (let j = 0; j < columns; j++) square += (points[from + j] - mean[j]) ** 2;
    if (square < least) [best, least] = [from / columns, square];
  }
  return best;
}
