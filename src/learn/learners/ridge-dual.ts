import type { Features } from "../matrix.ts";
import { cholesky, invertLower } from "../linalg.ts";
import type { Gram } from "../moments.ts";
import { modelFrom } from "../regression.ts";
import type { Examples } from "../target-sum.ts";
import { solveShifted, towards, tridiagonalOf } from "../tridiagonal.ts";
import type { RidgePath } from "./ridge-primal.ts";

/** A ridge path that also knows what each of its items is worth to itself. */
export interface DualPath extends RidgePath {
  /** The squared errors of the items, each by a model that never saw it, summed over items and outputs. */
  leaveOneOut(penalty: number): number;
}

/** Items in units of each feature's own spread, an unknown feature as 0 before that, with centred targets. */
interface DualItems {
  readonly mean: Float64Array; // features
  readonly spreads: Float64Array; // features
  readonly values: Float64Array; // features × rows, so that a gram of it is the kernel
  readonly targetMean: Float64Array; // outputs
  readonly targets: Float64Array; // outputs × rows
}

/**
 * The same ridge regression from the items themselves, by their kernel: for more features than items.
 *
 * Input: items of equal weight; the number of each one's class as target, or with `classes` 0 its value.
 * Cost: rows² × features in `gram`, ⅔ rows³ once; then outputs × rows × (2 rows + features) a penalty,
 * and rows³ / 2 a leave-one-out.
 * Source: Saunders, Gammerman and Vovk, "Ridge regression learning algorithm in dual variables",
 * ICML 1998, with a linear kernel.
 */
export async function dualPath({ features, targets: given }: Pick<Examples, "features" | "targets">, classes: number, gram: Gram): Promise<DualPath> {
  const { rows, columns } = features;
  const outputs = Math.max(classes, 1);
  const { mean, spreads, values, targetMean, targets } = dualItemsOf(features, given, classes);
  const kernel = (await gram(values, columns, rows)).map((value) => value / rows);
  const reduced = tridiagonalOf(kernel, rows);
  const turned = Array.from({ length: outputs }, (_, k) => towards(reduced, targets.subarray(k * rows, (k + 1) * rows)));
  return {
    spreads,
    at(penalty) {
      const standardised = new Float64Array(outputs * columns);
      for (const [k, side] of turned.entries()) standardised.set(weightsBy(values, columns, solveShifted(reduced, penalty, side)), k * columns);
      return modelFrom({ features: columns, outputs, mean, spreads, targetMean }, standardised);
    },
    leaveOneOut(penalty) {
      const own = inverseDiagonal(kernel, rows, penalty);
      let error = 0;
      for (const side of turned) {
        // The residual is λ α, and 1 - leverage is λ (K + λ I)⁻¹ᵢᵢ - 1 / rows: λ remains only beside the last.
        for (const [i, alpha] of solveShifted(reduced, penalty, side).entries()) error += (alpha / Math.max(own[i] - 1 / (rows * penalty), 1e-9 * own[i])) ** 2;
      }
      return error;
    },
  };
}

function dualItemsOf({ rows, columns, values }: Features, given: Float64Array, classes: number): DualItems {
  const outputs = Math.max(classes, 1);
  const [mean, spreads, standardised] = [new Float64Array(columns), new Float64Array(columns), new Float64Array(rows * columns)];
  for (let j = 0; j < columns; j++) {
    const column = standardised.subarray(j * rows, (j + 1) * rows);
    for (let i = 0; i < rows; i++) column[i] = Number.isNaN(values[i * columns + j]) ? 0 : values[i * columns + j];
    mean[j] = centre(column);
    spreads[j] = standardise(column, mean[j]);
  }
  const targets = new Float64Array(outputs * rows);
  for (let i = 0; i < rows; i++) targets[classes === 0 ? i : given[i] * rows + i] = classes === 0 ? given[i] : 1;
  const targetMean = Float64Array.from({ length: outputs }, (_, k) => centre(targets.subarray(k * rows, (k + 1) * rows)));
  return { mean, spreads, values: standardised, targetMean, targets };
}

/** Takes the mean away in place; returns it. */
function centre(column: Float64Array): number {
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  for (let i = 0; i < column.length; i++) column[i] -= mean;
  return mean;
}

/** Divides a centred column by its spread in place, or makes it 0 where it never moves; returns the spread. */
function standardise(column: Float64Array, mean: number): number {
  const variance = column.reduce((sum, value) => sum + value * value, 0) / column.length;
  const spread = variance > 1e-13 * mean ** 2 + 1e-30 ? Math.sqrt(variance) : 0;
  for (let i = 0; i < column.length; i++) column[i] = spread > 0 ? column[i] / spread : 0;
  return spread;
}

/** Zᵀ α / rows. */
function weightsBy(values: Float64Array, features: number, alpha: Float64Array): Float64Array {
  const rows = alpha.length;
  return Float64Array.from({ length: features }, (_, j) => {
    let sum = 0;
    for (let i = 0, at = j * rows; i < rows; i++, at++) sum += values[at] * alpha[i];
    return sum / rows;
  });
}

/** The diagonal of (K + λ I)⁻¹: the squared columns of the inverse of its Cholesky factor. */
function inverseDiagonal(kernel: Float64Array, rows: number, penalty: number): Float64Array {
  const system = kernel.slice();
  for (let i = 0; i < rows; i++) system[i * rows + i] += penalty;
  const factor = cholesky(system, rows);
  const own = new Float64Array(rows);
  if (factor === null) return own.fill(NaN);
  const inverse = invertLower(factor, rows);
  for (let i = 0; i < rows; i++) for (let j = 0; j <= i; j++) own[j] += inverse[i * rows + j] ** 2;
  return own;
}
