import type { Recording } from "../capture/recording.ts";
import { shown } from "../capture/name.ts";
import { canonicalJson, digest } from "../digest.ts";
import { MillraceError } from "../errors.ts";
import type { Engine } from "../learn/engine.ts";
import { conditionModel, type Thresholds } from "../learn/model.ts";
import type { WindowMap } from "../learn/maps/window-map.ts";
import { intervalsOf, type RowSpan } from "../learn/alarms.ts";
import type { Recipe } from "../schema/recipe.ts";
import type { Role } from "../schema/signal.ts";
import type { Interval, Micros } from "../schema/time.ts";
import { eventsOf, unknownSpans } from "./trial-events.ts";
import { alarm, judgeTrial, spansAfter, type JudgedRows } from "./trial-judge.ts";
import { layOut, intervalOf, type TrialRows } from "./trial-rows.ts";
import { bucketRows, thinned, type Series } from "./trial-series.ts";
import { candidates, chooseSignals, type ChosenSignals, type LeftOut } from "./trial-signals.ts";
import { teachTrial, trainingBlocks, type TrialLearnt } from "./trial-teach.ts";
import { truthFigures, type TruthFigures } from "./trial-truth.ts";

/** How much of the head of a recording teaches: a share of its rows, a number of rows, or a length of time. */
export type TrainingLength = { readonly share: number } | { readonly rows: number } | { readonly span: Micros };

export interface TrialOptions {
  /** @default 35 % of the rows */
  readonly train?: TrainingLength;
  /** Rows of a window. @default 30 */
  readonly window?: number;
  /** Draws the chance levels. @default 1 */
  readonly seed?: number;
  readonly onProgress?: (stage: "teaching" | "judging", done: number, of: number) => void;
}

/** A stretch without a pause, and how many buckets of every series are its own. */
export interface TrialStretch extends Interval {
  readonly rows: number;
  readonly buckets: number;
}

export interface TrialSignal {
  readonly name: string;
  readonly unit: string | null;
  readonly role: Role;
  /** What was usual in the training stretch, in the signal's unit. */
  readonly centre: number;
  readonly spread: number;
  readonly series: Series;
}

/** A closer look at an event: the score and the signals to blame, around it. */
export interface CloseUp extends Interval {
  readonly rowsPerBucket: number;
  readonly score: Series;
  readonly signals: readonly { readonly signal: number; readonly series: Series }[];
}

export interface TrialEvent extends Interval {
  /** The alarm still stood when the stretch ended: `end` is where the recording stops or pauses. */
  readonly cutOff: boolean;
  /** The highest score, as a multiple of the threshold. */
  readonly peak: number;
  readonly peakAt: Micros;
  /** Shares of the score, by place in `signals`: at the peak, the twelve largest first, and when the alarm rose. */
  readonly blame: readonly { readonly signal: number; readonly share: number; readonly shareAtStart: number }[];
  /** `null` past the twelve highest events. */
  readonly closeUp: CloseUp | null;
}

/** A stretch of judged rows without a score, and the signals that were missing; none at the head of a stretch. */
export interface UnknownSpan extends Interval {
  readonly missing: readonly number[];
}

/** What a model that knew the head of a recording would have said of the rest. Plain data: times in UTC microseconds. */
export interface Trial {
  readonly period: Micros;
  readonly window: number;
  readonly rowsPerBucket: number;
  readonly stretches: readonly TrialStretch[];
  readonly training: Interval & { readonly rows: number; readonly items: number; readonly blocks: number; readonly faultRows: number; readonly from: "head of the recording" | "rows of their own" | "the other folds" };
  readonly judged: Interval & { readonly rows: number; readonly unknownRows: number; readonly alarmRows: number };
  readonly signals: readonly TrialSignal[];
  readonly leftOut: readonly LeftOut[];
  readonly score: Series;
  readonly events: readonly TrialEvent[];
  readonly unknown: readonly UnknownSpan[];
  /** `null` without a label column. `faults` are all that the recording holds, the training stretch included. */
  readonly truth: { readonly name: string; readonly faults: readonly Interval[]; readonly figures: TruthFigures } | null;
  readonly model: {
    readonly bytes: Uint8Array;
    readonly digest: string;
    readonly recipe: Recipe;
    readonly thresholds: Thresholds;
    /** The detectors that judge, and the raw score from which each alarms. */
    readonly detectors: readonly { readonly name: string; readonly threshold: number }[];
    readonly provisional: boolean;
    readonly groups: number;
  };
}

const leastWindows = 3;

/**
 * What would it have caught: a model is taught on the head of a recording, assumed normal, and judges
 * the rest row by row as the line would have met it. Neither model nor threshold sees recorded truth;
 * only rows recorded as a fault are kept from teaching.
 *
 * Fails to mean much when the training stretch does not span normal operation: then it alarms at
 * whatever is new.
 * Cost: about two seconds for 100,000 rows of eight signals; 16 bytes a cell.
 * Throws: `try.no-signals`, `try.too-short`, `try.too-large`.
 */
export async function trial(recording: Recording, options: TrialOptions, engine: Engine): Promise<Trial> {
  const { window = 30, seed = 1, onProgress = () => {} } = options;
  const usable = candidates(recording.columns);
  const rows = layOut(recording, usable.candidates);
  const trainRows = trainingRows(rows, options.train ?? { share: 0.35 });
  if (rows.times.length - trainRows < 1 || trainRows < leastWindows * window) throw tooShort(recording, rows, trainRows, window);

  const teaches = Uint8Array.from({ length: trainRows }, (_, row) => (rows.truth?.[row] === 1 ? 0 : 1));
  const chosen = chooseSignals(usable.candidates.map(({ name }) => name), rows.columns, trainRows, teaches);
  const leftOut = [...usable.leftOut, ...chosen.leftOut];
  if (chosen.places.length === 0) throw noSignals(recording, leftOut);
  const columns = chosen.places.map((place) => rows.columns[place]);

  const map = mapOf(chosen, window, seed);
  const blocks = trainingBlocks(rows.stretches, trainRows, window);
  const learnt = await teachTrial(map, columns, blocks, teaches, engine, (done, of) => onProgress("teaching", done, of));
  if (learnt === null || learnt.items + window - 1 < leastWindows * window) throw tooShort(recording, rows, trainRows, window, learnt);

  const signals = chosen.places.map((place) => usable.candidates[place]);
  const recipe: Recipe = { name: "novelty", version: 1, learner: "novelty", map: `window-${window}-plain`, params: {} };
  const model = conditionModel(map, learnt.head, learnt.thresholds, metadata(recording, signals, map, recipe, rows, trainRows));
  const judged = await judgeTrial(model, columns, rows, spansAfter(rows.stretches, trainRows), window, engine, (done, of) => onProgress("judging", done, of));
  const rowsPerBucket = bucketRows(rows.times.length);
  const draw = (values: Float64Array | Float32Array) => thinned(values, rows.stretches, rowsPerBucket);
  return {
    period: rows.period,
    window,
    rowsPerBucket,
    stretches: rows.stretches.map((stretch) => ({ ...intervalOf(rows, stretch), rows: stretch.to - stretch.from, buckets: Math.ceil((stretch.to - stretch.from) / rowsPerBucket) })),
    training: { ...intervalOf(rows, { from: 0, to: trainRows }), rows: trainRows, items: learnt.items, blocks: learnt.blocks, faultRows: trainRows - ones(teaches), from: "head of the recording" },
    judged: {
      ...intervalOf(rows, { from: trainRows, to: rows.times.length }),
      rows: rows.times.length - trainRows,
      unknownRows: judged.scores.subarray(trainRows).reduce((count, score) => (Number.isNaN(score) ? count + 1 : count), 0),
      alarmRows: judged.spans.reduce((sum, { start, end }) => sum + end - start, 0),
    },
    signals: signals.map(({ name, unit, role }, at) => ({ name, unit, role, centre: chosen.baseline.centre[at], spread: chosen.baseline.spread[at], series: draw(columns[at]) })),
    leftOut,
    score: draw(judged.scores),
    events: eventsOf(judged, columns, rows),
    unknown: unknownSpans(judged.scores, columns, rows, trainRows, window),
    truth: truthOf(recording, rows, judged, trainRows, seed),
    model: { bytes: model, digest: digest(model), recipe, thresholds: learnt.thresholds, detectors: [{ name: "levels", threshold: learnt.thresholds.levels }, { name: "novelty", threshold: learnt.thresholds.novelty }], provisional: learnt.provisional, groups: learnt.groups },
  };
}

function truthOf(recording: Recording, rows: TrialRows, { scores, alarms, spans }: JudgedRows, trainRows: number, seed: number): Trial["truth"] {
  const { truth, period, stretches } = rows;
  if (recording.label === null || truth === null) return null;
  const faultsFrom = (start: number): RowSpan[] =>
    stretches.flatMap(({ from, to }) => {
      const first = Math.max(from, start);
      return first >= to ? [] : intervalsOf(truth.subarray(first, to)).map((span) => ({ start: first + span.start, end: first + span.end }));
    });
  const fromTraining = ({ start, end }: RowSpan): RowSpan => ({ start: start - trainRows, end: end - trainRows });
  const figures = truthFigures(
    {
      scores: scores.subarray(trainRows),
      alarms: alarms.subarray(trainRows),
      truth: truth.subarray(trainRows),
      alarmSpans: spans.map(fromTraining),
      faultSpans: faultsFrom(trainRows).map(fromTraining),
      period,
    },
    seed,
  );
  return { name: recording.label.name, faults: faultsFrom(0).map(({ start, end }) => intervalOf(rows, { from: start, to: end })), figures };
}

function trainingRows({ times, period }: TrialRows, train: TrainingLength): number {
  if ("rows" in train) return Math.min(train.rows, times.length);
  if ("share" in train) return Math.min(Math.round(train.share * times.length), times.length);
  const end = times[0] + train.span;
  const after = times.findIndex((time) => time + period > end);
  return after < 0 ? times.length : after;
}

function mapOf({ places, baseline }: ChosenSignals, window: number, seed: number): WindowMap {
  const plain = { centre: Array.from(baseline.centre), spread: Array.from(baseline.spread), noise: Array.from(baseline.noise) };
  return { name: "window", version: 1, signals: places.length, window, memories: [0, 5, 15], random: { count: 0, seed }, baseline: plain };
}

/** What travels in the model file: enough to use it elsewhere, and nothing of the recording but its digest. */
function metadata(recording: Recording, signals: readonly { name: string; unit: string | null }[], map: WindowMap, recipe: Recipe, rows: TrialRows, trainRows: number): Record<string, string> {
  return {
    "millrace.format": "1",
    "millrace.kind": "condition",
    "millrace.signals": JSON.stringify(signals.map(({ name, unit }) => ({ name, unit }))),
    "millrace.window": String(map.window),
    "millrace.grid": canonicalJson(recording.grid),
    "millrace.alarm": canonicalJson({ threshold: 1, ...alarm }),
    "millrace.warm-up-rows": "0",
    "millrace.recipe": canonicalJson(recipe),
    "millrace.map": digest(canonicalJson(map)),
    "millrace.recording": recording.file.digest,
    "millrace.taught": canonicalJson(intervalOf(rows, { from: 0, to: trainRows })),
  };
}

const ones = (codes: Uint8Array): number => codes.reduce((sum, code) => sum + code, 0);

function tooShort({ file }: Recording, rows: TrialRows, trainRows: number, window: number, learnt?: TrialLearnt | null): MillraceError {
  const least = leastWindows * window;
  const all = rows.times.length;
  const longest = rows.stretches.reduce((most, { from, to }) => Math.max(most, to - from), 0);
  const seen =
    learnt === undefined
      ? `${trainRows} of its ${all} rows would teach and ${all - trainRows} be judged`
      : `only ${learnt?.items ?? 0} windows of ${window} rows without a fault or a hole fit into the ${trainRows} rows that would teach`;
  const paused = rows.stretches.length > 1 ? `; it pauses ${rows.stretches.length - 1} times, and its longest stretch has ${longest} rows` : "";
  return new MillraceError("try.too-short", `Cannot try ${shown(file.name)}: ${seen}${paused}; at least ${least} that teach, and one more, are needed`, {
    hint:
      all > least
        ? `Say how much should teach with --train, for example --train ${Math.min(all - 1, Math.max(least, Math.round(all / 2)))}.`
        : `Record longer: ${least + window} rows is the very least, and a few thousand of normal running make a threshold that means something.`,
  });
}

function noSignals({ file }: Recording, leftOut: readonly LeftOut[]): MillraceError {
  const few = leftOut.slice(0, 4).map(({ name, reason }) => `${shown(name)} ${reason}`);
  const more = leftOut.length > few.length ? ` and ${leftOut.length - few.length} more` : "";
  return new MillraceError("try.no-signals", `Cannot try ${shown(file.name)}: no signal is left to watch (${few.join("; ") || "the file has none"}${more})`, {
    hint: "Say which columns are measurements with --role NAME=measured, or choose another training stretch with --train.",
  });
}
