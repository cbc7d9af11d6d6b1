import { truthOf, type Entry, type Lesson } from "./study-contest.ts";

/** An entry with what it weighs in the model; weights add up to 1. */
export interface Part {
  readonly entry: Entry;
  readonly weight: number;
}

/** Heads in a model at most: each costs its time on the line. */
const mostParts = 4;

/** Steps of blending at most: a weight is a number of steps out of these. */
const mostSteps = 10;

/**
 * The entries that make the model where what is to come may not be like what was recorded: the one that
 * erred least on what it had not seen, and those that the folds cannot tell from it, each weighing the same.
 *
 * Two entries cannot be told apart when the mean difference of their losses is less than its standard
 * error over the folds. Equal weights: estimated ones err more than they gain where folds are few
 * (Stock and Watson, "Combination forecasts of output growth", Journal of Forecasting 23, 2004).
 * With `always`, the best entry of these learners has a say too, whatever the folds say.
 */
export function alikeParts(entries: readonly Entry[], always: readonly string[]): Part[] {
  const finished = ranked(entries);
  const [best] = finished;
  const alike = finished.filter((entry) => entry === best || isAlike(lossesOf(entry), lossesOf(best))).slice(0, mostParts);
  const wanted = finished.find(({ candidate }) => always.includes(candidate.learner.name));
  const kept = wanted === undefined || alike.includes(wanted) ? alike : [...alike, wanted];
  return kept.map((entry) => ({ entry, weight: 1 / kept.length }));
}

/**
 * The entries that make the model where new blocks are like those that taught: from the best one on, the entry is added,
 * again and again, with which the mean of all added so far errs least on what they had not seen, as
 * long as it errs less by more than the standard error of that over the folds.
 *
 * The loss is the mean squared error, of probabilities too: that of a mean is never more than the mean of theirs.
 * Cost: steps × entries × rows × outputs; memory of one entry.
 * Source: Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble selection from libraries of models",
 * ICML 2004. Ours: the standard error, and no more than four entries.
 */
export function blendedParts(entries: readonly Entry[], lesson: Lesson): Part[] {
  const finished = ranked(entries);
  if (finished.length === 0) return [];
  const truth = truthOf(lesson);
  const counts = new Map<Entry, number>();
  const said = new Float64Array(truth.length); // the sum of all added so far
  let losses: readonly number[] = [];
  for (let step = 0; step < mostSteps; step++) {
    const open = step === 0 ? finished.slice(0, 1) : finished.filter((entry) => counts.size < mostParts || counts.has(entry));
    const offered = open.map((entry) => ({ entry, losses: lossesWith(said, step, entry, truth, lesson) }));
    const best = offered.reduce((least, one) => (mean(one.losses) < mean(least.losses) ? one : least));
    if (step > 0 && !isLess(best.losses, losses)) break;
    losses = best.losses;
    for (let at = 0; at < said.length; at++) said[at] += best.entry.heldOut[at];
    counts.set(best.entry, (counts.get(best.entry) ?? 0) + 1);
  }
  const steps = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts].map(([entry, count]) => ({ entry, weight: count / steps }));
}

/** Those that went through all folds, from the one that erred least on. */
const ranked = (entries: readonly Entry[]): Entry[] => entries.filter(({ loss, stopped }) => stopped === null && Number.isFinite(loss)).toSorted((a, b) => a.loss - b.loss);

const lossesOf = ({ byFold }: Entry): number[] => byFold.map(({ loss }) => loss);

/** By fold: the mean squared error of a row by the mean of `added` entries, whose sum is `said`, and one more; NaN for a fold of which nothing is known. */
function lossesWith(said: Float64Array, added: number, { heldOut, byFold }: Entry, truth: Float64Array, { folds, classes }: Lesson): number[] {
  const outputs = Math.max(1, classes.length);
  const squares = new Float64Array(byFold.length);
  const rows = new Float64Array(byFold.length);
  for (const [row, fold] of folds.entries()) {
    if (fold < 0 || fold >= byFold.length || Number.isNaN(said[row * outputs] + heldOut[row * outputs])) continue;
    for (let at = row * outputs; at < (row + 1) * outputs; at++) squares[fold] += ((said[at] + heldOut[at]) / (added + 1) - truth[at]) ** 2;
    rows[fold]++;
  }
  return Array.from(rows, (count, fold) => squares[fold] / count);
}

/** Whether the folds cannot tell that the first errs more. */
function isAlike(losses: readonly number[], least: readonly number[]): boolean {
  const { gain: behind, error } = gainOf(losses, least);
  return behind < error;
}

/** Whether the folds tell that the first errs less. */
function isLess(losses: readonly number[], others: readonly number[]): boolean {
  const { gain, error } = gainOf(others, losses);
  return gain > 0 && gain >= error;
}

/** What the second errs less than the first, in the mean over the folds, with its standard error; NaN for one fold. */
function gainOf(losses: readonly number[], others: readonly number[]): { gain: number; error: number } {
  const differences = losses.map((loss, fold) => loss - others[fold]).filter(Number.isFinite);
  const gain = mean(differences);
  const variance = differences.reduce((sum, value) => sum + (value - gain) ** 2, 0) / (differences.length - 1);
  return { gain, error: Math.sqrt(variance / differences.length) };
}

function mean(values: readonly number[]): number {
  const known = values.filter(Number.isFinite);
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
