/** Losses that count as recent, and how many earlier ones are needed to compare with. */
const recent = 5;
const fewestEarlier = 5;
/** Below this, differences of losses are rounding. */
const unvaried = 1e-9;

/**
 * Loss drift: by how many standard errors the mean loss of the last five blocks lies above that of
 * the blocks before.
 *
 * Input: losses of the model in force by block, oldest first, 0 to 1.
 * Returns: standard errors; `null` with fewer than ten blocks: too few to say. Losses that never
 * varied give 0, or Infinity when they have risen.
 * Source: Welch, "The generalization of Student's problem", Biometrika 34, 1947, the statistic only.
 */
export function lossDrift(losses: readonly number[]): number | null {
  if (losses.length < recent + fewestEarlier) return null;
  const [earlier, late] = [losses.slice(0, -recent), losses.slice(-recent)].map(momentsOf);
  const rise = late.mean - earlier.mean;
  const error = Math.sqrt(earlier.variance / earlier.count + late.variance / late.count);
  if (error < unvaried) return rise > unvaried ? Infinity : 0;
  return rise / error;
}

function momentsOf(values: readonly number[]): { count: number; mean: number; variance: number } {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  return { count, mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1) };
}
