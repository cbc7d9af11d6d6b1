import { canonicalJson, digest } from "../digest.ts";
import { MillraceError } from "../errors.ts";
import { intervalsOf, type RowSpan } from "../learn/alarms.ts";
import type { Engine } from "../learn/engine.ts";
import { conditionModel } from "../learn/model.ts";
import { conditionFolds, judgedTogether } from "./condition-folds.ts";
import { laidOut } from "./condition-layout.ts";
import { teachCondition, type ConditionLearnt, type TriedDetector } from "./condition-teach.ts";
import { conditionTrial } from "./condition-trial.ts";
import { drawnEvenly, type Run } from "./study-bounded.ts";
import type { StudyPredictions, StudyRequest, TableSet } from "./study-request.ts";
import { alarm, judgeTrial, spansAfter, type JudgedRows, type JudgedSpan } from "./trial-judge.ts";
import type { Trial } from "./trial.ts";
import type { RowStretch, TrialRows } from "./trial-rows.ts";
import { chooseSignals, type ChosenSignals, type LeftOut } from "./trial-signals.ts";
import { trainingBlocks } from "./trial-teach.ts";
import { truthFigures, type Figure, type TruthFigures } from "./trial-truth.ts";
import type { Micros } from "../schema/time.ts";

export interface ConditionOptions {
  /** Rows of a window. @default 20 */
  readonly window?: number;
  /** Share of normal rows at which the score may alarm: what thresholds aim at. @default 0.01 */
  readonly falseAlarmShare?: number;
  /** Microseconds between rows that have no times of their own; left out, nobody knows. */
  readonly period?: Micros | undefined;
  /** Whether thresholds are calibrated on the blocks of the set that teaches; else on about ten stretches of it. */
  readonly ownBlocks?: boolean;
  /** Clocks that costs and the budget are taken by, and memory in use now; left out, nothing is known of cost and the budget never ends. */
  readonly seconds?: () => number;
  readonly cpuSeconds?: () => number;
  readonly residentMiB?: () => number;
  readonly onProgress?: (stage: "learning" | "judging", done: number, of: number) => void;
}

/** Where an event stands in the files: the place in the judged set's `files`, and the first and last row of its alarm in that file, from 1. */
export interface EventPlace {
  readonly file: number;
  readonly firstRow: number;
  readonly lastRow: number;
}

/** What a model of normal rows says of others, and how right that is. */
export interface ConditionStudy {
  readonly request: StudyRequest;
  /** The same as a trial of a recording tells it. Where nobody knows how far rows are apart it takes them for a second apart. */
  readonly trial: Trial;
  /** The detectors that judge, and the raw score from which each alarms. */
  readonly detectors: readonly { readonly name: string; readonly threshold: number }[];
  readonly falseAlarmShare: number;
  /** Every detector that was tried, also those that do not judge. */
  readonly tried: readonly TriedDetector[];
  /** Share of rows, held out of teaching, at which the model alarms; `null` when none could be held out. */
  readonly heldOutShare: number | null;
  /** The score of each judged row: alarming from 1 on, NaN where unknown. */
  readonly judged: StudyPredictions;
  /** By judged row: 1 while an alarm stands, 2 where nothing is known. */
  readonly alarms: Uint8Array;
  /** Of each event of the trial. */
  readonly places: readonly EventPlace[];
  /**
   * `null` without a recorded truth. Where nobody knows how far rows are apart, false alarms a day are
   * `null` and the delay is in rows.
   */
  readonly figures: TruthFigures | null;
  /** Time between rows in microseconds; `null` where nobody knows. */
  readonly period: Micros | null;
}

const leastWindows = 3;
/** Numbers of the rows that teach, rows × signals: of a longer history runs of rows are drawn, so that its length costs no more time or memory. */
const mostCells = 6_000_000;
/** Windows side by side in such a run. */
const windowsOfRun = 50;

/**
 * Teaches a model on normal rows and judges others by its very bytes, each row as the line would have
 * met it. Neither model nor threshold sees the judged rows; rows recorded as faulty do not teach. With
 * folds each is judged by a model of the others' normal rows, and the model that is handed out is one of
 * all of them.
 *
 * Fails to mean much when the rows that teach do not span normal operation.
 * Of a history of more than six million numbers, rows × signals, runs of rows teach, drawn evenly.
 * Cost: CPU seconds, measured with 50 signals and as many rows judged as taught: 8 for 10,000 rows, 43 and
 * 600 MiB for 100,000; trying more detectors takes up to the budget beside, and folds as much again each.
 * Throws: `study.nothing-to-learn`.
 */
export async function conditionStudy(request: StudyRequest, engine: Engine, options: ConditionOptions = {}): Promise<ConditionStudy> {
  const { window = 20, falseAlarmShare = 0.01, ownBlocks = false, onProgress = () => {}, seconds = none, cpuSeconds = none, residentMiB = none } = options;
  const { train, test } = request;
  const judging = test ?? train;
  const rows = laidOut(test === null ? [train] : [train, test], options.period ?? null);
  const before = rows.times.length - judging.rows;
  const teaches = Uint8Array.from({ length: train.rows }, (_, row) => (train.target?.values[row] === 1 ? 0 : 1));
  const folds = request.folds === null ? [] : conditionFolds(request.folds, rows, teaches);
  const { chosen, columns, leftOut } = chosenOf(train, test, [teaches, ...folds.map((fold) => fold.teaches)]);
  if (chosen.places.length === 0) throw nothingToLearn("no input is a number that varies in the rows that teach");
  const names = chosen.places.map((place) => train.inputs[place].name);

  const models = folds.length + 1;
  const teach = async (model: number, stretches: readonly RowStretch[], own: Uint8Array) => {
    const whole = ownBlocks ? blocksOf(train, stretches) : trainingBlocks(stretches, train.rows, window);
    const blocks = boundedBlocks(whole, Math.floor(mostCells / columns.length), window, request.seed);
    const learnt = await teachCondition({ columns, blocks, teaches: own }, window, falseAlarmShare, {
      engine, seconds, cpuSeconds, residentMiB,
      budgetSeconds: request.budgetSeconds / models,
      onGroup: (done, of) => onProgress("learning", model * of + done, models * of),
    });
    if (learnt === null || learnt.items + window - 1 < leastWindows * window) throw nothingToLearn(`only ${learnt?.items ?? 0} windows of ${window} rows without a fault or a hole fit into the ${count(own)} rows that teach`);
    return { learnt, bytes: conditionModel(learnt.map, learnt.head, learnt.thresholds, metadataOf(request, names, window, learnt), learnt.beside) };
  };
  const judge = async (bytes: Uint8Array, spans: readonly JudgedSpan[]) => await judgeTrial(bytes, columns, rows, spans, window, engine, (done, of) => onProgress("judging", done, of));

  const { learnt, bytes } = await teach(0, rows.stretches.filter(({ from }) => from < train.rows), teaches);
  const parts: JudgedRows[] = [];
  for (const [at, { teaches: own, others, spans }] of folds.entries()) parts.push(await judge((await teach(at + 1, others, own)).bytes, spans));
  const judged = folds.length === 0 ? await judge(bytes, spansAfter(rows.stretches, before)) : judgedTogether(parts);
  const detectors = learnt.detectors.map((name) => ({ name, threshold: thresholdOf(learnt, name) }));
  const isTimed = judging.times !== null || options.period !== undefined;
  const figures = figuresOf(request, rows, judged, judging, isTimed);
  return {
    request,
    trial: conditionTrial({ request, rows, window, before, teaches, chosen, columns, leftOut, learnt, detectors, judged, figures, bytes, digest: digest(bytes) }),
    detectors,
    falseAlarmShare,
    tried: learnt.tried,
    heldOutShare: learnt.heldOutShare,
    judged: predictionsOf(judging, judged.scores.subarray(before)),
    alarms: judged.alarms.slice(before).map((own, row) => (own === 0 && Number.isNaN(judged.scores[before + row]) ? 2 : own)),
    places: judged.found.map(({ from, to }) => placeOf(from - before, to - before - 1, judging)),
    figures: figures === null || isTimed ? figures : { ...figures, delay: inRows(figures.delay, rows.period) },
    period: isTimed ? rows.period : null,
  };
}

const none = (): number => 0;

const thresholdOf = ({ thresholds, beside }: ConditionLearnt, name: string): number => (name === "levels" ? thresholds.levels : name === "novelty" ? thresholds.novelty : (beside.find((part) => part.name === name)?.threshold ?? NaN));

/** The inputs that a model can be taught on by each selection of rows, and their readings: those that teach, then those to be judged. */
function chosenOf(train: TableSet, test: TableSet | null, selections: readonly Uint8Array[]): { chosen: ChosenSignals; columns: Float64Array[]; leftOut: LeftOut[] } {
  const texts = train.inputs.filter(({ levels }) => levels !== null).map(({ name }) => ({ name, reason: "holds texts, not numbers" }));
  const places = train.inputs.flatMap(({ levels }, place) => (levels === null ? [place] : []));
  const joined = places.map((place) => {
    if (test === null) return train.inputs[place].values;
    const values = new Float64Array(train.rows + test.rows);
    values.set(train.inputs[place].values);
    values.set(test.inputs[place].values, train.rows);
    return values;
  });
  const [whole, ...rest] = selections.map((teaches) => chooseSignals(places.map((place) => train.inputs[place].name), joined, train.rows, teaches));
  const without = new Map(rest.flatMap(({ leftOut }) => leftOut).map(({ name, reason }) => [name, `without one of the folds: ${reason}`]));
  const kept = whole.places.map((_, at) => at).filter((at) => !without.has(train.inputs[places[whole.places[at]]].name));
  const baseline = { centre: picked(whole.baseline.centre, kept), spread: picked(whole.baseline.spread, kept), noise: picked(whole.baseline.noise, kept) };
  const fewer = whole.places.flatMap((own) => {
    const { name } = train.inputs[places[own]];
    return without.has(name) ? [{ name, reason: without.get(name) ?? "" }] : [];
  });
  return { chosen: { places: kept.map((at) => places[whole.places[at]]), baseline, leftOut: [] }, columns: kept.map((at) => joined[whole.places[at]]), leftOut: [...texts, ...whole.leftOut, ...fewer] };
}

const picked = (values: Float64Array, places: readonly number[]): Float64Array => Float64Array.from(places, (at) => values[at]);
const count = (teaches: Uint8Array): number => teaches.reduce((sum, own) => sum + own, 0);

function predictionsOf({ target, rows }: TableSet, scores: Float32Array): StudyPredictions {
  const truth = target === null ? new Float64Array(rows).fill(NaN) : target.values.slice();
  return { rows: Int32Array.from({ length: rows }, (_, row) => row), values: Float64Array.from(scores), low: null, high: null, truth };
}

function placeOf(first: number, last: number, { stretches, rowNumbers }: TableSet): EventPlace {
  return { file: stretches.find(({ start, end }) => first >= start && first < end)?.file ?? 0, firstRow: rowNumbers[first], lastRow: rowNumbers[last] };
}

/** Blocks as they are while their rows fit; else runs of rows drawn evenly from all of them, each a block. */
function boundedBlocks(blocks: readonly Run[], most: number, window: number, seed: number): readonly Run[] {
  if (blocks.reduce((sum, { from, to }) => sum + to - from, 0) <= most) return blocks;
  const length = windowsOfRun * window;
  const runs = blocks.flatMap(({ from, to }) => {
    const count = Math.max(1, Math.floor((to - from) / length));
    return Array.from({ length: count }, (_, run) => ({ from: from + Math.floor((run * (to - from)) / count), to: from + Math.floor(((run + 1) * (to - from)) / count) }));
  });
  return drawnEvenly(runs, most, seed);
}

/** Neighbouring rows of one block within each stretch. */
function blocksOf({ blocks }: TableSet, stretches: readonly RowStretch[]): { from: number; to: number }[] {
  return stretches.flatMap(({ from: start, to: end }) => {
    const cuts = Array.from({ length: end - start }, (_, at) => start + at).filter((row) => row === start || blocks[row] !== blocks[row - 1]);
    return cuts.map((from, at) => ({ from, to: cuts[at + 1] ?? end }));
  });
}

function figuresOf({ seed }: StudyRequest, { period }: TrialRows, { scores, alarms, spans }: JudgedRows, test: TableSet, isTimed: boolean): TruthFigures | null {
  const { target, stretches, rows } = test;
  if (target === null) return null;
  const before = scores.length - rows;
  const truth = Uint8Array.from(target.values, (value) => (value === 0 || value === 1 ? value : 2));
  const faultSpans: RowSpan[] = stretches.flatMap(({ start, end }) => intervalsOf(truth.subarray(start, end)).map((span) => ({ start: start + span.start, end: start + span.end })));
  const alarmSpans = spans.map(({ start, end }) => ({ start: start - before, end: end - before }));
  const figures = truthFigures({ scores: scores.subarray(before), alarms: alarms.subarray(before), truth, alarmSpans, faultSpans, period }, seed);
  return isTimed ? figures : { ...figures, falseAlarmsPerDay: { value: null, low: null, high: null, chance: null } };
}

function inRows({ value, low, high, chance }: Figure, period: Micros): Figure {
  const of = (micros: number | null) => (micros === null ? null : micros / period);
  return { value: of(value), low: of(low), high: of(high), chance: of(chance) };
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
