import { normalFrom, randomFrom, type Random } from "../learn/random.ts";
import type { BaselineValues } from "../learn/maps/window-map.ts";
import type { Matrix } from "../learn/matrix.ts";

/** What is done to one signal of a window; `by` is a size in its usual spread. */
const kinds: readonly ((values: Float64Array, usual: Usual, by: number, random: Random) => Float64Array)[] = [
  (values, { spread }, by) => values.map((value) => value + by * spread), // it stands elsewhere
  (values, { spread }, by) => values.map((value, at) => value + (by * spread * 2 * (at + 1)) / values.length), // it drifts away
  (values, { noise }, by, random) => values.map((value) => value + by * noise * normalFrom(random)), // it scatters more
  (values) => values.map(() => values[0]), // it is stuck
  (values, { noise }, by, random) => swing(values, by * noise, 3 + 7 * random()), // it swings
  (_, { other }) => other, // it is as at another time: usual by itself, a balance is broken
];

interface Usual {
  readonly spread: number;
  readonly noise: number;
  /** The same signal in a window of another time. */
  readonly other: Float64Array;
}

const swing = (values: Float64Array, size: number, period: number): Float64Array => values.map((value, at) => value + size * Math.SQRT2 * Math.sin((2 * Math.PI * at) / period));

/** Sizes that are drawn from: from what is hardly seen to what nobody misses. */
const [least, most] = [0.5, 4];

/**
 * Windows of normal rows with a fault put into one signal or two: what tells detectors apart before
 * there is a real fault.
 *
 * Input: the rows, columns of them, and the rows at which windows end, two or more; every window gets
 * each kind of fault once. Returns the windows one under the other.
 * Source: after Goswami et al., "Unsupervised model selection for time-series anomaly detection", ICLR 2023.
 */
export function withFaults(columns: readonly Float64Array[], ends: readonly number[], window: number, { spread, noise }: BaselineValues, seed: number): Matrix {
  const random = randomFrom(seed);
  const signals = columns.length;
  const values = new Float64Array(ends.length * kinds.length * window * signals);
  let item = 0;
  for (const [place, end] of ends.entries()) {
    for (const kind of kinds) {
      const other = ends[(place + 1 + Math.floor(random() * (ends.length - 1))) % ends.length];
      const struck = new Set(Array.from({ length: random() < 0.5 ? 1 : 2 }, () => Math.floor(random() * signals)));
      const by = least * (most / least) ** random() * (random() < 0.5 ? -1 : 1);
      for (const [signal, column] of columns.entries()) {
        const own = column.subarray(end - window, end);
        const shown = struck.has(signal) ? kind(own, { spread: spread[signal], noise: noise[signal], other: column.subarray(other - window, other) }, by, random) : own;
        for (let row = 0; row < window; row++) values[(item * window + row) * signals + signal] = shown[row];
      }
      item++;
    }
  }
  return { rows: item * window, columns: signals, values };
}
