import { unknownRow, type RowSpan } from "../learn/alarms.ts";
import type { Random } from "../learn/random.ts";
import { blockIntervals } from "./block-bootstrap.ts";
import { shareInterval, studentQuantile } from "./bootstrap.ts";
import { falseAlarmsPerDay, matchEvents } from "./events.ts";

/** Alarms and recorded faults of judged rows, oldest first. */
export interface JudgedCondition {
  /** Codes of rows: 0, 1, or `unknownRow` where there is no score, or no truth. */
  readonly alarms: Uint8Array;
  readonly truth: Uint8Array;
  /** The same as spans, sorted and apart. */
  readonly alarmSpans: readonly RowSpan[];
  readonly faultSpans: readonly RowSpan[];
  /** Time between rows in microseconds. */
  readonly period: number;
}

/** Where a figure lies with 95 % confidence; `NaN` where nobody can say. */
export interface Ends {
  readonly low: number;
  readonly high: number;
}

/** Found faults in faults, false alarms a day, delay in microseconds, shares of rows from 0 to 1. */
export type ConditionEnds = Readonly<Record<"found" | "falseAlarmsPerDay" | "delay" | "f1" | "falseAlarmRate" | "missedAlarmRate", Ends>>;

const mostBlocks = 40;
const leastRows = 50;

/**
 * Judged rows cut into at most 40 blocks of about equal length, none through an alarm or a fault, so
 * that every event lies in one. Long events leave fewer blocks.
 *
 * Returns:  spans that lie side by side and hold all rows; one where there is nowhere to cut.
 * Cost:     O(rows).
 */
export function eventBlocks(rows: number, events: readonly RowSpan[]): RowSpan[] {
  const within = new Uint8Array(rows + 1);
  for (const { start, end } of events) within.fill(1, start + 1, Math.min(end, rows));
  const wanted = Math.max(leastRows, Math.ceil(rows / mostBlocks));
  const blocks: RowSpan[] = [];
  let start = 0;
  for (let row = 1; row <= rows; row++) {
    if (row - start < wanted || within[row] === 1 || rows - row < wanted) continue;
    blocks.push({ start, end: row });
    start = row;
  }
  return start < rows ? [...blocks, { start, end: rows }] : blocks;
}

/**
 * Intervals of the figures of alarms, from resampled blocks: neighbours are drawn together, because
 * what disturbs a machine lasts.
 *
 * Cost: O(rows + 1000 × 40).
 */
export function conditionIntervals(judged: JudgedCondition, random: Random): ConditionEnds {
  const { alarmSpans, faultSpans, truth } = judged;
  const blocks = eventBlocks(truth.length, [...alarmSpans, ...faultSpans]);
  const sums = new Float64Array(blocks.length * width);
  blocks.forEach((block, at) => sums.set(blockSums(judged, block), at * width));
  const { values, low, high } = blockIntervals({ sums, width, weight: 0 }, (total) => figuresOf(total, judged.period), { random, ordered: true });
  const total = new Float64Array(width);
  sums.forEach((sum, at) => (total[at % width] += sum));
  const [, hits, falseRows, missedRows, quietRows, faults] = total;
  const floors = [shareInterval(values[0], faults), null, null, shareInterval(values[3], hits + (falseRows + missedRows) / 2), shareInterval(values[4], falseRows + quietRows), shareInterval(values[5], hits + missedRows)];
  const ends = Array.from(values, (_, figure): Ends => spread({ low: low[figure], high: high[figure] }, floors[figure]));
  // What a single block tells of, as a delay where one fault was found, has no spread that could be seen.
  const told = (of: (own: Float64Array) => number) => blocks.filter((_, at) => of(sums.subarray(at * width, (at + 1) * width)) > 0).length > 1;
  const known = (figure: number, of: (own: Float64Array) => number): Ends => (told(of) ? ends[figure] : { low: NaN, high: NaN });
  const delay = known(2, (own) => own[6]);
  return {
    found: { low: ends[0].low * faults, high: ends[0].high * faults },
    falseAlarmsPerDay: { low: Math.max(0, ends[1].low), high: ends[1].high },
    delay: { low: Math.max(0, delay.low), high: delay.high },
    f1: known(3, (own) => own[1] + own[2] + own[3]),
    falseAlarmRate: known(4, (own) => own[2] + own[4]),
    missedAlarmRate: known(5, (own) => own[1] + own[3]),
  };
}

/** Known rows; hits, false, missed and quiet rows; faults, found ones, false alarms, the sum of delays. */
const width = 9;

function blockSums({ alarms, truth, alarmSpans, faultSpans, period }: JudgedCondition, { start, end }: RowSpan): number[] {
  const inBlock = (spans: readonly RowSpan[]) => spans.filter((span) => span.start >= start && span.start < end).map((span) => ({ start: span.start - start, end: span.end - start }));
  const normal = new Uint8Array(end - start);
  const rows = [0, 0, 0, 0];
  for (let row = start; row < end; row++) {
    if (alarms[row] === unknownRow || truth[row] === unknownRow) continue;
    rows[truth[row] === 1 ? (alarms[row] === 1 ? 0 : 2) : alarms[row] === 1 ? 1 : 3]++;
    if (truth[row] === 0) normal[row - start] = 1;
  }
  const { faults, found, falseAlarms, delays } = matchEvents(inBlock(alarmSpans), inBlock(faultSpans), { period, normal });
  return [rows.reduce((sum, count) => sum + count, 0), ...rows, faults, found, falseAlarms, delays.reduce((sum, delay) => sum + delay, 0)];
}

function figuresOf([known, hits, falseRows, missedRows, quietRows, faults, found, falseAlarms, delay]: Float64Array, period: number): number[] {
  return [found / faults, falseAlarmsPerDay(falseAlarms, known * period), delay / found, (2 * hits) / (2 * hits + falseRows + missedRows), falseRows / (falseRows + quietRows), missedRows / (hits + missedRows)];
}

/** A share is kept from 0 to 1, and its interval is never narrower than were all rows independent. */
function spread({ low, high }: Ends, floor: Ends | null | undefined): Ends {
  return floor === null || floor === undefined ? { low, high } : { low: Math.max(0, Math.min(low, floor.low)), high: Math.min(1, Math.max(high, floor.high)) };
}

const mostLeftOut = 20;
const manyRows = 200_000;

/**
 * Interval of a figure that is no function of sums, as the areas under curves of rankings are: each of
 * up to 20 parts of about equally many blocks is left out once.
 *
 * Input:    `figure` of rows in time order, given by their places; rows of a part are neighbours.
 * Returns:  cut to 0 and 1; `NaN` with fewer than three parts, and where the figure hangs on one: the
 *           only one with a fault.
 * Cost:     up to 20 times `figure`; 10 times past 200,000 rows.
 * Source:   Efron and Stein, "The jackknife estimate of variance", Annals of Statistics 9(3), 1981.
 */
export function leaveOutInterval(blocks: readonly RowSpan[], figure: (rows: Uint32Array) => number): Ends {
  const rows = blocks.at(-1)?.end ?? 0;
  const parts = Math.min(blocks.length, rows > manyRows ? mostLeftOut / 2 : mostLeftOut);
  const edge = (part: number) => blocks[Math.ceil((part * blocks.length) / parts)]?.start ?? rows;
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  const values = Array.from({ length: parts }, (_, part) => figure(all.filter((row) => row < edge(part) || row >= edge(part + 1))));
  if (values.length < 3 || !values.every((value) => Number.isFinite(value))) return { low: NaN, high: NaN };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const error = Math.sqrt(((values.length - 1) / values.length) * values.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  const value = figure(all);
  const half = studentQuantile(0.975, values.length - 1) * error;
  return { low: Math.max(0, value - half), high: Math.min(1, value + half) };
}
