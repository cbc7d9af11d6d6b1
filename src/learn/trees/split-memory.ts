import type { Bins } from "./bins.ts";
import { sharedDoubles, sharedInts } from "./keys.ts";

/**
 * What the threads that look for splits of one boosted fit share.
 *
 * Gradients are whole numbers on a grid, so that sums of them are exact in a double and come out the
 * same in whatever order, by however many threads, and a histogram may be had by subtraction. An
 * item's `packed` is one count of `unit` plus its gradient: one addition counts and sums.
 */
export interface SplitMemory {
  readonly rows: number;
  /** As in `Bins`, and four columns a number. */
  readonly codes: Uint8Array;
  readonly fours: Int32Array;
  /** By column: bins of known values. */
  readonly known: Int32Array;
  /** Columns that the tree at hand may split. */
  readonly active: Int32Array;
  /** Items in the order of leaves; `packed` and `second` in the same order. */
  readonly items: Int32Array;
  readonly packed: Float64Array;
  /** Second derivatives on a grid; nothing where they are all 1. */
  readonly second: Float64Array;
  /** Slot × active column × bin (256) × 1, or 2 with second derivatives. */
  readonly histograms: Float64Array;
  /** By slot: what is added to the gradients of its leaf's items before the next tree. */
  readonly shifts: Float64Array;
  /** -1 where a higher feature may only lower the output, 1 where it may only raise it. */
  readonly monotone: Int32Array;
  readonly job: Int32Array;
  readonly facts: Float64Array;
  /** Side × active column × `foundWidth`. */
  readonly found: Float64Array;
}

export const foundWidth = 5;
/** Places in `found` of one column's best split. */
export const found = { gain: 0, cut: 1, unknownLeft: 2, leftPacked: 3, leftSecond: 4 } as const;
/** Places in `job`; `carried` slots make the first histograms of a tree, or none. `next`, `done` and `epoch` are only touched by Atomics once threads share the memory. */
export const job = { from: 0, to: 1, small: 2, large: 3, next: 4, done: 5, epoch: 6, stop: 7, carried: 8 } as const;
/** Places in `facts`. The sums are of the small leaf and, one place on, of the large one. */
export const facts = { unit: 0, penalty: 1, leastLeaf: 2, leastSecond: 3, packed: 4, second: 6 } as const;

/** Columns that one thread takes at a time. */
export const atOnce = 4;
export const chunksOf = ({ active }: SplitMemory): number => Math.ceil(active.length / atOnce);

export function splitMemory(bins: Bins, active: number, slots: number, hasSecond: boolean, monotone: Int32Array | null): SplitMemory {
  const width = hasSecond ? 2 : 1;
  const known = sharedInts(bins.columns);
  known.set(bins.thresholds.map((thresholds) => thresholds.length + 1));
  const columns = sharedInts(active);
  columns.set(Array.from(columns.keys()));
  const directions = sharedInts(bins.columns);
  if (monotone !== null) directions.set(monotone);
  return {
    rows: bins.rows,
    codes: bins.codes,
    fours: new Int32Array(bins.codes.buffer),
    known,
    active: columns,
    items: sharedInts(bins.rows),
    packed: sharedDoubles(bins.rows),
    second: sharedDoubles(hasSecond ? bins.rows : 0),
    histograms: sharedDoubles(slots * active * 256 * width),
    shifts: sharedDoubles(slots),
    monotone: directions,
    job: sharedInts(9),
    facts: sharedDoubles(8),
    found: sharedDoubles(2 * active * foundWidth),
  };
}
