import { randomFrom, type Random } from "../learn/random.ts";
import { unknownRow, type RowSpan } from "../learn/alarms.ts";
import { falseAlarmsPerDay, matchEvents } from "../prove/events.ts";
import { f1, falseAlarmRate, missedAlarmRate, rowCounts } from "../prove/metrics/rows.ts";
import { chanceVusPr, vusPr } from "../prove/metrics/vus-pr.ts";
import type { RowCounts } from "../schema/judgement.ts";

/** A figure beside what knowing nothing would get. `null` where there is nothing to say. */
export interface Figure {
  readonly value: number | null;
  readonly chance: number | null;
}

/** How a model did on rows whose truth the recording holds. The model was not shown that truth. */
export interface TruthFigures {
  readonly counts: RowCounts;
  /** Share of the rows of known truth that lie in a fault. */
  readonly faultShare: number;
  /** Rows. Chance: as many alarm rows, strewn at random. */
  readonly f1: Figure;
  readonly falseAlarmRate: Figure;
  readonly missedAlarmRate: Figure;
  /** F1 of an alarm that always stands. */
  readonly alwaysF1: number | null;
  /** Events. Chance: the same alarms moved to a random time, mean of a hundred moves. */
  readonly faults: number;
  readonly found: Figure;
  readonly missed: number;
  readonly falseAlarms: number;
  readonly falseAlarmsPerDay: Figure;
  /** Mean delay of the found faults in microseconds. */
  readonly delay: Figure;
  /** Ranking of rows without any threshold, 0 to 1. Chance: random scores. */
  readonly vusPr: Figure;
}

export interface JudgedTruth {
  /** One a judged row: score, alarm code and truth code, both 0, 1 or 2 for unknown. */
  readonly scores: Float32Array;
  readonly alarms: Uint8Array;
  readonly truth: Uint8Array;
  readonly alarmSpans: readonly RowSpan[];
  readonly faultSpans: readonly RowSpan[];
  readonly period: number;
}

/** Rows by which a fault's borders are softened in VUS-PR. */
export const vusBuffer = 100;
const moves = 100;

/** Every figure of a trial with recorded truth, each with its chance level. */
export function truthFigures(judged: JudgedTruth, seed: number): TruthFigures {
  const { scores, alarms, truth, faultSpans, period } = judged;
  const known = alarms.map((alarm, row) => (Number.isNaN(scores[row]) ? unknownRow : alarm));
  const counts = rowCounts(known, truth);
  const normal = truth.map((code, row) => (code === 0 && known[row] !== unknownRow ? 1 : 0));
  const matched = matchEvents(judged.alarmSpans, faultSpans, { period, normal });
  const rows = truth.length - counts.unknown;
  const byChance = movedAlarms(judged, normal, randomFrom(seed));
  return {
    counts,
    ...rowFigures(counts, rows),
    faults: matched.faults,
    found: { value: matched.found, chance: finite(byChance.found) },
    missed: matched.missed,
    falseAlarms: matched.falseAlarms,
    falseAlarmsPerDay: { value: finite(falseAlarmsPerDay(matched.falseAlarms, rows * period)), chance: finite(falseAlarmsPerDay(byChance.falseAlarms, rows * period)) },
    delay: { value: finite(mean(matched.delays)), chance: finite(byChance.delay) },
    vusPr: ranking(judged, seed),
  };
}

function rowFigures(counts: RowCounts, rows: number): Pick<TruthFigures, "faultShare" | "f1" | "falseAlarmRate" | "missedAlarmRate" | "alwaysF1"> {
  const faultShare = (counts.truePositive + counts.falseNegative) / Math.max(rows, 1);
  const alarmShare = (counts.truePositive + counts.falsePositive) / Math.max(rows, 1);
  return {
    faultShare,
    f1: { value: finite(f1(counts)), chance: finite((2 * faultShare * alarmShare) / (faultShare + alarmShare)) },
    falseAlarmRate: { value: finite(falseAlarmRate(counts)), chance: rows === 0 ? null : alarmShare },
    missedAlarmRate: { value: finite(missedAlarmRate(counts)), chance: faultShare === 0 ? null : 1 - alarmShare },
    alwaysF1: faultShare === 0 ? null : (2 * faultShare) / (1 + faultShare),
  };
}

function ranking({ scores, truth }: JudgedTruth, seed: number): Figure {
  const rows = Array.from(scores.keys()).filter((row) => !Number.isNaN(scores[row]) && truth[row] !== unknownRow);
  const known = Uint8Array.from(rows, (row) => truth[row]);
  if (!known.includes(1) || !known.includes(0)) return { value: null, chance: null };
  const value = vusPr(Float64Array.from(rows, (row) => scores[row]), known, { buffer: vusBuffer });
  return { value: finite(value), chance: finite(chanceVusPr(known, seed, 5, { buffer: vusBuffer })) };
}

/** What the same alarms would have found at other times: all moved on by a random number of rows, the end joined to the start. */
function movedAlarms({ alarmSpans, faultSpans, truth, period }: JudgedTruth, normal: Uint8Array, random: Random): { found: number; falseAlarms: number; delay: number } {
  const results = Array.from({ length: moves }, () => matchEvents(moved(alarmSpans, truth.length, random), faultSpans, { period, normal }));
  return {
    found: mean(results.map(({ found }) => found)),
    falseAlarms: mean(results.map(({ falseAlarms }) => falseAlarms)),
    delay: mean(results.flatMap(({ delays }) => delays)),
  };
}

/** A move that would cut an alarm in two is drawn again, while there is hope. */
function moved(spans: readonly RowSpan[], rows: number, random: Random): RowSpan[] {
  for (let tries = 0; ; tries++) {
    const by = Math.floor(random() * rows);
    const shifted = spans.map(({ start, end }) => ({ start: start + by, end: end + by }));
    if (tries < 50 && shifted.some(({ start, end }) => start < rows && end > rows)) continue;
    return shifted
      .flatMap(({ start, end }) => [{ start, end: Math.min(end, rows) }, { start: Math.max(start, rows) - rows, end: end - rows }])
      .filter(({ start, end }) => end > start)
      .toSorted((a, b) => a.start - b.start);
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
