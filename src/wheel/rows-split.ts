import { MillraceError } from "../errors.ts";
import { randomFrom } from "../learn/random.ts";
import type { Folds, StudyColumn, TableSet } from "./study-request.ts";

/** Share of the rows, at the end, that judges when nothing else does. */
export const examShare = 0.25;
/** Folds where rows may be dealt out and nobody says how many. */
export const usualFolds = 5;

/** Rows that judge together: blocks, and all blocks that share a group. Numbered by row, as they appear. */
function unitsOf({ blocks, blockCount, groups, groupNames }: TableSet): Int32Array {
  const parents = Int32Array.from({ length: blockCount + groupNames.length }, (_, at) => at);
  const root = (at: number): number => {
    while (parents[at] !== at) at = parents[at] = parents[parents[at]];
    return at;
  };
  if (groups !== null) for (const [row, block] of blocks.entries()) parents[root(block)] = root(blockCount + groups[row]);
  const numbers = new Map<number, number>();
  return blocks.map((block) => {
    const own = root(block);
    let number = numbers.get(own);
    if (number === undefined) numbers.set(own, (number = numbers.size));
    return number;
  });
}

/** The units in order of appearance, each with its rows of known target and the class of most of them. */
interface Unit {
  rows: number;
  first: number;
  readonly classes: Map<number, number>;
}

function countedUnits(units: Int32Array, target: StudyColumn | null): Unit[] {
  const counted: Unit[] = [];
  for (const [row, unit] of units.entries()) {
    const own = (counted[unit] ??= { rows: 0, first: row, classes: new Map() });
    const value = target === null ? 0 : target.values[row];
    if (Number.isNaN(value)) continue;
    own.rows++;
    if (target?.levels != null) own.classes.set(value, (own.classes.get(value) ?? 0) + 1);
  }
  return counted;
}

const classOf = ({ classes }: Unit): number => [...classes].reduce((most, one) => (one[1] > most[1] ? one : most), [-1, 0])[0];

/** Units by class in order of appearance; all in one list where the target is no class. */
function byClass(units: readonly Unit[]): number[][] {
  const lists = new Map<number, number[]>();
  for (const [at, unit] of units.entries()) {
    const own = classOf(unit);
    const list = lists.get(own);
    if (list === undefined) lists.set(own, [at]);
    else list.push(at);
  }
  return [...lists.values()];
}

/**
 * Which rows are the exam: whole units at the end, about a quarter of the known rows; where the target is
 * a class, a quarter of the units of each class, so that every class is on both sides. 1 for the exam.
 * Throws `study.too-few-blocks`.
 */
export function examRows(set: TableSet): Uint8Array {
  const units = unitsOf(set);
  const counted = countedUnits(units, set.target);
  const exam = new Set<number>();
  for (const list of byClass(counted)) {
    const rows = list.reduce((sum, unit) => sum + counted[unit].rows, 0);
    let [taken, at] = [0, list.length - 1];
    // The unit that comes nearer to a quarter with it than without belongs to the exam.
    while (at > 0 && taken + counted[list[at]].rows / 2 <= examShare * rows) {
      taken += counted[list[at]].rows;
      exam.add(list[at--]);
    }
    if (taken === 0 && list.length > 1) exam.add(list[list.length - 1]);
  }
  const known = [...exam].some((unit) => counted[unit].rows > 0) && counted.some((unit, at) => !exam.has(at) && unit.rows > 0);
  if (!known) throw tooFew(counted.length, 2);
  return Uint8Array.from(units, (unit) => (exam.has(unit) ? 1 : 0));
}

/**
 * Folds of whole units, each of neighbours in time and of about as many; where the target is a class, of each class.
 * Throws `study.too-few-blocks` when there are fewer units than folds.
 */
export function unitFolds(set: TableSet, count: number): Folds {
  const units = unitsOf(set);
  const counted = countedUnits(units, set.target);
  const useful = counted.filter(({ rows }) => rows > 0).length;
  if (useful < count) throw tooFew(useful, count);
  const foldOf = new Int32Array(counted.length).fill(-1);
  let offset = 0;
  for (const list of byClass(counted)) {
    const known = list.filter((unit) => counted[unit].rows > 0);
    for (const [at, unit] of known.entries()) foldOf[unit] = (offset + (known.length < count ? at : Math.floor((at * count) / known.length))) % count;
    offset += known.length;
  }
  return { count, of: foldsOfRows(set, (row) => foldOf[units[row]]), stratified: false };
}

/** Folds of single rows, dealt out by chance, of each class as many. */
export function stratifiedFolds(set: TableSet, count: number, seed: number): Folds {
  const random = randomFrom(seed);
  const places = new Int32Array(set.rows);
  const lists = new Map<number, number[]>();
  const target = set.target;
  for (let row = 0; row < set.rows; row++) {
    const value = target === null ? 0 : target.values[row];
    if (Number.isNaN(value)) continue;
    const list = lists.get(value);
    if (list === undefined) lists.set(value, [row]);
    else list.push(row);
  }
  let dealt = 0;
  for (const [, rows] of [...lists].toSorted(([a], [b]) => a - b)) {
    for (let at = rows.length - 1; at > 0; at--) {
      const other = Math.floor(random() * (at + 1));
      [rows[at], rows[other]] = [rows[other], rows[at]];
    }
    for (const row of rows) places[row] = dealt++ % count;
  }
  if (dealt < count) throw tooFew(dealt, count);
  return { count, of: foldsOfRows(set, (row) => places[row]), stratified: true };
}

function foldsOfRows({ rows, target }: TableSet, fold: (row: number) => number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => (target !== null && Number.isNaN(target.values[row]) ? -1 : fold(row)));
}

/** Whether classes change within files, so that rows of one file may stand on both sides. */
export function changesWithinFiles({ target, stretches }: TableSet): boolean {
  const values = target?.values ?? new Float64Array(0);
  return stretches.some(({ start, end }) => values.subarray(start, end).some((value, at, own) => at > 0 && value !== own[0] && !Number.isNaN(value)));
}

function tooFew(seen: number, needed: number): MillraceError {
  return new MillraceError("study.too-few-blocks", `Cannot keep learning and judging apart: ${seen} ${seen === 1 ? "block" : "blocks"} with a known target, ${needed} are needed`, {
    hint: "Make smaller blocks with --block, fewer folds with --folds, or judge by other files with --test.",
  });
}
