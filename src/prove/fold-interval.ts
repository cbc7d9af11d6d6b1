import { studentQuantile } from "./bootstrap.ts";

/**
 * Interval of a mean error, or share, that was held out fold by fold: the corrected resampled t.
 *
 * Each fold is judged by what the others taught, so any two of these models share most of what taught
 * them and their figures err together. The plain t over folds takes them for independent and is too
 * narrow, and no estimate of that variance is without bias. The correction adds the ratio of rows judged
 * to rows taught, 1 / (folds - 1), to the 1 / folds of the plain t.
 *
 * Input:    `values` is the mean over the rows of a fold, `rows` how many of them it was judged by; folds
 *           without a row are left out. `folds` is how many the rows were parted into, of which the first
 *           may be all that were judged.
 * Returns:  the mean over all rows and the ends, not cut to where they can lie; `NaN` ends with fewer than two folds.
 * Assumes:  folds are alike: a machine that wears, or a block that is unlike all others, makes folds
 *           differ more than chance would, and the interval wider. That errors of two folds correlate as
 *           the ratio says is a rule of thumb, shown by simulation and not proven. Equal figures in all
 *           folds give an empty interval.
 * Source:   Nadeau and Bengio, "Inference for the generalization error", Machine Learning 52, 2003; that there
 *           is no unbiased estimate: Bengio and Grandvalet, "No unbiased estimator of the variance of
 *           k-fold cross-validation", JMLR 5, 2004. Departs from it: folds of unequal size weigh by their rows,
 *           as they do in the figure.
 */
export function foldInterval(values: ArrayLike<number>, rows: ArrayLike<number>, folds: number, level = 0.95): { mean: number; low: number; high: number } {
  const judged = Array.from(rows, (count, fold) => ({ count, value: values[fold] })).filter(({ count }) => count > 0);
  const all = judged.reduce((sum, { count }) => sum + count, 0);
  const mean = judged.reduce((sum, { count, value }) => sum + count * value, 0) / all;
  if (judged.length < 2) return { mean, low: NaN, high: NaN };
  const usual = all / judged.length;
  const variance = judged.reduce((sum, { count, value }) => sum + ((count / usual) * (value - mean)) ** 2, 0) / (judged.length - 1);
  const half = studentQuantile((1 + level) / 2, judged.length - 1) * Math.sqrt((1 / judged.length + 1 / (folds - 1)) * variance);
  return { mean, low: mean - half, high: mean + half };
}
