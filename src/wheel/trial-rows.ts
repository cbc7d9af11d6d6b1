import { MillraceError } from "../errors.ts";
import type { Matrix } from "../learn/matrix.ts";
import type { Column, Recording } from "../capture/recording.ts";
import type { Interval, Micros } from "../schema/time.ts";
import { GridRows } from "../store/grid-rows.ts";

/** Rows of a recording between two pauses: rows `from` up to but not including `to` of the trial. */
export interface RowStretch {
  readonly from: number;
  readonly to: number;
  /** Time of its first row; the others follow a period apart. */
  readonly start: Micros;
}

/** A recording on its own grid, cut where it pauses, column by column. */
export interface TrialRows {
  readonly period: number;
  /** In time order, without a row between one's `to` and the next one's `from`. */
  readonly stretches: readonly RowStretch[];
  readonly times: Float64Array;
  /** One a column asked for, each with one value a row; `NaN` is unknown. */
  readonly columns: readonly Float64Array[];
  /** 0 normal, 1 fault, 2 unknown, one a row; `null` without recorded truth. */
  readonly truth: Uint8Array | null;
}

/** A pause this many holds long cuts a recording: no window reaches across it. */
const holdsOfPause = 10;
/** Cells that a trial may have: 1 GiB of values. */
const mostCells = 2 ** 27;

/**
 * Lays a recording out on its grid: each tick holds a column's last value no older than the hold.
 *
 * Pauses longer than ten holds make no rows, so a file of two days a year apart costs two days.
 * Cost: O(rows log rows) when rows are out of order; 8 bytes a cell.
 * Throws: `try.too-large`.
 */
export function layOut(recording: Recording, columns: readonly Column[]): TrialRows {
  const { grid, times, label } = recording;
  const order = inTimeOrder(times);
  const cuts = pauses(times, order, holdsOfPause * grid.hold);
  const stretches: RowStretch[] = [];
  let rows = 0;
  for (const [at, first] of cuts.entries()) {
    const start = times[order[first]];
    const last = times[order[(cuts[at + 1] ?? order.length) - 1]];
    const ticks = Math.ceil((last - start) / grid.period) + 1;
    stretches.push({ from: rows, to: rows + ticks, start });
    rows += ticks;
  }
  if (rows * (columns.length + 1) > mostCells) throw tooLarge(rows, columns.length);

  const resample = (values: Float64Array) => onGrid(recording, values, order, cuts, stretches);
  return {
    period: grid.period,
    stretches,
    times: tickTimes(stretches, rows, grid.period),
    columns: columns.map(({ values }) => resample(values)),
    truth: label === null ? null : Uint8Array.from(resample(label.values), (value) => (value === 0 || value === 1 ? value : 2)),
  };
}

/** Some rows of some columns as the engine takes them: rows × columns, row-major. */
export function matrixOf(columns: readonly Float64Array[], from: number, to: number): Matrix {
  const values = new Float64Array((to - from) * columns.length);
  for (const [at, column] of columns.entries()) {
    for (let row = from; row < to; row++) values[(row - from) * columns.length + at] = column[row];
  }
  return { rows: to - from, columns: columns.length, values };
}

/** From the first of some rows to a period after the last. */
export function intervalOf({ times, period }: TrialRows, { from, to }: Pick<RowStretch, "from" | "to">): Interval {
  return { start: times[from], end: times[to - 1] + period };
}

/** Row numbers by time; equal times stay in file order. */
function inTimeOrder(times: Float64Array): Uint32Array {
  const order = Uint32Array.from(times.keys());
  const isSorted = times.every((time, row) => row === 0 || time >= times[row - 1]);
  return isSorted ? order : order.toSorted((a, b) => times[a] - times[b] || a - b);
}

/** Where a stretch begins: places in `order`, the first of which is 0. */
function pauses(times: Float64Array, order: Uint32Array, longest: number): number[] {
  const starts = [0];
  for (let at = 1; at < order.length; at++) if (times[order[at]] - times[order[at - 1]] > longest) starts.push(at);
  return starts;
}

function tickTimes(stretches: readonly RowStretch[], rows: number, period: number): Float64Array {
  const times = new Float64Array(rows);
  for (const { from, to, start } of stretches) for (let row = from; row < to; row++) times[row] = start + (row - from) * period;
  return times;
}

function onGrid({ times, grid: { period, hold } }: Recording, values: Float64Array, order: Uint32Array, cuts: readonly number[], stretches: readonly RowStretch[]): Float64Array {
  const column = new Float64Array(stretches.at(-1)?.to ?? 0);
  for (const [at, { from, to, start }] of stretches.entries()) {
    const rows = new GridRows({ keys: [1], period, hold, start, end: start + (to - from) * period });
    for (let place = cuts[at]; place < (cuts[at + 1] ?? order.length); place++) {
      const row = order[place];
      if (!Number.isNaN(values[row])) rows.add(1, times[row], values[row], row);
    }
    column.set(rows.finish().values, from);
  }
  return column;
}

function tooLarge(rows: number, columns: number): MillraceError {
  return new MillraceError("try.too-large", `Cannot try this recording: ${rows} rows of ${columns} signals on its grid, at most ${mostCells} cells fit`, {
    hint: "Leave columns out with --exclude, or try a shorter recording.",
  });
}
