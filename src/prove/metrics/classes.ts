/** The answer "none of these", and the truth of a class that was never taught. */
export const noneOfThese = -1;
/** A truth or an answer that nobody knows: such a decision is counted apart and judged by no figure. */
export const unknownClass = -2;

/** Decisions by truth and answer. */
export interface ClassCounts {
  /** Classes that were taught. */
  readonly classes: number;
  /** Truth × answer, row-major, (classes + 1)²; the last of each is "none of these". May be fractions: those of chance are. */
  readonly counts: Float64Array;
  readonly unknown: number;
}

/** How one class fared. `NaN` where the share is of nothing. */
export interface ClassScore {
  /** Decisions whose truth is this class. */
  readonly rows: number;
  /** Share of the answers "this class" that are right, 0 to 1. */
  readonly precision: number;
  /** Share of the class's decisions that were answered right, 0 to 1. */
  readonly recall: number;
  /** 2 hits / (answers + decisions of the class), 0 to 1: of the one that has either, 0 without a hit. */
  readonly f1: number;
}

/** Figures of a whole, all 0 to 1; `NaN` without decisions. */
export interface ClassFigures {
  readonly rows: number;
  readonly accuracy: number;
  /** Mean recall of the classes that occur in the truth. */
  readonly balancedAccuracy: number;
  /** Mean F1 of the classes that occur in truth or answers; "none of these" only where it occurs in the truth. */
  readonly macroF1: number;
  /** Least recall of the classes that occur in the truth. */
  readonly worstRecall: number;
  /** Share of the decisions answered "none of these". */
  readonly rejected: number;
  /** One a taught class, then "none of these". */
  readonly perClass: readonly ClassScore[];
}

/**
 * Counts decisions by truth and answer.
 *
 * Input:   places of classes from 0, `noneOfThese` or `unknownClass`; a truth of `noneOfThese` is a class
 *          that was never taught, which only "none of these" answers right.
 * Throws:  RangeError for unequal lengths, or a code that is none of these.
 */
export function classCounts(answers: Int32Array, truth: Int32Array, classes: number): ClassCounts {
  if (answers.length !== truth.length) throw new RangeError(`Cannot count classes: ${answers.length} answers, ${truth.length} truths`);
  const counts = new Float64Array((classes + 1) ** 2);
  let unknown = 0;
  for (let at = 0; at < truth.length; at++) {
    if (answers[at] === unknownClass || truth[at] === unknownClass) unknown++;
    else counts[placeOf(truth[at], classes) * (classes + 1) + placeOf(answers[at], classes)]++;
  }
  return { classes, counts, unknown };
}

/** Where a class stands in a row or column of counts. */
export function placeOf(code: number, classes: number): number {
  if (!(code >= noneOfThese && code < classes)) throw new RangeError(`Cannot count class ${code}: there are ${classes}`);
  return code === noneOfThese ? classes : code;
}

/** Every figure of a whole from its counts. Cost: O(classes²). */
export function classFigures({ classes, counts }: Pick<ClassCounts, "classes" | "counts">): ClassFigures {
  const width = classes + 1;
  const [truths, answers] = [new Float64Array(width), new Float64Array(width)];
  let hits = 0;
  for (let row = 0; row < width; row++) {
    hits += counts[row * width + row];
    for (let column = 0; column < width; column++) {
      truths[row] += counts[row * width + column];
      answers[column] += counts[row * width + column];
    }
  }
  const perClass = Array.from(truths, (rows, at) => classScore(counts[at * width + at], rows, answers[at]));
  const rows = truths.reduce((sum, count) => sum + count, 0);
  const occurring = perClass.filter((_, at) => truths[at] > 0);
  const scored = perClass.filter((_, at) => truths[at] > 0 || (answers[at] > 0 && at < classes));
  return {
    rows,
    accuracy: hits / rows,
    balancedAccuracy: mean(occurring.map(({ recall }) => recall)),
    macroF1: mean(scored.map(({ f1 }) => f1)),
    worstRecall: occurring.length === 0 ? NaN : Math.min(...occurring.map(({ recall }) => recall)),
    rejected: answers[classes] / rows,
    perClass,
  };
}

const classScore = (hits: number, rows: number, answers: number): ClassScore => ({ rows, precision: hits / answers, recall: hits / rows, f1: (2 * hits) / (rows + answers) });

/** Counts as they would be expected of those who know nothing but how often each class was taught. */
export interface ChanceCounts {
  /** Always the class that was taught most often. */
  readonly mostFrequent: ClassCounts;
  /** A class at random, each as often as it was taught. */
  readonly byPrior: ClassCounts;
}

/**
 * What knowing nothing gets on the same truths, as counts of which every figure can be taken.
 *
 * Input:   `taught` is how many training rows each class has.
 * Throws:  RangeError unless there is one a class and some are above 0.
 */
export function chanceCounts({ classes, counts, unknown }: ClassCounts, taught: ArrayLike<number>): ChanceCounts {
  const shares = priorOf(taught, classes);
  const most = shares.indexOf(shares.reduce((so, share) => Math.max(so, share), 0));
  const width = classes + 1;
  const strewn = (answer: (at: number) => number): ClassCounts => {
    const chance = new Float64Array(width * width);
    for (let row = 0; row < width; row++) {
      const rows = counts.subarray(row * width, row * width + width).reduce((sum, count) => sum + count, 0);
      for (let column = 0; column < classes; column++) chance[row * width + column] = rows * answer(column);
    }
    return { classes, counts: chance, unknown };
  };
  return { mostFrequent: strewn((at) => (at === most ? 1 : 0)), byPrior: strewn((at) => shares[at]) };
}

/** Share of the training rows that each class has. */
export function priorOf(taught: ArrayLike<number>, classes: number): Float64Array {
  const rows = Array.from(taught).reduce((sum, count) => sum + count, 0);
  if (taught.length !== classes || !(rows > 0)) throw new RangeError(`Cannot tell chance among ${classes} classes: ${rows} rows of ${taught.length} classes were taught`);
  return Float64Array.from(taught, (count) => count / rows);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
