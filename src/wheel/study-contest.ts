import { paramsOf, type Head, type Learner, type Taught, type Tools } from "../learn/learner.ts";
import type { Features } from "../learn/matrix.ts";
import { classesOf, mergeTargets, targetSumOf, type TargetSum } from "../learn/target-sum.ts";
import type { NamedMap } from "./study-maps.ts";

/** One learner with its parameters on one map. */
export interface Candidate {
  readonly map: NamedMap;
  readonly learner: Learner;
  readonly params: Readonly<Record<string, number>>;
}

/** A map with what the rows look like under it. */
export interface Looked {
  readonly map: NamedMap;
  readonly features: Features;
}

/** The rows that teach, and what is to be learnt of them. */
export interface Lesson {
  readonly targets: readonly string[] | Float64Array;
  /** By row: the held-out fold, -1 for rows that do not teach. */
  readonly folds: Int32Array;
  readonly foldCount: number;
  /** In their order; none where the target is a number. */
  readonly classes: readonly string[];
  /** The least and the most that a number may be. */
  readonly range: readonly [number, number];
}

/** What a candidate said of rows that it had not seen. */
export interface Entry {
  readonly candidate: Candidate;
  /** Rows × outputs, NaN where it was not asked; `null` when it did not come to an end. */
  readonly heldOut: Float64Array | null;
  /** Mean squared error of what it said, of probabilities too (Brier, 1950): what weights go by. */
  readonly loss: number;
  /** Share of rows whose class it named; `null` where the target is a number. */
  readonly accuracy: number | null;
  /** The loss by fold. */
  readonly foldLosses: readonly number[];
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  /** Why it was not finished, in words. */
  readonly stopped: string | null;
}

/** Why an entry has no end: a reason that more time would take away. */
export const timeIsUp = "the time was up";

/** What a contest leans on. Clocks are passed in. */
export interface ContestPorts {
  readonly tools: Tools;
  /** Seconds since some moment, of the wall and of the processor; memory of the process. */
  readonly seconds: () => number;
  readonly cpuSeconds: () => number;
  readonly residentMiB: () => number;
  readonly onProgress: (done: number, of: number) => void;
}

/** The sums of each fold under a map: what every learner is taught from. */
export async function foldSums({ features }: Looked, { targets, folds, foldCount }: Lesson, { tools }: ContestPorts): Promise<TargetSum[]> {
  const sums: TargetSum[] = [];
  for (let fold = 0; fold < foldCount; fold++) {
    const rows = Array.from(folds.keys()).filter((row) => folds[row] === fold);
    const own = { features: rowsOf(features, rows), targets: typeof targets[0] === "string" ? rows.map((row) => targets[row] as string) : Float64Array.from(rows, (row) => targets[row] as number) };
    sums.push(await targetSumOf(own, `fold ${fold}`, tools.gram));
  }
  return sums;
}

export const taughtBy = (groups: readonly TargetSum[]): Taught<TargetSum> => ({ total: groups.reduce(mergeTargets), groups });

export function rowsOf({ columns, values }: Features, rows: readonly number[]): Features {
  const picked = new Float32Array(rows.length * columns);
  for (const [at, row] of rows.entries()) picked.set(values.subarray(row * columns, (row + 1) * columns), at * columns);
  return { rows: rows.length, columns, values: picked };
}

/** A head of the candidate, or in words why there is none. */
export async function fit({ learner, params }: Candidate, taught: Taught<TargetSum>, seed: number, { tools }: ContestPorts): Promise<Head | string> {
  return learner.canLearn(taught.total) ?? (await learner.learn(taught, paramsOf(learner, params), seed, tools));
}

/**
 * Has a candidate answer each fold after learning from the others.
 *
 * `until` is when it has to stop: one that has not judged every fold by then is out, so that a contest
 * is over in bounded time. It is looked at between folds.
 */
export async function enter(candidate: Candidate, looked: Looked, sums: readonly TargetSum[], lesson: Lesson, seed: number, until: number, ports: ContestPorts): Promise<Entry> {
  const [began, cpuBegan] = [ports.seconds(), ports.cpuSeconds()];
  const outputs = Math.max(1, lesson.classes.length);
  const heldOut = new Float64Array(lesson.folds.length * outputs).fill(NaN);
  let peakMiB = ports.residentMiB();
  const done = (stopped: string | null): Entry => ({
    candidate,
    heldOut: stopped === null ? heldOut : null,
    ...(stopped === null ? lossOf(heldOut, lesson, outputs) : { loss: NaN, foldLosses: [] }),
    accuracy: stopped === null && outputs > 1 ? accuracyOf(heldOut, lesson) : null,
    seconds: ports.seconds() - began,
    cpuSeconds: ports.cpuSeconds() - cpuBegan,
    peakMiB,
    stopped,
  });
  for (const [fold] of sums.entries()) {
    if (sums[fold].lessons.size === 0) continue;
    if (ports.seconds() > until || (fold > 0 && ports.seconds() + (ports.seconds() - began) / fold > until)) return done(timeIsUp);
    const rest = taughtBy(sums.filter((_, at) => at !== fold));
    const head = await fit(candidate, rest, seed, ports);
    if (typeof head === "string") return done(head);
    const rows = Array.from(lesson.folds.keys()).filter((row) => lesson.folds[row] === fold);
    spread(head.predict(rowsOf(looked.features, rows)), classesOf(rest.total), rows, lesson, heldOut);
    peakMiB = Math.max(peakMiB, ports.residentMiB());
  }
  return done(null);
}

/** Puts a head's numbers at their rows: a class that the head has not seen is not likely at all. */
function spread(predicted: Float64Array, known: readonly string[], rows: readonly number[], { classes, range }: Lesson, into: Float64Array): void {
  const places = known.map((name) => classes.indexOf(name));
  const outputs = Math.max(1, classes.length);
  for (const [at, row] of rows.entries()) {
    if (outputs === 1) into[row] = Math.min(Math.max(predicted[at], range[0]), range[1]);
    else into.fill(0, row * outputs, (row + 1) * outputs);
    for (const [from, to] of places.entries()) into[row * outputs + to] = predicted[at * places.length + from];
  }
}

/** The truth as numbers beside `heldOut`: rows × outputs. */
function truthOf({ targets, classes }: Pick<Lesson, "targets" | "classes">): Float64Array {
  if (classes.length === 0) return targets as Float64Array;
  const truth = new Float64Array(targets.length * classes.length);
  for (const [row, name] of (targets as readonly string[]).entries()) if (name !== "") truth[row * classes.length + classes.indexOf(name)] = 1;
  return truth;
}

function lossOf(heldOut: Float64Array, { folds, foldCount, ...lesson }: Lesson, outputs: number): Pick<Entry, "loss" | "foldLosses"> {
  const truth = truthOf(lesson);
  const [sums, counts] = [new Float64Array(foldCount), new Float64Array(foldCount)];
  for (let at = 0; at < heldOut.length; at++) {
    if (Number.isNaN(heldOut[at])) continue;
    const fold = folds[Math.floor(at / outputs)];
    sums[fold] += (heldOut[at] - truth[at]) ** 2;
    counts[fold] += 1 / outputs;
  }
  const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
  return { loss: total(sums) / total(counts), foldLosses: Array.from(sums, (sum, fold) => sum / counts[fold]) };
}

function accuracyOf(heldOut: Float64Array, { targets, classes, folds }: Lesson): number {
  let [right, count] = [0, 0];
  for (const [row, fold] of folds.entries()) {
    if (fold < 0) continue;
    const own = heldOut.subarray(row * classes.length, (row + 1) * classes.length);
    const most = own.reduce((best, value, at) => (value > own[best] ? at : best), 0);
    right += classes[most] === targets[row] ? 1 : 0;
    count++;
  }
  return right / count;
}

/**
 * The entries that make the model, with their weights: the one that erred least on what it had not
 * seen, and those that the folds cannot tell from it, each weighing the same.
 *
 * Two entries cannot be told apart when the mean difference of their losses is less than its standard
 * error over the folds. Equal weights: estimated ones err more than they gain where folds are few
 * (Stock and Watson, "Combination forecasts of output growth", Journal of Forecasting 23, 2004).
 * With `always`, the best entry of these learners has a say too, whatever the folds say.
 */
export function chosen(entries: readonly Entry[], always: readonly string[]): { entry: Entry; weight: number }[] {
  const finished = entries.filter(({ loss }) => Number.isFinite(loss)).toSorted((a, b) => a.loss - b.loss);
  const [best] = finished;
  const alike = finished.filter((entry) => entry === best || isAsGood(entry, best)).slice(0, mostParts);
  const wanted = finished.find(({ candidate }) => always.includes(candidate.learner.name));
  const kept = wanted === undefined || alike.includes(wanted) ? alike : [...alike, wanted];
  return kept.map((entry) => ({ entry, weight: 1 / kept.length }));
}

/** Heads in a model at most: each costs its time on the line. */
const mostParts = 4;

function isAsGood(entry: Entry, best: Entry): boolean {
  const differences = entry.foldLosses.map((loss, fold) => loss - best.foldLosses[fold]).filter(Number.isFinite);
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (differences.length - 1);
  return mean < Math.sqrt(variance / differences.length);
}
