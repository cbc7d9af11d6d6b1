import type { Cost } from "../schema/cost.ts";
import type { BlockLoss } from "../schema/judgement.ts";
import { type AlarmRule, alarmsOf, intervalsOf, type RowSpan, unknownRow } from "../learn/alarms.ts";
import { type Matched, matchEvents } from "./events.ts";
import { rowCounts } from "./metrics/rows.ts";

/** What a model said of one block. */
export interface JudgedRows {
  /** One a row, oldest first; `NaN` is unknown. */
  readonly scores: Float64Array | Float32Array;
  /** Time between rows in microseconds. */
  readonly period: number;
  /** The first row that is judged: those before it warm the model up, and alarm at nobody. */
  readonly from: number;
  /** Where the asset stood still, a code a row: 0. Nothing is judged there, and no fault is looked for. */
  readonly running?: Uint8Array | null;
}

/** What is known of the same block. */
export interface Truth {
  /** 0 normal, 1 fault, 2 unknown; one a row. */
  readonly rows: Uint8Array;
  /** The faults, when they are not simply the runs of fault rows: two may touch. */
  readonly faults?: readonly RowSpan[];
}

/** The part of a block's loss that follows from scores, truth, alarm rule and cost. */
export type BlockFigures = Pick<
  BlockLoss,
  "loss" | "faults" | "found" | "missed" | "falseAlarms" | "delayHours" | "judgedHours" | "counts" | "classes" | "sureness"
>;

/**
 * What one model cost on one block, as a share of the worst it could have cost there.
 *
 * The cost is that of the missed faults, of the false alarms and the normal hours spent in alarm, and
 * of the hours by which found faults were found late (each at most a missed fault). The worst is to
 * miss every fault and to stand in one false alarm through all normal hours; more is cut to 1. A block
 * without a fault is put on the scale of one with a fault, so that a false alarm weighs the same in
 * both. The scale hangs on truth alone: it is the same for every model.
 *
 * Input:    an unknown score never finds a fault, and never counts as a normal row or a judged hour.
 *           `early` as in `matchEvents`, in microseconds.
 * Returns:  loss 0 (perfect) to 1; `null` when nothing can be said: no row of known truth, or no fault
 *           and no score.
 * Throws:   RangeError for unequal lengths.
 * Cost:     O(rows).
 */
export function blockLoss(judged: JudgedRows, truth: Truth, rule: AlarmRule, cost: Cost, early = 0): BlockFigures | null {
  const { period, from, running = null } = judged;
  const isStill = (row: number): boolean => running?.[row] === 0;
  const scores = judged.scores.map((score, row) => (isStill(row) ? NaN : score));
  if (scores.length !== truth.rows.length) {
    throw new RangeError(`Cannot judge ${scores.length} scores against ${truth.rows.length} rows of truth: one a row is needed`);
  }
  const alarms = alarmsOf(scores.subarray(from), rule, running?.subarray(from));
  const all = truth.rows.map((code, row) => (isStill(row) ? unknownRow : code));
  const rows = all.subarray(from);
  const faults = laterThan(from, truth.faults ?? intervalsOf(all));

  const known = alarms.map((alarm, row) => (Number.isNaN(scores[from + row]) ? unknownRow : alarm));
  const counts = rowCounts(known, rows);
  const judgedRows = rows.length - counts.unknown;
  if (faults.length === 0 && judgedRows === 0) return null;

  const normal = rows.map((code, row) => (code === 0 && known[row] !== unknownRow ? 1 : 0));
  const matched = matchEvents(intervalsOf(alarms), faults, { period, normal, early });
  const normalHours = (rows.reduce((sum, code) => sum + (code === 0 ? 1 : 0), 0) * period) / microsPerHour;
  return {
    loss: Math.min(1, costOf(matched, cost) / worstCost(faults.length, normalHours, cost)),
    faults: matched.faults,
    found: matched.found,
    missed: matched.missed,
    falseAlarms: matched.falseAlarms,
    delayHours: matched.found === 0 ? null : sum(matched.delays) / matched.found / microsPerHour,
    judgedHours: (judgedRows * period) / microsPerHour,
    counts,
  };
}

/** What the alarms of a block cost, in the unit of `cost`. */
export function costOf({ missed, falseAlarms, falseAlarmTime, delays }: Matched, cost: Cost): number {
  const late = delays.map((delay) => Math.min(cost.missedFault, (cost.warningHour * delay) / microsPerHour));
  return (
    cost.missedFault * missed +
    cost.falseAlarm * falseAlarms +
    (cost.falseAlarmHour * falseAlarmTime) / microsPerHour +
    sum(late)
  );
}

/** What a block would cost a model that misses every fault and stands in alarm all its normal time. */
export function worstCost(faults: number, normalHours: number, cost: Cost): number {
  return cost.missedFault * Math.max(1, faults) + cost.falseAlarm + cost.falseAlarmHour * normalHours;
}

/** Spans of the rows from `from`, counted from there; a span that began before is cut. */
function laterThan(from: number, spans: readonly RowSpan[]): RowSpan[] {
  return spans.filter(({ end }) => end > from).map(({ start, end }) => ({ start: Math.max(0, start - from), end: end - from }));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const microsPerHour = 3_600_000_000;
