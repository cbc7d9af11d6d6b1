import { mergeMoments, type Moments } from "./moments.ts";
import type { LinearModel } from "./heads/linear.ts";
import type { TargetSum } from "./target-sum.ts";

/**
 * Everything that a linear regression needs to know of some items: moments in units of each feature's
 * own spread. There is one target, or where the target is a class one a class: 1 for its items, else 0.
 */
export interface Regression {
  readonly features: number;
  readonly outputs: number;
  readonly count: number;
  readonly mean: Float64Array; // features
  /** Standard deviation of each feature, 0 where it never moved: features. */
  readonly spreads: Float64Array;
  /** Of the features; 0 throughout for one that never moved: features × features. */
  readonly correlation: Float64Array;
  /** Mean of (feature - mean) / spread times (target - mean): outputs × features. */
  readonly cross: Float64Array;
  readonly targetMean: Float64Array; // outputs
  readonly targetVariance: Float64Array; // outputs
}

/** The regression of a sum on its number, or on `classes` in that order. Cost: features². */
export function regressionOf(sum: TargetSum, classes: readonly string[]): Regression {
  const lessons = [...sum.lessons.values()].map(({ moments }) => moments).filter(({ count }) => count > 0);
  const [first, ...others] = lessons;
  if (first === undefined) throw new RangeError("Cannot make a regression: there is no item");
  const pooled = others.reduce(mergeMoments, first);
  const spreads = spreadsOf(pooled, sum.features);
  const { features } = sum;
  const base = { features, count: pooled.count, mean: pooled.mean.slice(0, features), spreads, correlation: correlationOf(pooled, spreads) };
  if (classes.length === 0) return { ...base, ...numberTarget(pooled, spreads) };
  return { ...base, ...classTargets(sum, classes, base.mean, spreads, pooled.count) };
}

/** Standard deviations; 0 where the variance is no more than the rounding of float32 about the mean. */
export function spreadsOf({ count, mean, scatter }: Moments, features: number): Float64Array {
  const columns = mean.length;
  return Float64Array.from({ length: features }, (_, j) => {
    const variance = scatter[j * columns - (j * (j - 1)) / 2] / count;
    return variance > 1e-13 * mean[j] ** 2 + 1e-30 ? Math.sqrt(variance) : 0;
  });
}

/** The correlation of the first columns of some moments, as many as there are spreads; 1 or 0 on its diagonal. */
function correlationOf({ count, mean, scatter }: Moments, spreads: Float64Array): Float64Array {
  const [columns, features] = [mean.length, spreads.length];
  const correlation = new Float64Array(features * features);
  const inverse = spreads.map((spread) => (spread > 0 ? 1 / spread : 0));
  for (let i = 0; i < features; i++) {
    const start = i * columns - (i * (i - 1)) / 2 - i;
    const factor = inverse[i] / count;
    if (factor === 0) continue;
    for (let j = i; j < features; j++) if (inverse[j] > 0) correlation[i * features + j] = correlation[j * features + i] = scatter[start + j] * factor * inverse[j];
  }
  return correlation;
}

function numberTarget({ count, mean, scatter }: Moments, spreads: Float64Array) {
  const [columns, features] = [mean.length, spreads.length];
  const cross = spreads.map((spread, i) => (spread > 0 ? scatter[i * columns - (i * (i - 1)) / 2 + features - i] / (count * spread) : 0));
  return { outputs: 1, cross, targetMean: mean.slice(features), targetVariance: Float64Array.of(scatter[scatter.length - 1] / count) };
}

function classTargets({ lessons }: TargetSum, classes: readonly string[], mean: Float64Array, spreads: Float64Array, count: number) {
  const cross = new Float64Array(classes.length * spreads.length);
  const targetMean = new Float64Array(classes.length);
  for (const [k, name] of classes.entries()) {
    const moments = lessons.get(name)?.moments;
    if (moments === undefined || moments.count === 0) continue;
    targetMean[k] = moments.count / count;
    for (let j = 0; j < spreads.length; j++) if (spreads[j] > 0) cross[k * spreads.length + j] = (targetMean[k] * (moments.mean[j] - mean[j])) / spreads[j];
  }
  return { outputs: classes.length, cross, targetMean, targetVariance: targetMean.map((share) => share * (1 - share)) };
}

/** Weights for standardised features, outputs × features, as a model of the features themselves. */
export function modelFrom({ features, outputs, mean, spreads, targetMean }: Pick<Regression, "features" | "outputs" | "mean" | "spreads" | "targetMean">, standardised: Float64Array): LinearModel {
  const weights = standardised.map((value, at) => (spreads[at % features] > 0 ? value / spreads[at % features] : 0));
  const biases = Float64Array.from({ length: outputs }, (_, k) => {
    let bias = targetMean[k];
    for (let j = 0; j < features; j++) bias -= weights[k * features + j] * mean[j];
    return bias;
  });
  return { weights, biases };
}

/**
 * The sum of squared errors that a model makes on the items of a regression, over all outputs: exact,
 * although the items are not at hand.
 *
 * Cost: outputs × features² / 2.
 */
export function squaredErrorOf(items: Regression, { weights, biases }: LinearModel): number {
  let error = 0;
  for (let k = 0; k < items.outputs; k++) error += outputError(items, weights.subarray(k * items.features, (k + 1) * items.features), biases[k], k);
  return error;
}

function outputError({ features, count, mean, spreads, correlation, cross, targetMean, targetVariance }: Regression, weights: Float64Array, bias: number, output: number): number {
  const scaled = weights.map((weight, j) => weight * spreads[j]);
  let [variance, residual] = [targetVariance[output], targetMean[output] - bias];
  for (let i = 0; i < features; i++) {
    residual -= weights[i] * mean[i];
    if (scaled[i] === 0) continue;
    let sum = 0;
    for (let j = 0, at = i * features; j < i; j++, at++) sum += correlation[at] * scaled[j];
    variance += scaled[i] * (2 * sum + correlation[i * features + i] * scaled[i] - 2 * cross[output * features + i]);
  }
  return count * (Math.max(variance, 0) + residual * residual);
}
