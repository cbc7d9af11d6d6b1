import { cutsOf } from "./bins.ts";
import { sharedShorts, thresholdOf, unknownKey, type Keys } from "./keys.ts";

/** Features by the rank of their values, in memory that threads share. */
export interface Ranks {
  readonly rows: number;
  readonly columns: number;
  /** Column-major; `unknownRank` where unknown. */
  readonly codes: Uint16Array;
  /** By column, ascending: the greatest number of each rank but the last. */
  readonly thresholds: readonly Float32Array[];
}

export const unknownRank = 65_535;

/** Room for the ranks of so many items. */
export const sharedRanks = (rows: number, columns: number): Uint16Array => sharedShorts(rows * columns);

/**
 * Kernel: ranks columns `from` to `to`: every value has its own where there are fewer than 65 535, else values near each other
 * share one, about equally many items each. Writes `codes` and returns the columns' thresholds.
 *
 * Cost: a sort of the items and sixteen comparisons an item, for each column.
 */
export function rankColumns({ rows, keys }: Keys, codes: Uint16Array, from: number, to: number): Float32Array[] {
  const thresholds: Float32Array[] = [];
  for (let column = from; column < to; column++) {
    const own = keys.subarray(column * rows, (column + 1) * rows);
    const sorted = own.slice().sort();
    const known = sorted.indexOf(unknownKey);
    const cuts = Int32Array.from(cutsOf(known < 0 ? sorted : sorted.subarray(0, known), unknownRank));
    for (let row = 0; row < rows; row++) codes[column * rows + row] = own[row] === unknownKey ? unknownRank : rankOf(own[row], cuts);
    thresholds.push(Float32Array.from(cuts, thresholdOf));
  }
  return thresholds;
}

/** How many cuts lie below the key. */
function rankOf(key: number, cuts: Int32Array): number {
  let [from, to] = [0, cuts.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (cuts[middle] < key) from = middle + 1;
    else to = middle;
  }
  return from;
}
