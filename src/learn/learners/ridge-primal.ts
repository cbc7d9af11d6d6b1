import { linearOf, type LinearModel } from "../heads/linear.ts";
import { cholesky, invertLower, squaredLength } from "../linalg.ts";
import { modelFrom, type Regression } from "../regression.ts";
import type { Examples } from "../target-sum.ts";
import { solveShifted, towards, tridiagonalOf } from "../tridiagonal.ts";

/** A ridge regression solved for every penalty at once, so that one more penalty is cheap. */
export interface RidgePath {
  /** Each feature's spread where it was learnt. */
  readonly spreads: Float64Array;
  /** The model of a penalty, which is a share of each feature's variance. */
  at(penalty: number): LinearModel;
}

/**
 * Ridge regression from moments alone: (R + λ I) β = r in units of each feature's own spread, R the
 * correlation.
 *
 * Cost: ⅔ features³ once, then outputs × 2 features² a penalty.
 * Source: Hoerl and Kennard, "Ridge regression: biased estimation for nonorthogonal problems",
 * Technometrics 12(1), 1970.
 */
export function primalPath(regression: Regression): RidgePath {
  const { features, outputs, cross, spreads } = regression;
  const reduced = tridiagonalOf(regression.correlation, features);
  const turned = Array.from({ length: outputs }, (_, k) => towards(reduced, cross.subarray(k * features, (k + 1) * features)));
  return {
    spreads,
    at(penalty) {
      const standardised = new Float64Array(outputs * features);
      for (const [k, side] of turned.entries()) standardised.set(solveShifted(reduced, penalty, side), k * features);
      return modelFrom(regression, standardised);
    },
  };
}

/**
 * The squared errors of items by a model that never saw them, summed over items and outputs, in closed
 * form: each error over (1 - leverage).
 *
 * Input: `items`, some of those that `regression` was made of, with the number of its class as target
 * where there are several outputs; `model`, the ridge of `penalty`. Spreads stay those of all items.
 * Cost: features³ / 2, and features² / 2 an item.
 * Source: Allen, "The relationship between variable selection and data augmentation and a method for
 * prediction", Technometrics 16(1), 1974 (PRESS).
 */
export function leaveOneOut({ features, count, outputs, mean, spreads, correlation }: Regression, model: LinearModel, penalty: number, items: Pick<Examples, "features" | "targets">): number {
  const system = correlation.slice();
  for (let i = 0; i < features; i++) system[i * features + i] += penalty;
  const factor = cholesky(system, features);
  if (factor === null) return Infinity;
  const whitening = invertLower(factor, features);
  const predicted = linearOf(model, items.features);
  const item = new Float64Array(features);
  let error = 0;
  for (let row = 0; row < items.features.rows; row++) {
    for (let j = 0; j < features; j++) {
      const value = items.features.values[row * features + j];
      item[j] = spreads[j] > 0 ? ((Number.isNaN(value) ? 0 : value) - mean[j]) / spreads[j] : 0;
    }
    const kept = 1 - (1 + squaredLength(whitening, features, item)) / count;
    error += squaredRow(predicted, items.targets[row], row, outputs) / Math.max(kept, 1e-9) ** 2;
  }
  return error;
}

/** The squared error of one item over its outputs; of several, the one that its target numbers should be 1. */
export function squaredRow(predicted: Float64Array, target: number, row: number, outputs: number): number {
  if (outputs === 1) return (target - predicted[row]) ** 2;
  let error = 0;
  for (let k = 0; k < outputs; k++) error += ((k === target ? 1 : 0) - predicted[row * outputs + k]) ** 2;
  return error;
}
