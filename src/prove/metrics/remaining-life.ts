import { isJudged, requireEqualLengths, type JudgedNumbers } from "./numbers.ts";

/**
 * What decisions about a remaining life add up to, in this order: the decisions; of predicted − true
 * the squares, the sizes and the penalties, first with capped and then with raw truth; decisions with
 * an interval, those whose capped truth lies in it, and widths.
 */
export const lifeSums = { rows: 0, squaredCapped: 1, absoluteCapped: 2, penaltyCapped: 3, squaredRaw: 4, absoluteRaw: 5, penaltyRaw: 6, intervals: 7, covered: 8, widths: 9 } as const;
export const lifeSumCount = 10;

/** Figures of a remaining life, in its unit (cycles, hours) where they are not sums or shares; `NaN` without decisions. */
export interface LifeFigures {
  readonly rows: number;
  readonly rmseCapped: number;
  readonly rmseRaw: number;
  /** Sum of penalties over all decisions, 0 upwards; it grows with their number. `NaN` without decisions. */
  readonly scoreCapped: number;
  readonly scoreRaw: number;
  readonly maeCapped: number;
  readonly maeRaw: number;
  /** Share of the capped truths that lie in their interval, 0 to 1, and mean width; `NaN` without intervals. */
  readonly coverage: number;
  readonly width: number;
}

/**
 * Penalty of a wrong remaining life: exp(−d / 13) − 1 for one told too short, exp(d / 10) − 1 for one
 * told too long, where d = predicted − true in cycles. 0 is best; late is worse than early.
 *
 * Source: Saxena, Goebel, Simon and Eklund, "Damage propagation modeling for aircraft engine
 * run-to-failure simulation", PHM 2008, eq. 11.
 */
export const lifePenalty = (error: number): number => Math.expm1(error < 0 ? -error / 13 : error / 10);

/** Adds a decision to sums that begin at `place`. */
export function addLife(sums: Float64Array, place: number, judged: JudgedNumbers, at: number, cap: number): void {
  const capped = Math.min(judged.truth[at], cap);
  sums[place]++;
  for (const [first, error] of [[lifeSums.squaredCapped, judged.predicted[at] - capped], [lifeSums.squaredRaw, judged.predicted[at] - judged.truth[at]]]) {
    sums[place + first] += error * error;
    sums[place + first + 1] += Math.abs(error);
    sums[place + first + 2] += lifePenalty(error);
  }
  const [low, high] = [judged.low?.[at] ?? NaN, judged.high?.[at] ?? NaN];
  if (Number.isNaN(low) || Number.isNaN(high)) return;
  sums[place + lifeSums.intervals]++;
  if (capped >= low && capped <= high) sums[place + lifeSums.covered]++;
  sums[place + lifeSums.widths] += high - low;
}

/**
 * Figures of all decisions, with truth as recorded and capped (a life that is still long looks like
 * any other long one). `cap` is `Infinity` for none. Those of chance are the figures of always
 * answering the mean of the training targets.
 *
 * Cost:    O(decisions).
 * Throws:  RangeError for unequal lengths or a cap that is not above 0.
 */
export function judgeLife(judged: JudgedNumbers, cap: number): LifeFigures {
  requireEqualLengths(judged);
  if (!(cap > 0)) throw new RangeError(`Cannot cap a remaining life at ${cap}: a cap above 0 is needed`);
  const sums = new Float64Array(lifeSumCount);
  for (let at = 0; at < judged.truth.length; at++) if (isJudged(judged, at)) addLife(sums, 0, judged, at, cap);
  return lifeFigures(sums);
}

/** Every figure from its sums. */
export function lifeFigures(sums: Float64Array): LifeFigures {
  const of = (name: keyof typeof lifeSums): number => sums[lifeSums[name]];
  const rows = of("rows");
  return {
    rows,
    rmseCapped: Math.sqrt(of("squaredCapped") / rows),
    rmseRaw: Math.sqrt(of("squaredRaw") / rows),
    scoreCapped: rows > 0 ? of("penaltyCapped") : NaN,
    scoreRaw: rows > 0 ? of("penaltyRaw") : NaN,
    maeCapped: of("absoluteCapped") / rows,
    maeRaw: of("absoluteRaw") / rows,
    coverage: of("covered") / of("intervals"),
    width: of("widths") / of("intervals"),
  };
}
