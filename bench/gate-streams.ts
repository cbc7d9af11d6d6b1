import { normalFrom, randomFrom, type Random } from "../src/learn/random.ts";

/** Row by row, whether champion and challenger were wrong: 0 or 1. */
export interface Errors {
  readonly champion: Uint8Array;
  readonly challenger: Uint8Array;
}

/** What a block of a made-up stream came to, and when it was answered. */
export interface StreamBlock {
  /** Champion's loss minus challenger's. */
  readonly gain: number;
  /** The worst that the answer could have made of it: the rows on which the two differ, all against the challenger. */
  readonly least: number;
  /** Blocks until the answer came; `Infinity` for never. */
  readonly delay: number;
}

/** Errors in bursts of geometric length with mean `burst`, wrong for a share `rate` of the rows in the long run. */
export function bursts(rows: number, rate: (row: number) => number, length: (random: Random) => number, random: Random): Uint8Array {
  const wrong = new Uint8Array(rows);
  const mean = meanLength(length);
  for (let row = 0; row < rows; ) {
    const share = rate(row);
    row += geometric((mean * (1 - share)) / share, random);
    const end = Math.min(rows, row + length(random));
    if (row < end) wrong.fill(1, row, end);
    row = end;
  }
  return wrong;
}

/** A whole number from 1 with the given mean, 1 or more. */
export function geometric(mean: number, random: Random): number {
  return mean <= 1 ? 1 : 1 + Math.floor(Math.log(1 - random()) / Math.log1p(-1 / mean));
}

/** Lengths with a tail so heavy that a few bursts hold most of the wrong rows; cut at `most`. */
export const heavyLength = (scale: number, most: number) => (random: Random): number => Math.min(most, Math.ceil(scale * (1 - random()) ** (-1 / 1.3)));

/** Means of lengths, drawn once each: a heavy tail has no formula. */
const means = new WeakMap<(random: Random) => number, number>();

function meanLength(length: (random: Random) => number): number {
  let mean = means.get(length);
  if (mean === undefined) {
    const [draws, random] = [200_000, randomFrom(1)];
    mean = 0;
    for (let draw = 0; draw < draws; draw++) mean += length(random) / draws;
    means.set(length, mean);
  }
  return mean;
}

/** A level that wanders: exp of an autoregression with a time of `time` steps and a spread of `spread`, one value a step. */
export function wandering(steps: number, time: number, spread: number, random: Random): Float64Array {
  const keep = Math.exp(-1 / time);
  let level = normalFrom(random);
  return Float64Array.from({ length: steps }, () => {
    level = keep * level + Math.sqrt(1 - keep ** 2) * normalFrom(random);
    return Math.exp(spread * level - spread ** 2 / 2);
  });
}

/** Share of its rows wrong at which a block is as bad as can be: more is cut to a loss of 1. */
export const lostAt = 0.2;

/**
 * Cuts errors into blocks and says what each gained.
 *
 * Input: `rows` a block; a rest that fills none is left out.
 */
export function blocksOf({ champion, challenger }: Errors, rows: number, from = 0): Omit<StreamBlock, "delay">[] {
  return Array.from({ length: Math.floor((champion.length - from) / rows) }, (_, block) => {
    let [ours, theirs, apart] = [0, 0, 0];
    for (let row = from + block * rows; row < from + (block + 1) * rows; row++) {
      ours += champion[row];
      theirs += challenger[row];
      apart += champion[row] ^ challenger[row];
    }
    const loss = (wrong: number): number => Math.min(1, wrong / (rows * lostAt));
    return { gain: loss(ours) - loss(theirs), least: -Math.min(1, apart / (rows * lostAt)) };
  });
}
