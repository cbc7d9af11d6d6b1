import { canonicalJson, digest } from "../digest.ts";
import { MillraceError } from "../errors.ts";
import { intervalsOf, type RowSpan } from "../learn/alarms.ts";
import type { Engine } from "../learn/engine.ts";
import { conditionModel, type Thresholds } from "../learn/model.ts";
import { teachCondition, type ConditionLearnt } from "./condition-teach.ts";
import type { StudyPredictions, StudyRequest, TableSet } from "./study-request.ts";
import { eventsOf } from "./trial-events.ts";
import { alarm, judgeTrial, type JudgedRows } from "./trial-judge.ts";
import type { TrialEvent } from "./trial.ts";
import type { TrialRows } from "./trial-rows.ts";
import { chooseSignals, type ChosenSignals, type LeftOut } from "./trial-signals.ts";
import { trainingBlocks } from "./trial-teach.ts";
import { truthFigures, type TruthFigures } from "./trial-truth.ts";

export interface ConditionOptions {
  /** Rows of a window. @default 20 */
  readonly window?: number;
  /** Share of normal rows at which the score may alarm: what thresholds aim at. @default 0.01 */
  readonly falseAlarmShare?: number;
  readonly onProgress?: (stage: "learning" | "judging", done: number, of: number) => void;
}

/** An event in judged rows. Without recorded times, `start`, `end` and `peakAt` count rows. */
export interface ConditionEvent extends TrialEvent {
  /** Place in the judged set's `files`; numbers of the first and last row of the alarm in that file, from 1. */
  readonly file: number;
  readonly firstRow: number;
  readonly lastRow: number;
}

/** What a model of normal rows says of others, and how right that is. */
export interface ConditionStudy {
  readonly request: StudyRequest;
  readonly window: number;
  readonly signals: readonly { readonly name: string; readonly centre: number; readonly spread: number }[];
  readonly leftOut: readonly LeftOut[];
  readonly training: { readonly rows: number; readonly faultRows: number; readonly items: number; readonly blocks: number; readonly groups: number };
  /** The detectors that judge, and the raw score from which each alarms. */
  readonly detectors: readonly { readonly name: string; readonly threshold: number }[];
  readonly falseAlarmShare: number;
  /** Share of rows, held out of teaching, at which the model alarms; `null` when none could be held out. */
  readonly heldOutShare: number | null;
  readonly provisional: boolean;
  /** The score of each judged row: alarming from 1 on, NaN where unknown. */
  readonly judged: StudyPredictions;
  /** By judged row: 1 while an alarm stands, 2 where nothing is known. */
  readonly alarms: Uint8Array;
  readonly events: readonly ConditionEvent[];
  /**
   * `null` without a recorded truth. Without recorded times false alarms a day are `null` and the delay is
   * in rows.
   */
  readonly figures: TruthFigures | null;
  /** Time between rows in microseconds; `null` without recorded times. */
  readonly period: number | null;
  readonly model: { readonly bytes: Uint8Array; readonly digest: string; readonly thresholds: Thresholds };
}

const leastWindows = 3;

/**
 * Teaches a model on normal rows and judges others by its very bytes, each row as the line would have
 * met it. Neither model nor threshold sees the judged rows; rows recorded as faulty do not teach.
 *
 * Fails to mean much when the rows that teach do not span normal operation.
 * Cost: CPU seconds, measured with 50 signals and as many rows judged as taught: 8 for 10,000 rows, 43 and
 * 600 MiB for 100,000.
 * Throws: `study.no-sense` without rows to judge, `study.nothing-to-learn`.
 */
export async function conditionStudy(request: StudyRequest, engine: Engine, options: ConditionOptions = {}): Promise<ConditionStudy> {
  const { window = 20, falseAlarmShare = 0.01, onProgress = () => {} } = options;
  const { train, test } = request;
  if (test === null) throw new MillraceError("study.no-sense", "Cannot put this question: condition is judged on rows of their own, not by folds", { hint: "Leave out --folds; name files that judge with --test." });
  const rows = laidOut(train, test);
  const teaches = Uint8Array.from({ length: train.rows }, (_, row) => (train.target?.values[row] === 1 ? 0 : 1));
  const { chosen, columns, leftOut } = chosenOf(train, test, teaches);
  if (chosen.places.length === 0) throw nothingToLearn("no input is a number that varies in the rows that teach");

  const blocks = trainingBlocks(rows.stretches, train.rows, window);
  const learnt = await teachCondition({ columns, blocks, teaches }, window, falseAlarmShare, engine, (done, of) => onProgress("learning", done, of));
  if (learnt === null || learnt.items + window - 1 < leastWindows * window) throw nothingToLearn(`only ${learnt?.items ?? 0} windows of ${window} rows without a fault or a hole fit into the ${train.rows} rows that teach`);

  const names = chosen.places.map((place) => train.inputs[place].name);
  const bytes = conditionModel(learnt.map, learnt.head, learnt.thresholds, metadataOf(request, names, window, learnt), learnt.coupling);
  const judged = await judgeTrial(bytes, columns, rows, train.rows, window, engine, (done, of) => onProgress("judging", done, of));
  return {
    request,
    window,
    signals: names.map((name, at) => ({ name, centre: learnt.baseline.centre[at], spread: learnt.baseline.spread[at] })),
    leftOut,
    training: { rows: train.rows, faultRows: teaches.filter((own) => own === 0).length, items: learnt.items, blocks: learnt.blocks, groups: learnt.groups },
    detectors: learnt.detectors.map((name) => ({ name, threshold: thresholdOf(learnt, name) })),
    falseAlarmShare,
    heldOutShare: learnt.heldOutShare,
    provisional: learnt.provisional,
    judged: predictionsOf(test, judged.scores.subarray(train.rows)),
    alarms: judged.alarms.slice(train.rows).map((own, row) => (own === 0 && Number.isNaN(judged.scores[train.rows + row]) ? 2 : own)),
    events: placedEvents(eventsOf(judged, columns, rows), judged, test, train.rows),
    figures: figuresOf(request, rows, judged, test),
    period: test.times === null ? null : rows.period,
    model: { bytes, digest: digest(bytes), thresholds: learnt.thresholds },
  };
}

const thresholdOf = ({ thresholds, coupling }: ConditionLearnt, name: string): number => (name === "levels" ? thresholds.levels : name === "novelty" ? thresholds.novelty : (coupling?.threshold ?? NaN));

/** Both sets one under the other; rows without times are a microsecond apart. */
function laidOut(train: TableSet, test: TableSet): TrialRows {
  const period = periodOf(test) ?? periodOf(train) ?? 1;
  const times = new Float64Array(train.rows + test.rows);
  const put = ({ times: own, rows, stretches }: TableSet, before: number) => {
    for (let row = 0; row < rows; row++) times[before + row] = own?.[row] ?? (before + row) * period;
    return stretches.map(({ start, end }) => ({ from: before + start, to: before + end, start: times[before + start] }));
  };
  return { period, stretches: [...put(train, 0), ...put(test, train.rows)], times, columns: [], truth: null };
}

/** The usual time between neighbouring rows; `null` when nobody recorded any. */
function periodOf({ times, stretches }: TableSet): number | null {
  if (times === null) return null;
  const steps = stretches.flatMap(({ start, end }) => Array.from({ length: Math.min(end - start - 1, 1000) }, (_, at) => times[start + at + 1] - times[start + at])).filter((step) => step > 0);
  return steps.length === 0 ? null : (steps.toSorted((a, b) => a - b)[steps.length >> 1] ?? null);
}

/** The inputs that a model can be taught on, and their readings: those that teach, then those to be judged. */
function chosenOf(train: TableSet, test: TableSet, teaches: Uint8Array): { chosen: ChosenSignals; columns: Float64Array[]; leftOut: LeftOut[] } {
  const texts = train.inputs.filter(({ levels }) => levels !== null).map(({ name }) => ({ name, reason: "holds texts, not numbers" }));
  const places = train.inputs.flatMap(({ levels }, place) => (levels === null ? [place] : []));
  const joined = places.map((place) => {
    const values = new Float64Array(train.rows + test.rows);
    values.set(train.inputs[place].values);
    values.set(test.inputs[place].values, train.rows);
    return values;
  });
  const chosen = chooseSignals(places.map((place) => train.inputs[place].name), joined, train.rows, teaches);
  return { chosen: { ...chosen, places: chosen.places.map((own) => places[own]) }, columns: chosen.places.map((own) => joined[own]), leftOut: [...texts, ...chosen.leftOut] };
}

function predictionsOf({ target, rows }: TableSet, scores: Float32Array): StudyPredictions {
  const truth = target === null ? new Float64Array(rows).fill(NaN) : target.values.slice();
  return { rows: Int32Array.from({ length: rows }, (_, row) => row), values: Float64Array.from(scores), low: null, high: null, truth };
}

function placedEvents(events: readonly TrialEvent[], { found }: JudgedRows, { stretches, rowNumbers }: TableSet, before: number): ConditionEvent[] {
  return events.map((event, at) => {
    const [first, last] = [found[at].from - before, found[at].to - before - 1];
    return { ...event, file: stretches.find(({ start, end }) => first >= start && first < end)?.file ?? 0, firstRow: rowNumbers[first], lastRow: rowNumbers[last] };
  });
}

function figuresOf({ seed }: StudyRequest, { period }: TrialRows, { scores, alarms, spans }: JudgedRows, test: TableSet): TruthFigures | null {
  const { target, stretches, rows, times } = test;
  if (target === null) return null;
  const before = scores.length - rows;
  const truth = Uint8Array.from(target.values, (value) => (value === 0 || value === 1 ? value : 2));
  const faultSpans: RowSpan[] = stretches.flatMap(({ start, end }) => intervalsOf(truth.subarray(start, end)).map((span) => ({ start: start + span.start, end: start + span.end })));
  const alarmSpans = spans.map(({ start, end }) => ({ start: start - before, end: end - before }));
  const figures = truthFigures({ scores: scores.subarray(before), alarms: alarms.subarray(before), truth, alarmSpans, faultSpans, period }, seed);
  if (times !== null) return figures;
  return { ...figures, falseAlarmsPerDay: { value: null, low: null, high: null, chance: null } };
}

/** What travels in the model file: enough to use it elsewhere, and nothing of the rows but the digests of their files. */
function metadataOf({ train }: StudyRequest, signals: readonly string[], window: number, { detectors }: ConditionLearnt): Record<string, string> {
  return {
    "millrace.format": "1",
    "millrace.kind": "condition",
    "millrace.signals": JSON.stringify(signals.map((name) => ({ name, unit: null }))),
    "millrace.window": String(window),
    "millrace.alarm": canonicalJson({ threshold: 1, ...alarm }),
    "millrace.warm-up-rows": "0",
    "millrace.detectors": JSON.stringify(detectors),
    "millrace.taught": JSON.stringify(train.files.map(({ digest: own }) => own)),
  };
}

function nothingToLearn(seen: string): MillraceError {
  return new MillraceError("study.nothing-to-learn", `Cannot learn what is normal from these rows: ${seen}`, {
    hint: "Give more rows of normal running with --train; --keep and --exclude choose columns.",
  });
}
