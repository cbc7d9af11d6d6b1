import { randomFrom } from "../learn/random.ts";
import type { StudyRequest, TableSet } from "./study-request.ts";
import { pickRows } from "./table-set.ts";

/** Numbers of the rows that teach which learning may hold: rows × inputs and their pasts. Maps and learners hold a few times as many beside. */
export const mostCells = 20_000_000;
/** Neighbouring rows that stay together, so that windows and pasts stay whole; more where pasts are long. */
const runRows = 500;
const runLags = 20;
/** A class that was seen in fewer rows than this keeps all of them. */
const rareRows = 1000;

/** What a study learns from: all rows, or, where these are too many, runs of rows spread evenly over them. */
export interface TeachingRows {
  readonly train: TableSet;
  /** 1 for each row of `train` that may teach. */
  readonly teaches: Uint8Array;
}

/**
 * Bounds what learning holds, however long the history: a seeded draw of one run of neighbouring rows from
 * each of as many equal parts of the history as fit. Every block has its share; runs that hold a row of a
 * rare class are kept before any other.
 *
 * Cost: rows; 8 bytes a cell that is kept, and none when all fit.
 */
export function boundedRows({ train, kind, lag, targetLags, seed }: StudyRequest, teaches: Uint8Array, cells = mostCells): TeachingRows {
  const most = Math.floor(cells / Math.max(1, train.inputs.length * (1 + lag) + targetLags));
  if (train.rows <= most) return { train, teaches };
  const runs = runsOf(train, Math.max(runRows, runLags * Math.max(lag, targetLags)));
  const isRare = kind === "classify" ? holdsRare(train, teaches) : () => false;
  const first = runs.filter(isRare);
  const others = runs.filter((run) => !isRare(run));
  const kept = [...first, ...drawnEvenly(others, Math.max(0, most - rowsIn(first)), seed)].toSorted((a, b) => a.from - b.from);
  const rows = new Int32Array(rowsIn(kept));
  let at = 0;
  for (const { from, to } of kept) for (let row = from; row < to; row++) rows[at++] = row;
  return { train: pickRows(train, rows), teaches: Uint8Array.from(rows, (row) => teaches[row]) };
}

/** As many of some runs as hold at most so many rows: one from each of as many equal parts of them, drawn by a seed. All of them when they fit. */
export function drawnEvenly<T extends Run>(runs: readonly T[], most: number, seed: number): readonly T[] {
  const share = most / Math.max(1, rowsIn(runs));
  if (share >= 1) return runs;
  const wanted = Math.floor(share * runs.length);
  const random = randomFrom(seed);
  return Array.from({ length: wanted }, (_, part) => {
    const [from, to] = [Math.floor((part * runs.length) / wanted), Math.floor(((part + 1) * runs.length) / wanted)];
    return runs[from + Math.floor(random() * (to - from))];
  });
}

/** Neighbouring rows, `from` to before `to`. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

const rowsIn = (runs: readonly Run[]): number => runs.reduce((sum, { from, to }) => sum + to - from, 0);

/** Rows of one stretch and block, cut into runs of at most so many. */
function runsOf({ stretches, blocks }: TableSet, most: number): Run[] {
  const runs: Run[] = [];
  for (const { start, end } of stretches) {
    for (let from = start; from < end; ) {
      let to = from + 1;
      while (to < end && to - from < most && blocks[to] === blocks[from]) to++;
      runs.push({ from, to });
      from = to;
    }
  }
  return runs;
}

function holdsRare({ target }: TableSet, teaches: Uint8Array): (run: Run) => boolean {
  const values = target?.values ?? new Float64Array(teaches.length);
  const seen = new Map<number, number>();
  for (const [row, value] of values.entries()) if (teaches[row] === 1) seen.set(value, (seen.get(value) ?? 0) + 1);
  const rare = new Set([...seen].filter(([, rows]) => rows < rareRows).map(([value]) => value));
  return ({ from, to }) => {
    for (let row = from; row < to; row++) if (teaches[row] === 1 && rare.has(values[row])) return true;
    return false;
  };
}
