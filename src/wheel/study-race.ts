import type { Head } from "../learn/learner.ts";
import { classesOf, type TargetSum } from "../learn/target-sum.ts";
import { fit, rowsOf, taughtBy, truthOf, type Candidate, type ContestPorts, type Entry, type Lesson, type Looked } from "./study-contest.ts";
import type { NamedMap } from "./study-maps.ts";

/** Why an entry was stopped: a reason that more time would take away. */
export const timeIsUp = "the time was up";

/** What candidates race on. */
export interface Course {
  readonly lesson: Lesson;
  /** How the rows look under a map, and what each fold teaches under it. */
  readonly look: (map: NamedMap) => Promise<{ readonly looked: Looked; readonly sums: readonly TargetSum[] }>;
  /** The best of these learners is never stopped for being behind. */
  readonly always: readonly string[];
  readonly seed: number;
  /** When all have to stop, in the seconds of the ports. */
  readonly until: number;
}

/** A candidate on its way. */
interface Runner {
  readonly candidate: Candidate;
  readonly heldOut: Float64Array;
  /** Folds that it has been through, from the first on. */
  judged: number;
  seconds: number;
  cpuSeconds: number;
  peakMiB: number;
  stopped: string | null;
}

/** Losses within this share of the best on the folds so far are not behind: few folds cannot tell. */
const closeBy = 0.05;

/**
 * Has candidates answer fold after fold after learning from the others. Where the time will not do for all
 * of them, the worse half stops after each fold, but for those close to the best: who is poor on the
 * first fold, a stretch of time, may be the best over all.
 *
 * When the time is up, those that were still in are compared on the folds that all of them judged, or
 * in the first fold those that came to judge it: a contest is over in bounded time, and what learns
 * slowly is not out for that alone. The time is looked at between folds.
 * Cost: all folds of all candidates where there is time, else down to about twice one fold of each.
 * Source: Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter
 * optimization", AISTATS 2016 (successive halving); folds as its rungs.
 */
export async function race(candidates: readonly Candidate[], course: Course, ports: ContestPorts): Promise<Entry[]> {
  const { lesson } = course;
  const outputs = Math.max(1, lesson.classes.length);
  const runners = candidates.map((candidate): Runner => ({ candidate, heldOut: new Float64Array(lesson.folds.length * outputs).fill(NaN), judged: 0, seconds: 0, cpuSeconds: 0, peakMiB: 0, stopped: null }));
  for (let fold = 0; fold < lesson.foldCount; fold++) {
    const racing = runners.filter(({ stopped }) => stopped === null);
    let late = false;
    for (const [at, runner] of racing.entries()) {
      late ||= ports.seconds() + (fold === 0 ? 0 : runner.seconds / fold) > course.until;
      if (!late) await judgeFold(runner, fold, course, ports);
      ports.onProgress(fold * runners.length + at + 1, lesson.foldCount * runners.length);
    }
    if (late && fold > 0) return entriesOf(runners, fold, lesson);
    for (const runner of racing) if (runner.stopped === null && runner.judged <= fold) runner.stopped = timeIsUp;
    if (late) return entriesOf(runners, 1, lesson);
    if (fold + 1 < lesson.foldCount && isShort(runners, fold + 1, course, ports)) stopWorse(runners, fold + 1, course);
  }
  return entriesOf(runners, lesson.foldCount, lesson);
}

async function judgeFold(runner: Runner, fold: number, { lesson, look, seed }: Course, ports: ContestPorts): Promise<void> {
  const [began, cpuBegan] = [ports.seconds(), ports.cpuSeconds()];
  const { looked, sums } = await look(runner.candidate.map);
  if (sums[fold].lessons.size > 0) {
    const rest = taughtBy(sums.filter((_, at) => at !== fold));
    const head = await fit(runner.candidate, rest, seed, ports);
    if (typeof head === "string") runner.stopped = head;
    else answer(head, classesOf(rest.total), looked, fold, lesson, runner.heldOut);
  }
  if (runner.stopped === null) runner.judged = fold + 1;
  runner.seconds += ports.seconds() - began;
  runner.cpuSeconds += ports.cpuSeconds() - cpuBegan;
  runner.peakMiB = Math.max(runner.peakMiB, ports.residentMiB());
}

function answer(head: Head, known: readonly string[], { features }: Looked, fold: number, lesson: Lesson, into: Float64Array): void {
  const rows = Array.from(lesson.folds.keys()).filter((row) => lesson.folds[row] === fold);
  spread(head.predict(rowsOf(features, rows)), known, rows, lesson, into);
}

/** Whether the time will not do for all who are still in, at the pace so far. */
function isShort(runners: readonly Runner[], judged: number, { lesson, until }: Course, ports: ContestPorts): boolean {
  const pace = runners.filter(({ stopped }) => stopped === null).reduce((sum, { seconds }) => sum + seconds / judged, 0);
  return ports.seconds() + pace * (lesson.foldCount - judged) > until;
}

/** Stops the worse half of those still in, but for those close to the best and the best of those always heard. */
function stopWorse(runners: readonly Runner[], judged: number, { lesson, always }: Course): void {
  const ranked = runners.filter(({ stopped }) => stopped === null).map((runner) => ({ runner, loss: scoreOf(runner.heldOut, lesson, judged).loss })).toSorted((a, b) => a.loss - b.loss);
  const heard = ranked.find(({ runner }) => always.includes(runner.candidate.learner.name));
  for (const one of ranked.slice(Math.ceil(ranked.length / 2))) {
    if (one === heard || !(one.loss > ranked[0].loss * (1 + closeBy))) continue;
    one.runner.stopped = `others erred less on the first ${judged === 1 ? "fold" : `${judged} folds`}`;
  }
}

/** Those not stopped are held against each other on the first `judged` folds. */
function entriesOf(runners: readonly Runner[], judged: number, lesson: Lesson): Entry[] {
  return runners.map(({ candidate, heldOut, judged: own, seconds, cpuSeconds, peakMiB, stopped }) => {
    const folds = stopped === null ? judged : own;
    return { candidate, heldOut, ...scoreOf(heldOut, lesson, folds), seconds, cpuSeconds, peakMiB, stopped };
  });
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

/** How it did over the first `judged` folds, and in each of them. */
function scoreOf(heldOut: Float64Array, { folds, foldCount, ...lesson }: Lesson, judged: number): Pick<Entry, "loss" | "accuracy" | "byFold"> {
  const outputs = Math.max(1, lesson.classes.length);
  const truth = truthOf(lesson);
  const [squares, right, rows] = [new Float64Array(foldCount), new Float64Array(foldCount), new Float64Array(foldCount)];
  for (const [row, fold] of folds.entries()) {
    if (fold < 0 || fold >= judged) continue;
    const said = heldOut.subarray(row * outputs, (row + 1) * outputs);
    if (said.every((value) => Number.isNaN(value))) continue;
    for (const [at, value] of said.entries()) if (!Number.isNaN(value)) squares[fold] += (value - truth[row * outputs + at]) ** 2;
    if (lesson.classes.length > 0) right[fold] += lesson.classes[placeOfMost(said)] === lesson.targets[row] ? 1 : 0;
    rows[fold]++;
  }
  const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
  const isClass = lesson.classes.length > 0;
  const byFold = Array.from(rows.subarray(0, judged), (count, fold) => ({ rows: count, loss: squares[fold] / count, accuracy: isClass ? right[fold] / count : NaN }));
  return { loss: total(squares) / total(rows), accuracy: isClass && total(rows) > 0 ? total(right) / total(rows) : null, byFold };
}

const placeOfMost = (values: Float64Array): number => values.reduce((best, value, at) => (value > values[best] ? at : best), 0);
