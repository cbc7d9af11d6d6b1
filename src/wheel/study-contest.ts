import { paramsOf, type Head, type Learner, type Taught, type Tools } from "../learn/learner.ts";
import type { Features } from "../learn/matrix.ts";
import { mergeTargets, targetSumOf, type TargetSum } from "../learn/target-sum.ts";
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
  /** Rows × outputs, NaN where it was not asked. */
  readonly heldOut: Float64Array;
  /** Mean squared error of what it said, of probabilities too (Brier, 1950): what weights go by. NaN where it said nothing. */
  readonly loss: number;
  /** Share of rows whose class it named; `null` where the target is a number. */
  readonly accuracy: number | null;
  /** By fold that it was judged on: the loss, the accuracy (NaN where the target is a number), and how many rows they are of. */
  readonly byFold: readonly { readonly rows: number; readonly loss: number; readonly accuracy: number }[];
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  /** Why it judged fewer folds than the best, in words; it is not chosen. */
  readonly stopped: string | null;
}

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

/** The truth as numbers beside an entry's `heldOut`: rows × outputs. */
export function truthOf({ targets, classes }: Pick<Lesson, "targets" | "classes">): Float64Array {
  if (classes.length === 0) return targets as Float64Array;
  const truth = new Float64Array(targets.length * classes.length);
  for (const [row, name] of (targets as readonly string[]).entries()) if (name !== "") truth[row * classes.length + classes.indexOf(name)] = 1;
  return truth;
}
