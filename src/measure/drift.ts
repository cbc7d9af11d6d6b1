/** Losses that count as recent, and how many earlier ones are needed to compare with. */
const recent = 5;
const fewestEarlier = 5;
/** Below this, differences of losses are rounding. */
const unvaried = 1e-9;

/**
 * Loss drift: how far the mean loss of the last five blocks lies above that of the blocks before, in standard errors of a
 * normal distribution: 3 is reached by chance in one or two looks of a thousand, however few the blocks and skewed the losses,
 * where blocks are unrelated; where neighbours are alike, several times as often (docs/proof.md has the rates).
 *
 * A test of one look: each look has that chance anew. It asks for a turn, which decides nothing by itself.
 * Input: losses of the model in force by block, oldest first, 0 to 1.
 * Returns: `null` with fewer than ten blocks: too few to say. Losses that never varied give 0, or Infinity when they have risen.
 * Source: the less certain of Student's ("The probable error of a mean", Biometrika 6, 1908) and Welch's ("The
 * generalization of Student's problem", Biometrika 34, 1947), to the normal scale by Wallace, "Bounds on normal approximations
 * to Student's and the chi-square distributions", Annals of Mathematical Statistics 30, 1959.
 */
export function lossDrift(losses: readonly number[]): number | null {
  if (losses.length < recent + fewestEarlier) return null;
  const [earlier, late] = [losses.slice(0, -recent), losses.slice(-recent)].map(momentsOf);
  const rise = late.mean - earlier.mean;
  const [ofEarlier, ofLate] = [earlier.variance / earlier.count, late.variance / late.count];
  if (Math.sqrt(ofEarlier + ofLate) < unvaried) return rise > unvaried ? Infinity : 0;
  const own = normalOf(rise / Math.sqrt(ofEarlier + ofLate), (ofEarlier + ofLate) ** 2 / (ofEarlier ** 2 / (earlier.count - 1) + ofLate ** 2 / (late.count - 1)));
  const pooled = pooledRise(losses);
  // Five even losses make the one look certain, rare large losses the other; both at once are rarer than either says.
  return Math.abs(own) < Math.abs(pooled) ? own : pooled;
}

/** How far the mean of the last five values lies above that of those before, as a normal quantile, both taken to vary alike. */
export function pooledRise(values: readonly number[]): number {
  const [earlier, late] = [values.slice(0, -recent), values.slice(-recent)].map(momentsOf);
  const freedom = earlier.count + late.count - 2;
  const variance = ((earlier.count - 1) * earlier.variance + (late.count - 1) * late.variance) / freedom;
  const rise = late.mean - earlier.mean;
  if (Math.sqrt(variance) < unvaried) return Math.abs(rise) > unvaried ? Math.sign(rise) * Infinity : 0;
  return normalOf(rise / Math.sqrt(variance * (1 / earlier.count + 1 / late.count)), freedom);
}

/** The normal quantile that chance exceeds as often as Student's t does this; within a few thousandths. */
const normalOf = (t: number, freedom: number): number => Math.sign(t) * ((8 * freedom + 1) / (8 * freedom + 3)) * Math.sqrt(freedom * Math.log1p(t ** 2 / freedom));

function momentsOf(values: readonly number[]): { count: number; mean: number; variance: number } {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  return { count, mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1) };
}
