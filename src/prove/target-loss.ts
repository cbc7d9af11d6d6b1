import type { Cost } from "../schema/cost.ts";
import type { ClassRows, Sureness } from "../schema/judgement.ts";

/** Answers and truth of one block, one a row; NaN where either is unknown. A class is its number; -1 says "none of these". */
export interface JudgedTarget {
  readonly said: ArrayLike<number>;
  readonly truth: ArrayLike<number>;
}

/** What a block came to: a loss from 0 to 1, rows that were judged, and of classes how many of each were told. */
export interface TargetLoss {
  readonly loss: number;
  readonly rows: number;
  readonly classes?: ClassRows[];
}

/** What a model claims of its answers, one a row: the chance of being right, of a number the bounds that hold it with that chance. */
export interface Claims {
  readonly chance: ArrayLike<number>;
  readonly bounds: { readonly low: ArrayLike<number>; readonly high: ArrayLike<number> } | null;
}

/**
 * The mean error of a block's rows as a share of the worst: an error of `worst` or more is a loss of 1.
 *
 * The scale hangs on the wheel, not on the model. Rows without an answer are left out: an input was
 * missing there, for every model alike.
 * Returns: `null` when no row can be judged.
 */
export function numberLoss({ said, truth }: JudgedTarget, worst: number): TargetLoss | null {
  return meanOver(truth.length, (row) => Math.min(1, Math.abs(said[row] - truth[row]) / worst));
}

/**
 * The mean cost of a block's answers as a share of the dearest: that of a wrong class. "None of these"
 * costs what the wheel says, also where it is right that no known class is it.
 */
export function classLoss({ said, truth }: JudgedTarget, { wrongClass, noneOfThese }: Cost): TargetLoss | null {
  const [wrong, none] = [wrongClass ?? usual.wrongClass, noneOfThese ?? usual.noneOfThese];
  const dearest = Math.max(wrong, none);
  const found = meanOver(truth.length, (row) => {
    const cost = said[row] === truth[row] ? 0 : said[row] === -1 ? none : wrong;
    return Number.isNaN(said[row]) || Number.isNaN(truth[row]) ? NaN : cost / dearest;
  });
  return found && { ...found, classes: classRows({ said, truth }) };
}

function classRows({ said, truth }: JudgedTarget): ClassRows[] {
  const judged = Array.from({ length: truth.length }, (_, row) => row).filter((row) => !Number.isNaN(said[row]) && truth[row] >= 0);
  return [...Map.groupBy(judged, (row) => truth[row])].map(([code, rows]) => ({ code, rows: rows.length, right: rows.filter((row) => said[row] === code).length }));
}

/** How often answers were right, beside how often they said they would be; `null` where none said so. "None of these" makes no claim. */
export function surenessOf({ said, truth }: JudgedTarget, { chance, bounds }: Claims): Sureness | null {
  let [answers, claimed, right] = [0, 0, 0];
  for (let row = 0; row < truth.length; row++) {
    const known = bounds === null ? said[row] >= 0 && truth[row] >= 0 : bounds.low[row] <= bounds.high[row] && !Number.isNaN(truth[row]);
    if (!known || !(chance[row] >= 0)) continue;
    answers++;
    claimed += chance[row];
    right += Number(bounds === null ? said[row] === truth[row] : truth[row] >= bounds.low[row] && truth[row] <= bounds.high[row]);
  }
  return answers === 0 ? null : { answers, claimed, right };
}

const usual = { wrongClass: 10, noneOfThese: 5 };

function meanOver(count: number, lossOf: (row: number) => number): TargetLoss | null {
  let [sum, rows] = [0, 0];
  for (let row = 0; row < count; row++) {
    const loss = lossOf(row);
    if (Number.isNaN(loss)) continue;
    sum += loss;
    rows++;
  }
  return rows === 0 ? null : { loss: sum / rows, rows };
}
