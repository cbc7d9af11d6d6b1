import { cholesky, invertLower, squaredLength } from "../linalg.ts";
import { fullScatter, type Moments } from "../moments.ts";
import type { Edge, Graph } from "../onnx/graph.ts";

/** How far from normal, in every direction of the features, also the ones that hardly ever move. */
export interface NoveltyHead {
  readonly centre: Float64Array; // features
  /** Lower triangular W with Wᵀ W the inverse of the shrunk covariance: features × features. */
  readonly whitening: Float64Array;
}

/** Added to each variance; features are in spreads, so this is a tenth of one, squared. */
const leastVariance = 0.01;
/** Blocks' worth of belief that each feature varies by this, independently, before any block was seen. */
const priorBlocks = 2;
const priorVariance = 0.25;

/**
 * Full-rank Mahalanobis distance from normal (Hotelling's T² over all directions: what T² leaves out
 * and Q weighs alike is weighed here by its own variance).
 *
 * Input: the moments of normal items, of which the first `features` columns are used; `shrinkage`,
 * 0 to 1, is the share of the diagonal in the covariance, which keeps it sound with few blocks.
 * Cost: features³ / 2 multiply-adds.
 * Throws RangeError when there is no normal item to learn from.
 * Source: Hotelling, "Multivariate quality control", 1947; shrinkage to the diagonal after Friedman,
 * "Regularized discriminant analysis", JASA 84, 1989.
 */
export function fitNovelty(normal: Moments, features: number, shrinkage: number): NoveltyHead {
  if (!(normal.count > 0)) throw new RangeError("Cannot fit novelty: there is no normal item");
  const columns = normal.mean.length;
  const scatter = fullScatter(normal);
  const covariance = new Float64Array(features * features);
  const blocks = normal.count + priorBlocks;
  for (let i = 0; i < features; i++) {
    for (let j = 0; j < features; j++) covariance[i * features + j] = ((1 - shrinkage) * scatter[i * columns + j]) / blocks;
    covariance[i * features + i] = (scatter[i * columns + i] + priorBlocks * priorVariance) / blocks + leastVariance;
  }
  const factor = cholesky(covariance, features);
  if (factor === null) throw new RangeError("Cannot fit novelty: the covariance is not positive definite");
  return { centre: normal.mean.slice(0, features), whitening: invertLower(factor, features) };
}

/** Root mean square of the whitened distance: about 1 for normal items, 0 upwards, NaN when unknown. */
export function noveltyOf({ centre, whitening }: NoveltyHead, item: Float32Array): number {
  const features = centre.length;
  const away = centre.map((value, j) => item[j] - value);
  return Math.sqrt(squaredLength(whitening, features, away) / features);
}

/**
 * The same in a graph. `plain` is items × features, float64.
 *
 * Returns: the score, items × 1, and what each feature adds to its square, items × features (Σ = score²;
 * the complete decomposition d ∘ Wᵀ W d, which may be below 0 for a feature that speaks for normal).
 */
export function addNovelty(graph: Graph, { centre, whitening }: NoveltyHead, plain: Edge): { score: Edge; parts: Edge } {
  const features = centre.length;
  const transposed = whitening.map((_, at) => whitening[(at % features) * features + Math.floor(at / features)]);
  const distance = graph.add("Sub", [plain, graph.constant(centre, [features], "normal")]);
  const whitened = graph.add("MatMul", [distance, graph.constant(transposed, [features, features], "whitening")]);
  const square = graph.add("ReduceMean", [graph.add("Mul", [whitened, whitened])], { axes: [1], keepdims: 1 });
  const back = graph.add("MatMul", [whitened, graph.constant(whitening, [features, features], "whitening")]);
  const parts = graph.add("Div", [graph.add("Mul", [distance, back]), graph.double(features)]);
  return { score: graph.add("Sqrt", [square]), parts };
}
