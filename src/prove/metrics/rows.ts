import { unknownRow } from "../../learn/alarms.ts";
import type { RowCounts } from "../../schema/judgement.ts";

/**
 * Rows counted by truth and alarm.
 *
 * Input:   `alarms` and `truth`, one code a row (0, 1, or 2 for unknown), oldest first; `from`, the
 *          first row that is judged. A row unknown in either is counted as unknown, and nowhere else.
 * Throws:  RangeError for unequal lengths.
 */
export function rowCounts(alarms: Uint8Array, truth: Uint8Array, from = 0): RowCounts {
  if (alarms.length !== truth.length) {
    throw new RangeError(`Cannot count ${alarms.length} rows of alarms against ${truth.length} of truth: equal lengths are needed`);
  }
  const cells = [0, 0, 0, 0]; // truth × alarm
  let unknown = 0;
  for (let row = from; row < truth.length; row++) {
    if (alarms[row] >= unknownRow || truth[row] >= unknownRow) unknown++;
    else cells[2 * truth[row] + alarms[row]]++;
  }
  const [trueNegative, falsePositive, falseNegative, truePositive] = cells;
  return { truePositive, falsePositive, falseNegative, trueNegative, unknown };
}

export const noRows: RowCounts = Object.freeze({ truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0, unknown: 0 });

/** Counts of two sets of rows as of one. */
export function addCounts(a: RowCounts, b: RowCounts): RowCounts {
  return {
    truePositive: a.truePositive + b.truePositive,
    falsePositive: a.falsePositive + b.falsePositive,
    falseNegative: a.falseNegative + b.falseNegative,
    trueNegative: a.trueNegative + b.trueNegative,
    unknown: a.unknown + b.unknown,
  };
}

/** Harmonic mean of precision and recall over rows, 0 to 1; `NaN` without any fault or alarm row. */
export function f1({ truePositive, falsePositive, falseNegative }: RowCounts): number {
  return (2 * truePositive) / (2 * truePositive + falsePositive + falseNegative);
}

/** False alarm rate: share of the normal rows in alarm, 0 to 1; `NaN` without a normal row. */
export function falseAlarmRate({ falsePositive, trueNegative }: RowCounts): number {
  return falsePositive / (falsePositive + trueNegative);
}

/** Missed alarm rate: share of the fault rows without alarm, 0 to 1; `NaN` without a fault row. */
export function missedAlarmRate({ truePositive, falseNegative }: RowCounts): number {
  return falseNegative / (truePositive + falseNegative);
}
