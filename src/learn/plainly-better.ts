/** A mean gain must be this large: less is not worth another part in a model. */
const leastGain = 0.05;
/**
 * Standard errors that the gain must lie above nothing, by groups from three on, then for more: Student's t at 95 % on one side. The normal
 * quantile would take every eighth candidate of three groups that gains nothing.
 */
const certainty = [2.92, 2.353, 2.132, 2.015, 1.943, 1.895, 1.86, 1.833, 1.812, 1.796];
const certaintyOfMore = 1.782;
const fewestGroups = 3;

/**
 * Whether gains by held-out group, as shares of what is to be found, are plainly more than nothing: the
 * rule by which every candidate is chosen on blocks that teach. NaN is left out.
 */
export function isPlainlyBetter(gains: readonly number[]): boolean {
  const known = gains.filter((gain) => !Number.isNaN(gain));
  if (known.length < fewestGroups) return false;
  const mean = meanOf(known);
  const error = Math.sqrt(meanOf(known.map((gain) => (gain - mean) ** 2)) / (known.length - 1));
  return mean >= leastGain && mean - (certainty[known.length - fewestGroups] ?? certaintyOfMore) * error > 0;
}

/** Whether gains by group could be plainly more than nothing if all of them came true. NaN is left out. */
export function couldBeBetter(most: readonly number[]): boolean {
  const known = most.filter((gain) => !Number.isNaN(gain));
  return known.length >= fewestGroups && meanOf(known) >= leastGain;
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
