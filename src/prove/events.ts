import type { RowSpan } from "../learn/alarms.ts";

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
