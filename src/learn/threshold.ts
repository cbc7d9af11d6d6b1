/** A held-out item's score, its truth, and how many items it stands for. */
export interface Scored {
  readonly score: number;
  readonly fault: boolean;
  readonly weight: number;
}

/** Below this many normal items a quantile says nothing. */
const fewest = 100;

/**
 * The score that a given share of the items exceeds, by weight.
 * Returns: `null` for fewer than 100 items: then any level would be a guess.
 */
export function quantileThreshold(items: readonly Scored[], share: number): number | null {
  if (items.length < fewest) return null;
  const sorted = items.toSorted((a, b) => b.score - a.score);
  const allowed = share * sorted.reduce((sum, { weight }) => sum + weight, 0);
  let above = 0;
  for (const { score, weight } of sorted) {
    above += weight;
    if (above > allowed) return score;
  }
  return sorted.at(-1)?.score ?? null;
}

/**
 * The threshold at which rows found minus `falseCost` times the false ones is largest; of equal ones
 * the highest. Between two scores it lies half-way.
 *
 * Returns: `null` when there are fewer than 100 items or alarming at nothing is best.
 * Cost: items × log items.
 */
export function costThreshold(items: readonly Scored[], falseCost: number): number | null {
  if (items.length < fewest) return null;
  const sorted = items.toSorted((a, b) => b.score - a.score);
  let [gain, best, threshold] = [0, 0, null as number | null];
  for (const [i, { score, fault, weight }] of sorted.entries()) {
    gain += fault ? weight : -falseCost * weight;
    const next = sorted[i + 1]?.score ?? score;
    if (gain > best && next < score) [best, threshold] = [gain, (score + next) / 2];
  }
  return threshold;
}

/** The share of items, by weight, that score 1 or more. */
export function shareFrom(items: readonly Scored[]): number {
  const weightOf = (some: readonly Scored[]) => some.reduce((sum, { weight }) => sum + weight, 0);
  return weightOf(items.filter(({ score }) => score >= 1)) / weightOf(items);
}
