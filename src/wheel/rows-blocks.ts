import { shown } from "../capture/name.ts";
import { MillraceError } from "../errors.ts";
import { asTexts, type JoinedRows } from "./rows-joined.ts";
import type { StudyColumn, Stretch } from "./study-request.ts";

/** What makes a block: a number of rows, a length of time in microseconds, or a column. */
export type BlockBy = { readonly by: "rows"; readonly rows: number } | { readonly by: "span"; readonly span: number; readonly text: string } | { readonly by: "column"; readonly column: string };

/** Blocks by row, and what one is, in words. */
export interface Blocks {
  readonly of: Int32Array;
  readonly count: number;
  readonly what: string;
}

/** Blocks that a table is cut into when nothing says what a block is. */
export const usualBlocks = 20;
/** With as many files or more, each is a block. */
const enoughFiles = 10;
/** A leap in time of more than this many usual steps ends a stretch. */
const longestLeap = 10;

/** What blocks and stretches are cut by; all by row, rows of a group together. */
export interface RowsToCut {
  readonly joined: JoinedRows;
  readonly files: Int32Array;
  readonly groups: Int32Array | null;
  readonly groupName: string | null;
  readonly times: Float64Array | null;
  readonly rowNumbers: Float64Array;
}

/**
 * Rows that followed each other: of one file and one group; without groups also without rows missing
 * between them and without time that goes back or leaps ahead.
 */
export function stretchesOf({ files, groups, times, rowNumbers }: RowsToCut): Stretch[] {
  const leap = times === null ? Infinity : longestLeap * usualStep(times, files);
  const stretches: Stretch[] = [];
  let start = 0;
  for (let row = 1; row <= files.length; row++) {
    const step = times === null || row === files.length ? 1 : times[row] - times[row - 1];
    const goesOn =
      row < files.length &&
      files[row] === files[row - 1] &&
      (groups === null ? rowNumbers[row] === rowNumbers[row - 1] + 1 && step >= 0 && !(step > leap) : groups[row] === groups[row - 1]);
    if (goesOn) continue;
    stretches.push({ start, end: row, file: files[start] });
    start = row;
  }
  return stretches;
}

/** The median step of time within files; Infinity when time stands still. */
function usualStep(times: Float64Array, files: Int32Array): number {
  const every = Math.max(1, Math.floor(times.length / 20_000));
  const steps: number[] = [];
  for (let row = every; row < times.length; row += every) if (files[row] === files[row - 1] && times[row] > times[row - 1]) steps.push(times[row] - times[row - 1]);
  steps.sort((a, b) => a - b);
  return steps.at(steps.length >> 1) ?? Infinity;
}

/**
 * Cuts rows into blocks. Without a rule a group is a block, else a file where there are ten that teach,
 * else files are cut into stretches of as many rows, about `wanted` of them. No block crosses files,
 * but for those of a column. Throws `study.no-times`.
 */
export function blocksOf(rows: RowsToCut, by: BlockBy | null, column: StudyColumn | null, wanted: number): Blocks {
  const { joined, files, groups, groupName, times } = rows;
  if (column !== null) return { ...numbered(asTexts(column).values), what: `rows of one ${column.name}` };
  if (by?.by === "span") {
    if (times === null) throw noTimes(by.text);
    return { ...numbered(partsOf(rows, (start, row) => Math.floor((times[row] - times[start]) / by.span))), what: by.text };
  }
  if (by?.by === "rows") return { ...numbered(partsOf(rows, (start, row) => Math.floor((row - start) / by.rows))), what: `${by.rows} rows` };
  if (groups !== null) return { ...numbered(groups), what: `a group of ${groupName ?? "rows"}` };
  if (joined.teachingFiles >= enoughFiles) return { ...numbered(files), what: "a file" };
  const size = Math.max(1, joined.teaching / Math.max(wanted, joined.teachingFiles));
  const pieces = joined.files.map((file) => Math.max(1, Math.round(file.rows / size)));
  const of = numbered(partsOf(rows, (start, row) => Math.floor(((row - start) * pieces[files[row]]) / joined.files[files[row]].rows)));
  return { ...of, what: `about ${Math.round(size)} rows` };
}

/** A number for each part of a file (and group): no two parts share one. */
function partsOf({ files, groups }: RowsToCut, part: (start: number, row: number) => number): Float64Array {
  const parts = new Float64Array(files.length);
  let [start, before, most] = [0, 0, -1];
  for (let row = 0; row < files.length; row++) {
    if (row > 0 && (files[row] !== files[row - 1] || groups?.[row] !== groups?.[row - 1])) [start, before] = [row, most + 1];
    parts[row] = before + Math.max(0, part(start, row));
    if (parts[row] > most) most = parts[row];
  }
  return parts;
}

/** Numbers from 0 as values appear; rows of an unknown value are in the block of the row before. */
function numbered(values: Float64Array | Int32Array): { of: Int32Array; count: number } {
  const numbers = new Map<number, number>();
  const of = new Int32Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (Number.isNaN(value) && row > 0) {
      of[row] = of[row - 1];
      continue;
    }
    let number = numbers.get(value);
    if (number === undefined) numbers.set(value, (number = numbers.size));
    of[row] = number;
  }
  return { of, count: numbers.size };
}

function noTimes(span: string): MillraceError {
  return new MillraceError("study.no-times", `Cannot cut blocks of ${shown(span)}: the tables hold no times`, { hint: "Name the time column with --time, or cut by a number of rows with --block." });
}
