import { randomFrom, type Random } from "../learn/random.ts";
import { unknownRow, type RowSpan } from "../learn/alarms.ts";
import { conditionIntervals, eventBlocks, leaveOutInterval, type Ends } from "../prove/condition-evidence.ts";
import { falseAlarmsPerDay, matchEvents } from "../prove/events.ts";
import { aucPr } from "../prove/metrics/auc-pr.ts";
import { f1, falseAlarmRate, missedAlarmRate, rowCounts } from "../prove/metrics/rows.ts";
import { chanceVusPr, vusPr } from "../prove/metrics/vus-pr.ts";
import type { RowCounts } from "../schema/judgement.ts";

/** A figure with its 95 % interval beside what knowing nothing would get. `null` where there is nothing to say. */
export interface Figure {
  readonly value: number | null;
  /** From resampled blocks of rows, none cut through an event. */
  readonly low: number | null;
  readonly high: number | null;
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
  readonly aucPr: Figure;
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
  const ends = conditionIntervals({ ...judged, alarms: known }, randomFrom(seed + 1));
  const { f1: f1Figure, falseAlarmRate: falseRate, missedAlarmRate: missedRate, ...shares } = rowFigures(counts, rows);
  return {
    counts,
    ...shares,
    f1: figure(f1Figure, ends.f1),
    falseAlarmRate: figure(falseRate, ends.falseAlarmRate),
    missedAlarmRate: figure(missedRate, ends.missedAlarmRate),
    faults: matched.faults,
    found: figure({ value: matched.found, chance: byChance.found }, ends.found),
    missed: matched.missed,
    falseAlarms: matched.falseAlarms,
    falseAlarmsPerDay: figure({ value: falseAlarmsPerDay(matched.falseAlarms, rows * period), chance: falseAlarmsPerDay(byChance.falseAlarms, rows * period) }, ends.falseAlarmsPerDay),
    delay: figure({ value: mean(matched.delays), chance: byChance.delay }, ends.delay),
    ...rankings(judged, seed),
  };
}

interface Bare {
  readonly value: number;
  readonly chance: number;
}

const figure = ({ value, chance }: Bare, { low, high }: Ends): Figure => ({ value: finite(value), low: finite(low), high: finite(high), chance: finite(chance) });

function rowFigures(counts: RowCounts, rows: number): Pick<TruthFigures, "faultShare" | "alwaysF1"> & Record<"f1" | "falseAlarmRate" | "missedAlarmRate", Bare> {
  const faultShare = (counts.truePositive + counts.falseNegative) / Math.max(rows, 1);
  const alarmShare = (counts.truePositive + counts.falsePositive) / Math.max(rows, 1);
  return {
    faultShare,
    f1: { value: f1(counts), chance: (2 * faultShare * alarmShare) / (faultShare + alarmShare) },
    falseAlarmRate: { value: falseAlarmRate(counts), chance: rows === 0 ? NaN : alarmShare },
    missedAlarmRate: { value: missedAlarmRate(counts), chance: faultShare === 0 ? NaN : 1 - alarmShare },
    alwaysF1: faultShare === 0 ? null : (2 * faultShare) / (1 + faultShare),
  };
}

function rankings({ scores, truth, faultSpans }: JudgedTruth, seed: number): Pick<TruthFigures, "vusPr" | "aucPr"> {
  const isKnown = (row: number) => !Number.isNaN(scores[row]) && truth[row] !== unknownRow;
  const rows = Uint32Array.from(scores.keys()).filter(isKnown);
  const known = Uint8Array.from(rows, (row) => truth[row]);
  const nothing: Figure = { value: null, low: null, high: null, chance: null };
  if (!known.includes(1) || !known.includes(0)) return { vusPr: nothing, aucPr: nothing };
  const blocks = eventBlocks(truth.length, faultSpans);
  const ranked = (area: (own: Float64Array, faults: Uint8Array) => number) => (places: Uint32Array) => {
    const kept = places.filter(isKnown);
    return area(Float64Array.from(kept, (row) => scores[row]), Uint8Array.from(kept, (row) => truth[row]));
  };
  const vus = ranked((own, faults) => vusPr(own, faults, { buffer: vusBuffer }));
  const auc = ranked(aucPr);
  return {
    vusPr: figure({ value: vus(rows), chance: chanceVusPr(known, seed, 5, { buffer: vusBuffer }) }, leaveOutInterval(blocks, vus)),
    aucPr: figure({ value: auc(rows), chance: mean(Array.from(known)) }, leaveOutInterval(blocks, auc)),
  };
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
