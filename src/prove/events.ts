import { unknownRow } from "./metrics/rows.ts";

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
 * Returns:  one code a row: 0 quiet, 1 in alarm, 2 unknown. A standing alarm stays 1 through unknown rows.
 * Throws:   RangeError for delays below 1, a `NaN` threshold or a `clearBelow` above it.
 */
export function alarmsOf(scores: Float64Array | Float32Array, rule: AlarmRule): Uint8Array {
  const { threshold, on, off, clearBelow = threshold } = rule;
  checkRule(threshold, on, off, clearBelow);
  const rows = new Uint8Array(scores.length);
  let alarm = false;
  let run = 0; // known rows in a run that speak for a change of state
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row];
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

export interface MatchOptions {
  /** Time between rows in microseconds. */
  readonly period: number;
  /** 1 where a row is known to be normal and is judged: only there can an alarm be false. */
  readonly normal: Uint8Array;
  /** How long before a fault an alarm may rise and still be about it, in microseconds; 0 unless given. */
  readonly early?: number;
}

export interface Matched {
  readonly faults: number;
  readonly found: number;
  readonly missed: number;
  readonly falseAlarms: number;
  /** Normal time in alarm, in microseconds. */
  readonly falseAlarmTime: number;
  /** Microseconds from each found fault's start to its first alarm row, in the order of the faults. */
  readonly delays: readonly number[];
}

/**
 * Alarms held against faults: which faults were found and how late, and which alarms were false.
 *
 * A fault is found when an alarm stands in any of its rows. An alarm is false when it stands in
 * normal time and overlaps no fault, or stood there more than `early` before the first fault that
 * it overlaps: an alarm that always stands finds every fault, and is false. All normal time in alarm
 * counts, also behind a fault that has ended; only the `early` lead of a fault does not.
 *
 * Input:    spans of rows, sorted and apart. Neighbouring blocks that share an event are joined
 *           by the caller first.
 * Cost:     O(rows + alarms + faults).
 * Throws:   RangeError for spans that overlap or are out of order.
 */
export function matchEvents(alarms: readonly RowSpan[], faults: readonly RowSpan[], options: MatchOptions): Matched {
  const { period, normal, early = 0 } = options;
  checkApart(alarms, "alarm");
  checkApart(faults, "fault");

  const lead = Math.floor(early / period);
  let falseAlarms = 0;
  let falseRows = 0;
  let next = 0; // the first fault that may overlap this alarm or a later one
  for (const alarm of alarms) {
    while (next < faults.length && faults[next].end <= alarm.start) next++;
    const fault = next < faults.length && faults[next].start < alarm.end ? faults[next] : undefined;
    const astray = onesIn(normal, alarm.start, fault === undefined ? alarm.end : fault.start - lead);
    falseRows += astray + (fault === undefined ? 0 : onesIn(normal, Math.max(alarm.start, fault.start), alarm.end));
    if (astray > 0) falseAlarms++;
  }

  const delays = delaysOf(alarms, faults).map((rows) => rows * period);
  const found = delays.length;
  return { faults: faults.length, found, missed: faults.length - found, falseAlarms, falseAlarmTime: falseRows * period, delays };
}

/** Rows from the start of each found fault to its first alarm row. */
function delaysOf(alarms: readonly RowSpan[], faults: readonly RowSpan[]): number[] {
  const delays: number[] = [];
  let from = 0;
  for (const fault of faults) {
    while (from < alarms.length && alarms[from].end <= fault.start) from++;
    if (from < alarms.length && alarms[from].start < fault.end) delays.push(Math.max(0, alarms[from].start - fault.start));
  }
  return delays;
}

function onesIn(mask: Uint8Array, start: number, end: number): number {
  let ones = 0;
  for (let row = start; row < end; row++) if (mask[row] === 1) ones++;
  return ones;
}

function checkApart(spans: readonly RowSpan[], name: string): void {
  spans.forEach(({ start, end }, at) => {
    if (!(start >= 0 && end > start && (at === 0 || start >= spans[at - 1].end))) {
      throw new RangeError(`Cannot match ${name} ${at}: rows ${start} to ${end}, sorted spans that do not overlap are needed`);
    }
  });
}

/** False alarms a day over `judgedTime` microseconds; `NaN` for no time. */
export function falseAlarmsPerDay(falseAlarms: number, judgedTime: number): number {
  return (falseAlarms / judgedTime) * microsPerDay;
}

const microsPerDay = 86_400_000_000;
