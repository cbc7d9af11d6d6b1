/** Answers to a question about a number, and what was so. */
export interface JudgedNumbers {
  /** One a decision; a decision with `NaN` in `predicted` or `truth` is unknown and not judged. */
  readonly predicted: Float64Array;
  readonly truth: Float64Array;
  /** `null` where the model gives no intervals; `NaN` where it gave none for a decision. */
  readonly low: Float64Array | null;
  readonly high: Float64Array | null;
}

/**
 * What decisions add up to, in this order, in the target's unit: the decisions; of predicted − true
 * the sum, the squares and the sizes; of true − centre the sum and the squares; the squares of true −
 * the mean of the training rows; decisions with an interval, those whose truth lies in it, and widths.
 */
export const numberSums = { rows: 0, error: 1, squaredError: 2, absoluteError: 3, truth: 4, squaredTruth: 5, squaredChance: 6, intervals: 7, covered: 8, widths: 9 } as const;
export const numberSumCount = 10;

/** Figures of numbers, in the target's unit unless another is said; `NaN` without decisions. */
export interface NumberFigures {
  readonly rows: number;
  readonly rmse: number;
  readonly mae: number;
  /** 1 − squared error / squared distance from the mean of the TRAINING rows: what is gained over knowing that mean. 1 is best. */
  readonly r2: number;
  /** The same against the mean of the judged rows, which nobody knew: the textbook's R². 1 is best; `NaN` when they are all equal. */
  readonly r2OfJudged: number;
  /** Mean of predicted − true. */
  readonly bias: number;
  /** Share of the truths that lie in their interval, 0 to 1, and mean width; `NaN` without intervals. */
  readonly coverage: number;
  readonly width: number;
}

/** Whether a decision can be judged. */
export const isJudged = ({ predicted, truth }: JudgedNumbers, at: number): boolean => !Number.isNaN(predicted[at]) && !Number.isNaN(truth[at]);

/** Adds a decision to sums that begin at `place`. `centre` is near the truths, their mean, so that squares keep their digits. */
export function addNumber(sums: Float64Array, place: number, judged: JudgedNumbers, at: number, { trainMean, centre }: { readonly trainMean: number; readonly centre: number }): void {
  const truth = judged.truth[at];
  const error = judged.predicted[at] - truth;
  sums[place]++;
  sums[place + numberSums.error] += error;
  sums[place + numberSums.squaredError] += error * error;
  sums[place + numberSums.absoluteError] += Math.abs(error);
  sums[place + numberSums.truth] += truth - centre;
  sums[place + numberSums.squaredTruth] += (truth - centre) ** 2;
  sums[place + numberSums.squaredChance] += (truth - trainMean) ** 2;
  const [low, high] = [judged.low?.[at] ?? NaN, judged.high?.[at] ?? NaN];
  if (Number.isNaN(low) || Number.isNaN(high)) return;
  sums[place + numberSums.intervals]++;
  if (truth >= low && truth <= high) sums[place + numberSums.covered]++;
  sums[place + numberSums.widths] += high - low;
}

/**
 * Figures of all decisions. Those of always answering the training mean, or the last known value, are
 * the figures of such answers.
 *
 * Cost:    O(decisions).
 * Throws:  RangeError for unequal lengths.
 */
export function judgeNumbers(judged: JudgedNumbers, trainMean: number): NumberFigures {
  requireEqualLengths(judged);
  const centre = meanTruth(judged);
  const sums = new Float64Array(numberSumCount);
  for (let at = 0; at < judged.truth.length; at++) if (isJudged(judged, at)) addNumber(sums, 0, judged, at, { trainMean, centre });
  return numberFigures(sums);
}

export function requireEqualLengths({ predicted, truth, low, high }: JudgedNumbers): void {
  for (const answers of [predicted, low, high]) if (answers !== null && answers.length !== truth.length) throw new RangeError(`Cannot judge numbers: ${answers.length} answers, ${truth.length} truths`);
}

/** Mean truth of the decisions that are judged; `NaN` for none. */
export function meanTruth(judged: JudgedNumbers): number {
  const known = judged.truth.filter((_, at) => isJudged(judged, at));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Every figure from its sums. */
export function numberFigures(sums: Float64Array): NumberFigures {
  const of = (name: keyof typeof numberSums): number => sums[numberSums[name]];
  const rows = of("rows");
  const spread = of("squaredTruth") - of("truth") ** 2 / rows;
  return {
    rows,
    rmse: Math.sqrt(of("squaredError") / rows),
    mae: of("absoluteError") / rows,
    r2: share(of("squaredError"), of("squaredChance")),
    // Truths that are all equal have no spread, whatever rounding leaves of it.
    r2OfJudged: share(of("squaredError"), spread > 1e-14 * of("squaredTruth") ? spread : 0),
    bias: of("error") / rows,
    coverage: of("covered") / of("intervals"),
    width: of("widths") / of("intervals"),
  };
}

const share = (loss: number, of: number): number => (of > 0 ? 1 - loss / of : NaN);
