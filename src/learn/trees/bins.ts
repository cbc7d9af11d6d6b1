import { sharedBytes, thresholdOf, unknownKey, type Keys } from "./keys.ts";

/** Features in at most 255 bins each, in memory that threads share. */
export interface Bins {
  readonly rows: number;
  readonly columns: number;
  /** Bins of items, `unknownBin` where unknown; four columns side by side, so that one look sees them all: see `codePlace`. */
  readonly codes: Uint8Array;
  /** By column, ascending: the greatest number of each bin but the last. */
  readonly thresholds: readonly Float32Array[];
}

export const unknownBin = 255;

/** Where the codes of a column begin; those of the next item lie four further on. */
export const codePlace = (rows: number, column: number): number => 4 * (column >> 2) * rows + (column & 3);

/** Items that a column's bins are chosen from, at even distances. */
const sampled = 50_000;

/** Room for the codes of so many items. */
export const sharedCodes = (rows: number, columns: number): Uint8Array => sharedBytes(4 * Math.ceil(columns / 4) * rows);

/**
 * Kernel: puts columns `from` to `to` in bins that hold about equally many items each; one a value where
 * there are no more values than bins. Writes `codes` and returns the columns' thresholds.
 *
 * Cost: a sort of at most 50 000 items and eight comparisons an item, for each column.
 */
export function binColumns({ rows, keys }: Keys, codes: Uint8Array, from: number, to: number, most: number): Float32Array[] {
  const thresholds: Float32Array[] = [];
  const sample = new Int32Array(Math.min(rows, sampled));
  for (let column = from; column < to; column++) {
    const own = keys.subarray(column * rows, (column + 1) * rows);
    let known = 0;
    for (let at = 0; at < sample.length; at++) {
      const key = own[Math.floor((at * rows) / sample.length)];
      if (key !== unknownKey) sample[known++] = key;
    }
    const cuts = cutsOf(sample.subarray(0, known).sort(), most);
    encode(own, cuts, codes, codePlace(rows, column));
    thresholds.push(Float32Array.from(cuts, thresholdOf));
  }
  return thresholds;
}

/** The greatest keys of bins, the last bin left out: between different neighbours, halfway. */
export function cutsOf(sorted: Int32Array, most: number): number[] {
  const starts: number[] = [];
  for (let at = 1; at < sorted.length; at++) if (sorted[at] !== sorted[at - 1]) starts.push(at);
  const chosen = starts.length < most ? starts : evenStarts(starts, sorted.length, most);
  return chosen.map((at) => Math.max(sorted[at - 1], Math.min(sorted[at] - 1, Math.floor((sorted[at - 1] + sorted[at]) / 2))));
}

/** Of the places where a value begins, those that part the items most evenly: each bin takes its share of what is left. */
function evenStarts(starts: readonly number[], count: number, most: number): number[] {
  const chosen: number[] = [];
  let [last, want] = [0, count / most];
  for (const [at, start] of starts.entries()) {
    if (start - last < want && starts.length - at > most - 1 - chosen.length) continue;
    chosen.push(start);
    if (chosen.length === most - 1) break;
    last = start;
    want = (count - start) / (most - chosen.length);
  }
  return chosen;
}

/** The bin of each key: how many cuts lie below it. Eight steps of a search without branches. */
function encode(keys: Int32Array, cuts: readonly number[], codes: Uint8Array, place: number): void {
  const padded = new Int32Array(256).fill(unknownKey - 1);
  padded.set(cuts);
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row];
    let bin = 0;
    for (let step = 128; step > 0; step >>= 1) bin += step & ((padded[bin + step - 1] - key) >> 31);
    codes[place + 4 * row] = key === unknownKey ? unknownBin : bin;
  }
}
