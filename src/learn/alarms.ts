/** Row codes shared by truth and alarms: 0 normal or quiet, 1 fault or alarm, and this for unknown. */
export const unknownRow = 2;

/** Rows from `start` up to but not including `end`. */
export interface RowSpan {
  readonly start: number;
  readonly end: number;
}

/** When a score raises an alarm and when that alarm clears. */
export interface AlarmRule {
  readonly threshold: number;
  /** Rows at or above the threshold that raise an alarm. */
  readonly on: number;
  /** Rows below `clearBelow` that clear it. */
  readonly off: number;
  /** Hysteresis: an alarm clears only below this, at most the threshold; the threshold unless given. */
  readonly clearBelow?: number;
}

/**
 * Alarm rows of a score: what the line would have shown, row by row.
 *
 * Causal: an alarm stands from the row that completes `on` known rows in a run at or above the
 * threshold, up to the row that completes `off` known rows in a run below. An unknown row (`NaN`)
 * neither counts nor breaks a run: a flickering signal cannot hold an alarm back, and a silent one
 * cannot clear it.
 *
 * `running`, where given, has a code a row; where it is 0 the asset stands still: nothing is judged there
 * and an alarm ends.
 *
 * Returns:  one code a row: 0 quiet, 1 in alarm, 2 unknown. A standing alarm stays 1 through unknown rows.
 * Throws:   RangeError for delays below 1, a `NaN` threshold or a `clearBelow` above it.
 */
export function alarmsOf(scores: Float64Array | Float32Array, rule: AlarmRule, running: Uint8Array | null = null): Uint8Array {
  const { threshold, on, off, clearBelow = threshold } = rule;
  checkRule(threshold, on, off, clearBelow);
  const rows = new Uint8Array(scores.length);
  let alarm = false;
  let run = 0; // known rows in a run that speak for a change of state
  for (let row = 0; row < scores.length; row++) {
    const score = running?.[row] === 0 ? NaN : scores[row];
    if (running?.[row] === 0) [alarm, run] = [false, 0];
    if (!Number.isNaN(score)) {
      const change = alarm ? score < clearBelow : score >= threshold;
      run = change ? run + 1 : 0;
      if (run >= (alarm ? off : on)) {
        alarm = !alarm;
        run = 0;
      }
    }
    rows[row] = alarm ? 1 : Number.isNaN(score) ? unknownRow : 0;
  }
  return rows;
}

function checkRule(threshold: number, on: number, off: number, clearBelow: number): void {
  for (const [name, delay] of [["on", on], ["off", off]] as const) {
    if (!(Number.isInteger(delay) && delay >= 1)) {
      throw new RangeError(`Cannot raise alarms with an ${name}-delay of ${delay} rows: a whole number from 1 is needed`);
    }
  }
  if (!(clearBelow <= threshold)) {
    throw new RangeError(`Cannot clear alarms below ${clearBelow} with a threshold of ${threshold}: at most the threshold is needed`);
  }
}

/** The runs of rows whose code is 1, in order. */
export function intervalsOf(rows: Uint8Array): RowSpan[] {
  const spans: RowSpan[] = [];
  for (let row = 0; row < rows.length; row++) {
    if (rows[row] !== 1) continue;
    const start = row;
    while (row < rows.length && rows[row] === 1) row++;
    spans.push({ start, end: row });
  }
  return spans;
}
