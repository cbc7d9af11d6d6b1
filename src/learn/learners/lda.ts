import { linearHead, linearOf, type LinearModel } from "../heads/linear.ts";
import { heldOutOf, itemsIn, someItemsOf } from "../held-out.ts";
import type { Learner, Param } from "../learner.ts";
import { diagonalOf, mergeMoments, type Moments } from "../moments.ts";
import { spreadsOf } from "../regression.ts";
import { sharpnessOf, type JudgedSums } from "../sharpness.ts";
import { classesOf, type TargetSum } from "../target-sum.ts";
import { solveShifted, towards, tridiagonalOf } from "../tridiagonal.ts";

const params = {
  shrinkage: { default: 0, min: 0, max: 0.999, help: "Share of the diagonal in the covariance within classes; 0 chooses it by held-out blocks." },
  evenness: { default: 0, min: 0, max: 1, help: "0 expects classes as often as they were seen, 1 all equally often." },
} satisfies Record<string, Param>;
type Params = Readonly<Record<keyof typeof params, number>>;

const shrinkages = [0.95, 0.8, 0.6, 0.4, 0.2, 0.1, 0.03, 0.01, 0.001];
/** Held-out items by which shrinkage and probabilities are chosen, a group. */
const mostJudged = 400;
/** Share of a feature's variance over all items that it has within each class at least, however still it stood there. */
const leastWithin = 1e-3;

/**
 * Linear discriminant analysis: which class's mean is nearest, by the covariance within classes.
 *
 * From the moments of the classes alone. The covariance is shrunk to its diagonal by the share that
 * makes the log loss of held-out groups of blocks least, and how sharply probabilities follow from
 * distances is chosen with it. A class of one item is known by its mean alone.
 * Assumes that classes differ by their means and spread alike.
 * Cost: ⅔ features³ for each group and for the whole; for each of 9 shrinkages classes × 2 features²
 * and the judging of some 400 items a group, or 20 a class.
 * Source: Fisher, "The use of multiple measurements in taxonomic problems", 1936; shrunk as in
 * Friedman, "Regularized discriminant analysis", JASA 84, 1989, with the diagonal in place of the
 * sphere and a choice by held-out blocks.
 */
export const lda: Learner<keyof typeof params> = {
  name: "lda",
  version: 1,
  kinds: ["classify"],
  summary: "The nearest mean of a class, by the covariance within classes",
  params,

  canLearn: (total) => (itemsIn(total) === 0 ? "no item with a target has been seen" : classesOf(total).length === 0 ? "its target is a number" : null),

  learn(taught, given) {
    const held = heldOutOf(taught).map(({ group, rest }) => ({ group, classes: classesOf(rest), path: discriminantPath(rest, given.evenness) }));
    const judged = (shrinkage: number) =>
      sharpnessOf(
        held.map(({ group, classes, path }): JudgedSums => {
          const { features, truth, weights } = someItemsOf(group, classes, mostJudged);
          return { sums: linearOf(path.at(shrinkage), features), offsets: path.logPriors, truth, weights };
        }),
      );
    const shrinkage = given.shrinkage > 0 ? given.shrinkage : shrinkageBy((one) => judged(one)?.loss ?? null, taught.total);
    const path = discriminantPath(taught.total, given.evenness);
    return Promise.resolve(linearHead(sharpened(path.at(shrinkage), judged(shrinkage)?.sharpness ?? 1, path.logPriors), 1, path.spreads));
  },
};

/** The shrinkage of least loss, of equal ones the largest; while nothing can be held out, a share that falls with the items. */
function shrinkageBy(loss: (shrinkage: number) => number | null, total: TargetSum): number {
  let [best, least] = [total.features / (total.features + itemsIn(total)), Infinity];
  for (const shrinkage of shrinkages) {
    const seen = loss(shrinkage);
    if (seen !== null && seen < least) [best, least] = [shrinkage, seen];
  }
  return Math.min(Math.max(best, shrinkages.at(-1) ?? 0), shrinkages[0]);
}

function sharpened({ weights, biases }: LinearModel, sharpness: number, logPriors: Float64Array): LinearModel {
  return { weights: weights.map((weight) => sharpness * weight), biases: biases.map((bias, k) => sharpness * bias + logPriors[k]) };
}

interface DiscriminantPath {
  readonly logPriors: Float64Array; // classes
  /** Each feature's spread over all items. */
  readonly spreads: Float64Array;
  /** Half the squared distance by which each class is nearer than the mean of all, as a linear model, without priors. */
  at(shrinkage: number): LinearModel;
}

/** Discriminants of a sum's classes for any shrinkage. Cost: ⅔ features³ once, classes × 2 features² a shrinkage. */
function discriminantPath(sum: TargetSum, evenness: Params["evenness"]): DiscriminantPath {
  const { features } = sum;
  const lessons = classesOf(sum).flatMap((name) => sum.lessons.get(name)?.moments ?? []);
  const pooled = lessons.reduce(mergeMoments);
  const within = withinOf(lessons, pooled, features);
  const reduced = tridiagonalOf(within.correlation, features);
  const away = lessons.map(({ mean }) => within.spreads.map((spread, j) => (spread > 0 ? (mean[j] - pooled.mean[j]) / spread : 0)));
  const turned = away.map((mean) => towards(reduced, mean));
  return {
    logPriors: logPriorsOf(lessons, evenness),
    spreads: spreadsOf(pooled, features),
    at(shrinkage) {
      const [weights, biases] = [new Float64Array(lessons.length * features), new Float64Array(lessons.length)];
      for (const [k, side] of turned.entries()) {
        const solved = solveShifted(reduced, shrinkage / (1 - shrinkage), side);
        for (let j = 0; j < features; j++) {
          const weight = within.spreads[j] > 0 ? solved[j] / (1 - shrinkage) : 0;
          weights[k * features + j] = within.spreads[j] > 0 ? weight / within.spreads[j] : 0;
          biases[k] -= (weight * away[k][j]) / 2 + weights[k * features + j] * pooled.mean[j];
        }
      }
      return { weights, biases };
    },
  };
}

function logPriorsOf(lessons: readonly Moments[], evenness: number): Float64Array {
  const shares = lessons.map(({ count }) => count ** (1 - evenness));
  const all = shares.reduce((sum, share) => sum + share, 0);
  return Float64Array.from(shares, (share) => Math.log(share / all));
}

/** Spreads within classes, 0 for a feature that never moves at all, and the correlation within classes in units of them. */
function withinOf(lessons: readonly Moments[], pooled: Moments, features: number): { spreads: Float64Array; correlation: Float64Array } {
  const columns = pooled.mean.length;
  const scatter = new Float64Array(pooled.scatter.length);
  for (const { scatter: own } of lessons) for (let at = 0; at < scatter.length; at++) scatter[at] += own[at];
  const own = diagonalOf({ ...pooled, scatter });
  const all = spreadsOf(pooled, features);
  const spreads = all.map((spread, j) => (spread > 0 ? Math.sqrt(own[j] / pooled.count + leastWithin * spread ** 2) : 0));
  const correlation = new Float64Array(features * features);
  for (let i = 0; i < features; i++) {
    const start = i * columns - (i * (i - 1)) / 2 - i;
    for (let j = i; j < features; j++) {
      const scale = pooled.count * spreads[i] * spreads[j];
      correlation[i * features + j] = correlation[j * features + i] = scale > 0 ? scatter[start + j] / scale : 0;
    }
  }
  return { spreads, correlation };
}
