import type { Matrix } from "../matrix.ts";
import type { Conditions } from "./conditions.ts";
import type { SeriesColumn } from "./series-map.ts";

/** Levels are apart when nothing lies between them for this share of what a column spans. */
const leastGap = 0.05;
/** A level, or a condition, is one where at least this share of the rows is; rarer ones are passings. */
const leastShare = 0.02;
/** Share of the rows that has to be in some condition. */
const mostlyHeld = 0.95;
const mostConditions = 12;
/** Share of the variance of the other numbers, in the mean, that lies between conditions that are worth it: most. A reading in coarse steps tells less. */
const leastTold = 0.5;
/** What one more set-point has to add to that; and what is less than a difference at all. */
const [leastAdded, leastDifference] = [0.02, 1e-3];
/** Within a level a set-point moves less than this share of the way to the next: a sensor that follows it moves more. */
const tightness = 0.05;
/** Beyond this share of the way to the next level it is on its way there. */
const stillHeld = 0.25;
/** A number that scatters less than this share of its overall spread does not change in a condition. */
const leastScatter = 1e-6;

/** Levels at which a column is held, and for each row which; -1 where none. */
interface Held {
  readonly column: number;
  readonly near: number;
  readonly levels: readonly number[];
  readonly of: Int32Array;
  /** The farthest from a level, as a share of the way to the next. */
  readonly loose: number;
}

/** Rows by the condition that they are in, -1 for none. */
interface Partition {
  readonly of: Int32Array;
  /** Levels by set-point of each condition. */
  readonly conditions: readonly (readonly number[])[];
}

/**
 * The operating conditions of a table, found from the columns that are held at a few levels with nothing
 * between, as set-points and switches are, and that tell most of what the other columns do; `null` where
 * there are none.
 *
 * Set-points are added one by one, the most telling first, among equals the one that is held closest.
 *
 * Input: `rows`, rows × columns, NaN for unknown, texts by level; `teaches`, 1 for the rows to look at.
 * Cost: a sort of each column, and a pass over the table for each column that is held.
 */
export function findConditions(columns: readonly SeriesColumn[], { rows, values }: Matrix, teaches: Uint8Array): Conditions | null {
  const taught = Array.from({ length: rows }, (_, row) => row).filter((row) => teaches[row] === 1);
  const table = columns.map((_, j) => Float64Array.from(taught, (row) => values[row * columns.length + j]));
  const numbers = columns.flatMap((column, j) => ("levels" in column ? [] : [j]));
  const able = columns.flatMap((column, j) => heldLevels(column, table[j], j) ?? []);
  const picked: Held[] = [];
  let [best, told]: [Partition, number] = [{ of: new Int32Array(taught.length), conditions: [[]] }, 0];
  const toldBy = (partition: Partition, of: readonly number[]) => mean(of.map((j) => between(table[j], partition)));
  const next = () => moreTelling(able.filter((held) => !picked.includes(held)), best, (partition) => toldBy(partition, numbers));
  for (let step = next(); step !== null && step.told >= told + leastAdded; step = next()) {
    picked.push(step.held);
    [best, told] = [step.partition, step.told];
  }
  const others = numbers.filter((j) => !picked.some(({ column }) => column === j));
  if (picked.length === 0 || others.length === 0 || toldBy(best, others) < leastTold) return null;
  const usual = columns.map((column, j) => usualOf(column, table[j], best));
  const part = (of: "centre" | "spread") => best.conditions.map((_, at) => usual.map((own) => own[at][of]));
  return { setPoints: picked.map(({ column }) => column), near: picked.map(({ near }) => near), levels: best.conditions, centres: part("centre"), spreads: part("spread") };
}

/** The set-point that makes conditions most telling when it is added; `null` where none makes any. */
function moreTelling(able: readonly Held[], so: Partition, toldBy: (partition: Partition) => number): { held: Held; partition: Partition; told: number } | null {
  const steps = able.flatMap((held) => {
    const partition = refined(so, held);
    return partition === null ? [] : [{ held, partition, told: toldBy(partition) }];
  });
  const most = Math.max(...steps.map(({ told }) => told));
  return steps.filter(({ told }) => told > most - leastDifference).toSorted((a, b) => a.held.loose - b.held.loose).at(0) ?? null;
}

function heldLevels(column: SeriesColumn, values: Float64Array, place: number): Held | null {
  const groups = "levels" in column ? column.levels.map((_, level) => ({ level, count: values.filter((value) => value === level).length })) : groupsOf(values);
  const levels = (groups ?? []).filter(({ count }) => count >= leastShare * values.length).map(({ level }) => level);
  if (levels.length < 2 || levels.length > mostConditions) return null;
  const near = Math.min(...levels.slice(1).map((level, at) => level - levels[at])) * stillHeld;
  const of = Int32Array.from(values, (value) => levels.findIndex((level) => Math.abs(value - level) < near));
  const loose = values.reduce((most, value, row) => (of[row] === -1 ? most : Math.max(most, Math.abs(value - levels[of[row]]))), 0) / (near / stillHeld);
  return loose < tightness && mostly(of) ? { column: place, near, levels, of, loose } : null;
}

/** Values that lie together, by their mean in rising order; `null` where there are too many to be levels. */
function groupsOf(values: Float64Array): { level: number; count: number }[] | null {
  const sorted = values.filter((value) => Number.isFinite(value)).sort();
  const gap = leastGap * ((sorted.at(-1) ?? 0) - (sorted.at(0) ?? 0));
  const starts = [...sorted.keys()].filter((at) => at === 0 || sorted[at] - sorted[at - 1] > gap);
  if (gap === 0 || starts.length > 1 / leastGap) return null;
  return starts.map((start, at) => {
    const own = sorted.subarray(start, starts[at + 1] ?? sorted.length);
    return { level: mean(own), count: own.length };
  });
}

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
const mostly = (of: Int32Array): boolean => of.filter((place) => place >= 0).length >= mostlyHeld * of.length;

/** The conditions, each told apart by the levels of one more set-point; `null` where that makes too many or too rare ones. */
function refined({ of, conditions }: Partition, { levels, of: heldAt }: Held): Partition | null {
  const joint = of.map((condition, row) => (condition === -1 || heldAt[row] === -1 ? -1 : condition * levels.length + heldAt[row]));
  const counts = new Float64Array(conditions.length * levels.length);
  for (const place of joint) if (place >= 0) counts[place]++;
  const kept = [...counts.keys()].filter((place) => counts[place] >= Math.max(2, leastShare * of.length));
  const places = Int32Array.from(counts, (_, place) => kept.indexOf(place));
  const partition = { of: joint.map((place) => (place === -1 ? -1 : places[place])), conditions: kept.map((place) => [...conditions[Math.floor(place / levels.length)], levels[place % levels.length]]) };
  return kept.length < 2 || kept.length > mostConditions || !mostly(partition.of) ? null : partition;
}

/** Count, mean and sum of squares about it of the known values in each condition. */
function momentsOf(values: Float64Array, { of, conditions }: Partition): { count: number; mean: number; squares: number }[] {
  const moments = conditions.map(() => ({ count: 0, mean: 0, squares: 0 }));
  for (const [row, value] of values.entries()) {
    if (of[row] === -1 || Number.isNaN(value)) continue;
    const own = moments[of[row]];
    const away = value - own.mean;
    own.count++;
    own.mean += away / own.count;
    own.squares += away * (value - own.mean);
  }
  return moments;
}

/** Share of a column's variance that lies between the conditions, 0 to 1. */
function between(values: Float64Array, partition: Partition): number {
  const moments = momentsOf(values, partition);
  const count = moments.reduce((sum, own) => sum + own.count, 0);
  const middle = moments.reduce((sum, own) => sum + own.count * own.mean, 0) / count;
  const within = moments.reduce((sum, own) => sum + own.squares, 0);
  const apart = moments.reduce((sum, own) => sum + own.count * (own.mean - middle) ** 2, 0);
  return within + apart > 0 ? apart / (within + apart) : 0;
}

/** By condition. A number that does not change there, or is not known there, keeps its spread of everywhere. */
function usualOf(column: SeriesColumn, values: Float64Array, partition: Partition): { centre: number; spread: number }[] {
  if ("levels" in column) return partition.conditions.map(() => ({ centre: 0, spread: 1 }));
  return momentsOf(values, partition).map(({ count, mean: centre, squares }) => {
    const spread = Math.sqrt(squares / Math.max(count, 1));
    return { centre: count === 0 ? column.centre : centre, spread: spread > leastScatter * column.spread ? spread : column.spread };
  });
}
