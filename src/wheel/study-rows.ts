import type { Matrix } from "../learn/matrix.ts";
import { mix } from "../learn/random.ts";
import type { Stretch, StudyColumn, StudyRequest, TableSet } from "./study-request.ts";

/** The columns side by side, as a model takes them: rows × columns. */
export function matrixOf(inputs: readonly StudyColumn[], rows: number): Matrix {
  const values = new Float64Array(rows * inputs.length);
  for (const [j, column] of inputs.entries()) for (let row = 0; row < rows; row++) values[row * inputs.length + j] = column.values[row];
  return { rows, columns: inputs.length, values };
}

/** What a model may look at: the inputs and, for a forecast, the target's own past as columns of their own. */
export function inputsOf({ targetLags }: StudyRequest, { inputs, target, stretches, rows }: TableSet): readonly StudyColumn[] {
  if (targetLags === 0 || target === null) return inputs;
  const past = Array.from({ length: targetLags }, (_, i) => {
    const values = new Float64Array(rows).fill(NaN);
    for (const { start, end } of stretches) values.set(target.values.subarray(start, Math.max(start, end - i - 1)), Math.min(start + i + 1, end));
    return { name: `${target.name}, ${i + 1} before`, values, levels: target.levels };
  });
  return [...inputs, ...past];
}

/** Rows whose target is known, as flags: the ones that can teach or judge. */
export function knownRows({ target, rows }: TableSet): Uint8Array {
  return Uint8Array.from({ length: rows }, (_, row) => (target === null || Number.isNaN(target.values[row]) ? 0 : 1));
}

/**
 * Which held-out fold each teaching row is in, -1 for the others: how learners and their parameters are
 * chosen without the rows that judge.
 *
 * Groups stay whole. Rows that were dealt out by class are dealt out here too. Else folds are stretches
 * of time, so that neighbours, which resemble each other, stand on one side: blocks in their order or,
 * where a class has been seen in fewer blocks than there are folds, parts of each stretch.
 */
export function innerFolds({ train, folds, kind }: StudyRequest, teaches: Uint8Array, count: number): Int32Array {
  const rows = Array.from(teaches.keys()).filter((row) => teaches[row] === 1);
  const isClass = kind === "classify";
  const foldOf = train.groups !== null ? byGroup(rows, train.groups, count)
    : folds?.stratified === true ? dealtOut(rows, isClass ? train.target : null, count)
    : isClass && fewestBlocks(rows, train) < count ? partsOfStretches(rows, train.stretches, count)
    : runsOfBlocks(rows, train.blocks, count);
  const of = new Int32Array(train.rows).fill(-1);
  for (const [at, row] of rows.entries()) of[row] = foldOf[at];
  return of;
}

function byGroup(rows: readonly number[], groups: Int32Array, count: number): number[] {
  const places = new Map([...new Set(rows.map((row) => groups[row]))].map((group, at) => [group, at % count]));
  return rows.map((row) => places.get(groups[row]) ?? 0);
}

/** In an order that is always the same, unlike that of the file, which may be sorted by anything; class by class. */
function dealtOut(rows: readonly number[], target: StudyColumn | null, count: number): number[] {
  const key = (row: number) => mix(row + 1);
  const order = Array.from(rows.keys()).sort((a, b) => key(rows[a]) - key(rows[b]));
  const dealt = new Map<number, number>();
  const folds = new Int32Array(rows.length);
  for (const at of order) {
    const value = target?.values[rows[at]] ?? 0;
    const before = dealt.get(value) ?? 0;
    folds[at] = before % count;
    dealt.set(value, before + 1);
  }
  return Array.from(folds);
}

function partsOfStretches(rows: readonly number[], stretches: readonly Stretch[], count: number): number[] {
  return stretches.flatMap(({ start, end }) => rows.filter((row) => row >= start && row < end).map((_, at, own) => Math.floor((at * count) / own.length)));
}

/** Whole blocks, in folds of about as many rows; with fewer blocks than folds, rows in their order. */
function runsOfBlocks(rows: readonly number[], blocks: Int32Array, count: number): number[] {
  if (new Set(rows.map((row) => blocks[row])).size < count) return rows.map((_, at) => Math.floor((at * count) / rows.length));
  const folds: number[] = [];
  while (folds.length < rows.length) {
    const from = folds.length;
    let to = from;
    while (to < rows.length && blocks[rows[to]] === blocks[rows[from]]) to++;
    const fold = Math.floor((((from + to) / 2) * count) / rows.length);
    while (folds.length < to) folds.push(fold);
  }
  return folds;
}

/** In how many blocks the class has been seen that was seen in the fewest. */
function fewestBlocks(rows: readonly number[], { target, blocks }: TableSet): number {
  const seen = new Map<number, Set<number>>();
  for (const row of rows) {
    const value = target?.values[row] ?? 0;
    seen.set(value, (seen.get(value) ?? new Set()).add(blocks[row]));
  }
  return Math.min(...[...seen.values()].map(({ size }) => size));
}
