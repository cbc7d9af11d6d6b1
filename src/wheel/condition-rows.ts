import { intervalsOf } from "../learn/alarms.ts";
import { baselineOf } from "../learn/baseline.ts";
import type { RowScale } from "../learn/maps/whitened-map.ts";
import type { BaselineValues } from "../learn/maps/window-map.ts";
import { emptyMoments, mergeMoments, momentsOf, type Gram, type Moments } from "../learn/moments.ts";
import type { RowStretch } from "./trial-rows.ts";

/** Rows that teach, cut into blocks: what a detector of condition is taught on. */
export interface ConditionRows {
  /** One a signal, each with one value a row; NaN is unknown. */
  readonly columns: readonly Float64Array[];
  /** Contiguous, in order, none of which crosses a stretch. */
  readonly blocks: readonly Pick<RowStretch, "from" | "to">[];
  /** 1 for each row that may teach. */
  readonly teaches: Uint8Array;
}

/** A signal that repeats its last reading in more rows than this is read less often than the rows come. */
const mostRepeated = 0.5;
/** Below this many there is nothing to couple. */
const fewestCoupled = 2;

/**
 * Which signals can be coupled: the ones that are read anew in most rows. A value that is only held, as
 * an analysis every quarter of an hour among readings every three minutes, does not move with the rows.
 *
 * Returns: places among the columns; none when fewer than two are left.
 */
export function coupledPlaces({ columns, blocks, teaches }: ConditionRows): number[] {
  const places = columns.flatMap((column, place) => {
    let [pairs, repeats] = [0, 0];
    for (const { from, to } of blocks) {
      for (let row = from + 1; row < to; row++) {
        if (teaches[row] !== 1 || Number.isNaN(column[row]) || Number.isNaN(column[row - 1])) continue;
        pairs++;
        if (column[row] === column[row - 1]) repeats++;
      }
    }
    return pairs > 0 && repeats <= mostRepeated * pairs ? [place] : [];
  });
  return places.length < fewestCoupled ? [] : places;
}

/** Rows whose moments are taken at a time: bounds memory. */
const rowsAtOnce = 16_384;

/** The moments of some blocks' whole teaching rows, each signal as (reading - centre) / spread. */
export async function rowMoments({ columns, blocks, teaches }: ConditionRows, chosen: readonly number[], places: readonly number[], { centre, spread }: RowScale, gram: Gram): Promise<Moments> {
  let sum = emptyMoments(places.length);
  for (const { from, to } of chosen.map((at) => blocks[at])) {
    for (let start = from; start < to; start += rowsAtOnce) {
      const rows: Float32Array[] = [];
      for (let row = start; row < Math.min(to, start + rowsAtOnce); row++) {
        if (teaches[row] !== 1) continue;
        const own = Float32Array.from(places, (place, j) => (columns[place][row] - centre[j]) / spread[j]);
        if (!own.some(Number.isNaN)) rows.push(own);
      }
      sum = mergeMoments(sum, await momentsOf(rows, places.length, gram));
    }
  }
  return sum;
}

/** What is usual in the teaching rows of some blocks; of signals that they leave open, what is `known`. */
export function usualOf({ columns, blocks, teaches }: ConditionRows, chosen: readonly number[], known: BaselineValues | null): BaselineValues {
  const spans = chosen.map((at) => blocks[at]);
  const values = new Float64Array(spans.reduce((sum, { from, to }) => sum + to - from, 0));
  const [centre, spread, noise] = [new Float64Array(columns.length), new Float64Array(columns.length), new Float64Array(columns.length)];
  for (const [place, column] of columns.entries()) {
    let at = 0;
    for (const { from, to } of spans) for (let row = from; row < to; row++) values[at++] = teaches[row] === 1 ? column[row] : NaN;
    const own = baselineOf({ rows: values.length, columns: 1, values });
    const isOpen = known !== null && Number.isNaN(own.centre[0]);
    centre[place] = isOpen ? known.centre[place] : own.centre[0];
    spread[place] = isOpen ? known.spread[place] : own.spread[0];
    noise[place] = isOpen ? known.noise[place] : own.noise[0];
  }
  return { centre, spread, noise };
}

/** The stretches of rows that may teach within a block, each long enough for a window. */
export function teachingSpans({ from, to }: Pick<RowStretch, "from" | "to">, teaches: Uint8Array, window: number): Pick<RowStretch, "from" | "to">[] {
  return intervalsOf(teaches.subarray(from, to)).flatMap(({ start, end }) => (end - start < window ? [] : [{ from: from + start, to: from + end }]));
}

/** At most `most` groups of neighbouring blocks with about as many rows each: places of blocks. */
export function groupsOf(blocks: ConditionRows["blocks"], most: number): number[][] {
  const all = blocks.reduce((sum, { from, to }) => sum + to - from, 0);
  const count = Math.min(most, blocks.length);
  const groups: number[][] = Array.from({ length: count }, () => []);
  let before = 0;
  for (const [at, { from, to }] of blocks.entries()) {
    const group = Math.floor((count * (before + (to - from) / 2)) / all);
    groups[Math.min(count - 1, group)].push(at);
    before += to - from;
  }
  return groups.filter((group) => group.length > 0);
}
