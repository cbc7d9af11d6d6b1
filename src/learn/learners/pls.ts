import { linearHead, type LinearModel } from "../heads/linear.ts";
import { heldOutOf, itemsIn } from "../held-out.ts";
import type { Learner, Param } from "../learner.ts";
import { modelFrom, regressionOf, squaredErrorOf, type Regression } from "../regression.ts";
import { classesOf } from "../target-sum.ts";

/** Directions that are tried: by then partial least squares is all but least squares. */
const mostComponents = 30;
/** Directions while nothing can be held out. */
const firstComponents = 3;

const params = {
  components: { default: 0, min: 0, max: mostComponents, help: "Directions of the features that are used; 0 chooses how many by held-out blocks." },
} satisfies Record<string, Param>;

/**
 * Partial least squares: a number from the few directions of the features that go with it.
 *
 * From the sums alone; features are in units of their own spread. As many directions as predict
 * held-out groups of blocks best, whose error follows from their moments. Made for many features that
 * move together and few items.
 * Assumes that an unknown feature is as usual; extrapolates without end.
 * Cost: directions × 2 features² for each group and for the whole, and features² / 2 for each judged.
 * Source: de Jong, "SIMPLS: an alternative approach to partial least squares regression",
 * Chemometrics and Intelligent Laboratory Systems 18, 1993, for one target, from cross products.
 */
export const pls: Learner<keyof typeof params> = {
  name: "pls",
  version: 1,
  kinds: ["estimate", "remaining-life"],
  summary: "A number from the few directions of the features that go with it",
  params,

  canLearn: (total) => (itemsIn(total) === 0 ? "no item with a target has been seen" : classesOf(total).length > 0 ? "its target is a class" : null),

  learn(taught, given) {
    const whole = regressionOf(taught.total, []);
    const models = plsModels(whole, mostComponents);
    const held = heldOutOf(taught).map(({ group, rest }) => ({ items: regressionOf(group, []), models: plsModels(regressionOf(rest, []), mostComponents) }));
    const loss = (count: number) => held.reduce((sum, one) => sum + squaredErrorOf(one.items, modelOf(one.models, count)), 0);
    const wanted = given.components > 0 ? Math.round(given.components) : held.length > 0 ? bestCount(models.length - 1, loss) : firstComponents;
    return Promise.resolve(linearHead(modelOf(models, wanted), null, whole.spreads));
  },
};

/** The model of so many directions, or of all that there are. */
const modelOf = (models: readonly LinearModel[], count: number): LinearModel => models[Math.min(count, models.length - 1)];

/** The count of least loss, from none on; of equal ones the smallest. */
function bestCount(most: number, loss: (count: number) => number): number {
  let [best, least] = [0, Infinity];
  for (let count = 0; count <= most; count++) {
    const seen = loss(count);
    if (seen < least) [best, least] = [count, seen];
  }
  return best;
}

/** A direction whose covariance with the target is below this share of the first one's says nothing more. */
const leastCovariance = 1e-9;

/**
 * The models of 0, 1, 2 … directions, as many as there are, at most `most`.
 *
 * Each direction is what remains of the covariance with the target once the loadings of those before
 * it are taken out.
 */
export function plsModels(regression: Regression, most: number): LinearModel[] {
  const { features, correlation, cross } = regression;
  const standardised = new Float64Array(features);
  const models = [modelFrom(regression, standardised)];
  const basis: Float64Array[] = []; // loadings, orthonormal
  const remaining = Float64Array.from(cross);
  const first = Math.sqrt(dot(remaining, remaining));
  while (basis.length < most && Math.sqrt(dot(remaining, remaining)) > leastCovariance * first) {
    const direction = Float64Array.from(remaining);
    const loading = times(correlation, direction);
    const variance = dot(direction, loading);
    if (!(variance > 0)) break;
    const share = dot(direction, cross) / variance;
    for (let j = 0; j < features; j++) standardised[j] += share * direction[j];
    models.push(modelFrom(regression, standardised));
    for (const known of [...basis, ...basis]) takeOut(loading, known); // twice, or rounding would tilt it
    const length = Math.sqrt(dot(loading, loading));
    if (!(length > 0)) break;
    basis.push(loading.map((value) => value / length));
    for (const known of basis) takeOut(remaining, known);
  }
  return models;
}

function takeOut(x: Float64Array, unit: Float64Array): void {
  const along = dot(x, unit);
  for (let j = 0; j < x.length; j++) x[j] -= along * unit[j];
}

function times(matrix: Float64Array, x: Float64Array): Float64Array {
  const n = x.length;
  return Float64Array.from({ length: n }, (_, i) => dot(matrix.subarray(i * n, (i + 1) * n), x));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
