import type { Recording } from "../capture/recording.ts";
import { shown } from "../capture/name.ts";
import { findEvents, alarmRows, type FoundEvent } from "../deploy/events.ts";
import { canonicalJson, digest } from "../digest.ts";
import { MillraceError } from "../errors.ts";
import type { Engine, Session } from "../learn/engine.ts";
import { conditionModel, type Thresholds } from "../learn/model.ts";
import { knownShare, type WindowMap } from "../learn/maps/window-map.ts";
import { intervalsOf, type RowSpan } from "../prove/events.ts";
import type { Recipe } from "../schema/recipe.ts";
import type { Role } from "../schema/signal.ts";
import type { Interval, Micros } from "../schema/time.ts";
import { layOut, type RowStretch, type TrialRows } from "./trial-rows.ts";
import { bucketRows, thinned, type Series } from "./trial-series.ts";
import { candidates, chooseSignals, type ChosenSignals, type LeftOut } from "./trial-signals.ts";
import { runParts, teachTrial, trainingBlocks, type TrialLearnt } from "./trial-teach.ts";
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
  /** Every signal's share of the score, by place in `signals`: at the peak, largest first, and when the alarm rose. */
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
  readonly training: Interval & { readonly rows: number; readonly items: number; readonly blocks: number; readonly faultRows: number };
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
    readonly provisional: boolean;
    readonly groups: number;
  };
}

const alarm = { on: 3, off: 3 };
const leastWindows = 3;
const closeUps = 12;
const closeUpSignals = 3;
const closeUpBuckets = 300;

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
  const judged = await judge(model, columns, rows, trainRows, window, engine, (done, of) => onProgress("judging", done, of));
  const rowsPerBucket = bucketRows(rows.times.length);
  const draw = (values: Float64Array | Float32Array) => thinned(values, rows.stretches, rowsPerBucket);
  return {
    period: rows.period,
    window,
    rowsPerBucket,
    stretches: rows.stretches.map((stretch) => ({ ...timesOf(rows, stretch), rows: stretch.to - stretch.from, buckets: Math.ceil((stretch.to - stretch.from) / rowsPerBucket) })),
    training: { ...timesOf(rows, { from: 0, to: trainRows }), rows: trainRows, items: learnt.items, blocks: learnt.blocks, faultRows: trainRows - ones(teaches) },
    judged: {
      ...timesOf(rows, { from: trainRows, to: rows.times.length }),
      rows: rows.times.length - trainRows,
      unknownRows: judged.scores.subarray(trainRows).reduce((count, score) => (Number.isNaN(score) ? count + 1 : count), 0),
      alarmRows: judged.spans.reduce((sum, { start, end }) => sum + end - start, 0),
    },
    signals: signals.map(({ name, unit, role }, at) => ({ name, unit, role, centre: chosen.baseline.centre[at], spread: chosen.baseline.spread[at], series: draw(columns[at]) })),
    leftOut,
    score: draw(judged.scores),
    events: eventsOf(judged, columns, rows, signals.map(({ name }) => name)),
    unknown: unknownSpans(judged.scores, columns, rows, trainRows, window),
    truth: truthOf(recording, rows, judged, trainRows, seed),
    model: { bytes: model, digest: digest(model), recipe, thresholds: learnt.thresholds, provisional: learnt.provisional, groups: learnt.groups },
  };
}

/** Score, contributions and alarms of every row; nothing is said of the first `trainRows`. */
interface JudgedRows {
  readonly scores: Float32Array;
  readonly alarms: Uint8Array;
  /** Alarms by row of the trial; none crosses from one stretch into the next. */
  readonly spans: readonly RowSpan[];
  readonly found: readonly (FoundEvent & { readonly from: number; readonly to: number; readonly cutOff: boolean; readonly atStart: readonly number[] })[];
}

async function judge(model: Uint8Array, columns: readonly Float64Array[], rows: TrialRows, trainRows: number, window: number, engine: Engine, onRows: (done: number, of: number) => void): Promise<JudgedRows> {
  const session = await engine.open(model);
  const scores = new Float32Array(rows.times.length).fill(NaN);
  const alarms = new Uint8Array(rows.times.length);
  const found: JudgedRows["found"][number][] = [];
  try {
    for (const { from, to } of rows.stretches.filter((stretch) => stretch.to > trainRows)) {
      const first = Math.max(from, trainRows);
      const contributions = await judgeStretch(session, columns, { from: Math.max(from, first - window + 1), to }, first, window, scores, (row) => onRows(row - trainRows, rows.times.length - trainRows));
      const own = scores.subarray(first, to);
      alarms.set(alarmRows(own, alarm), first);
      const names = columns.map((_, at) => String(at));
      const events = findEvents({ scores: own, contributions }, rows.times.subarray(first, to), rows.period, names, alarm);
      const spans = intervalsOf(alarms.subarray(first, to));
      for (const [at, { start, end }] of spans.entries()) {
        found.push({ ...events[at], from: first + start, to: first + end, cutOff: first + end === to, atStart: sharesAt(contributions, start, columns.length) });
      }
    }
  } finally {
    await session.close();
  }
  return { scores, alarms, spans: found.map(({ from, to }) => ({ start: from, end: to })), found };
}

/** Fills in the scores of rows `first` to `to`, and returns their contributions: rows × signals. */
async function judgeStretch(session: Session, columns: readonly Float64Array[], rows: { from: number; to: number }, first: number, window: number, scores: Float32Array, onRows: (row: number) => void): Promise<Float32Array> {
  const width = columns.length;
  const contributions = new Float32Array((rows.to - first) * width);
  for await (const { begin, at, end, results } of runParts(session, { score: 1, contributions: width }, columns, rows, window)) {
    const fresh = Math.max(at, first);
    if (fresh >= end) continue;
    scores.set(results["score"].subarray(fresh - begin, end - begin), fresh);
    contributions.set(results["contributions"].subarray((fresh - begin) * width, (end - begin) * width), (fresh - first) * width);
    onRows(end);
  }
  return contributions;
}

function sharesAt(contributions: Float32Array, row: number, width: number): number[] {
  const parts = Array.from(contributions.subarray(row * width, (row + 1) * width));
  const whole = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => part / whole);
}

function eventsOf({ found, scores }: JudgedRows, columns: readonly Float64Array[], rows: TrialRows, names: readonly string[]): TrialEvent[] {
  const highest = new Set(found.toSorted((a, b) => b.peak - a.peak).slice(0, closeUps));
  return found.map((event) => {
    const { start, end, cutOff, peak, peakAt, contributions, atStart } = event;
    const blame = contributions.map(({ signal, share }) => ({ signal: Number(signal), share, shareAtStart: atStart[Number(signal)] }));
    const blamed = blame.slice(0, Math.min(closeUpSignals, names.length)).map(({ signal }) => signal);
    return { start, end, cutOff, peak, peakAt, blame, closeUp: highest.has(event) ? closeUpOf(event, blamed, scores, columns, rows) : null };
  });
}

function closeUpOf({ from, to }: { from: number; to: number }, blamed: readonly number[], scores: Float32Array, columns: readonly Float64Array[], rows: TrialRows): CloseUp {
  const stretch = stretchOf(rows, from);
  const beside = Math.max(60, Math.ceil((to - from) / 2));
  const view = { from: Math.max(stretch.from, from - beside), to: Math.min(stretch.to, to + beside) };
  const perBucket = bucketRows(view.to - view.from, closeUpBuckets);
  const draw = (values: Float64Array | Float32Array) => thinned(values, [view], perBucket);
  return { ...timesOf(rows, view), rowsPerBucket: perBucket, score: draw(scores), signals: blamed.map((signal) => ({ signal, series: draw(columns[signal]) })) };
}

/** Runs of judged rows without a score. A signal is missing when too few of a window's rows have it, at the middle of the run. */
function unknownSpans(scores: Float32Array, columns: readonly Float64Array[], rows: TrialRows, trainRows: number, window: number): UnknownSpan[] {
  return rows.stretches.flatMap(({ from, to }) => {
    const first = Math.max(from, trainRows);
    if (first >= to) return [];
    const unknown = Uint8Array.from(scores.subarray(first, to), (score) => (Number.isNaN(score) ? 1 : 0));
    return intervalsOf(unknown).map(({ start, end }) => {
      const middle = first + ((start + end - 1) >> 1);
      const head = Math.max(from, middle - window + 1);
      const isMissing = (column: Float64Array) => ones(Uint8Array.from(column.subarray(head, middle + 1), (value) => (Number.isNaN(value) ? 0 : 1))) < knownShare * (middle + 1 - head);
      return { ...timesOf(rows, { from: first + start, to: first + end }), missing: columns.flatMap((column, at) => (isMissing(column) ? [at] : [])) };
    });
  });
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
  return { name: recording.label.name, faults: faultsFrom(0).map(({ start, end }) => timesOf(rows, { from: start, to: end })), figures };
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
    "millrace.taught": canonicalJson(timesOf(rows, { from: 0, to: trainRows })),
  };
}

function timesOf({ times, period }: TrialRows, { from, to }: Pick<RowStretch, "from" | "to">): Interval {
  return { start: times[from], end: times[to - 1] + period };
}

function stretchOf({ stretches }: TrialRows, row: number): RowStretch {
  const found = stretches.find(({ from, to }) => row >= from && row < to);
  if (found === undefined) throw new RangeError(`Cannot find row ${row}: it lies in no stretch`);
  return found;
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
