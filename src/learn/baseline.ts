import type { Matrix } from "./matrix.ts";
import type { BaselineValues } from "./maps/window-map.ts";

const chunks = 8;
/** A signal is never taken to be steadier than this share of its level. */
const leastShare = 0.02;
/** How much the wandering of the level counts beside the scatter of readings, as variances. */
const wanderWeight = 4;

/**
 * What is usual for each signal, from a stretch of normal rows.
 *
 * The stretch is cut in eight; the centre is the median of the eight means, the noise the median of
 * the eight deviations, and the spread adds to the noise how far the eight means lie apart. Medians,
 * so that a fault in fewer than half of the stretch moves it little.
 *
 * Input: rows × signals, NaN for gaps. Returns: NaN for a signal with too few readings to tell.
 * Cost: rows × signals.
 * Source: Ours; the robust deviation is 1.4826 times the median distance from the median.
 */
export function baselineOf({ rows, columns, values }: Matrix): BaselineValues {
  const [centre, spread, noise] = [new Float64Array(columns), new Float64Array(columns), new Float64Array(columns)];
  for (let signal = 0; signal < columns; signal++) {
    const parts = Array.from({ length: chunks }, (_, chunk) => {
      const [from, to] = [Math.floor((chunk * rows) / chunks), Math.floor(((chunk + 1) * rows) / chunks)];
      return scatterOf(values, columns, signal, from, to);
    }).filter(({ count }) => count >= 2);
    const means = parts.map(({ mean }) => mean);
    const level = parts.length * 2 >= chunks ? median(means) : NaN;
    const within = median(parts.map(({ variance }) => variance));
    const wander = 1.4826 * median(means.map((mean) => Math.abs(mean - level)));
    const least = Math.max(leastShare * Math.abs(level), 1e-9);
    centre[signal] = level;
    noise[signal] = Math.sqrt(within + 0.036 * least ** 2);
    spread[signal] = Math.sqrt(within + wanderWeight * wander ** 2 + least ** 2);
  }
  return { centre, spread, noise };
}

/** The three rows of the model's second input: centre, spread, noise. */
export function baselineInput({ centre, spread, noise }: BaselineValues): { type: "double"; dims: number[]; values: Float64Array } {
  return { type: "double", dims: [3, centre.length], values: Float64Array.of(...centre, ...spread, ...noise) };
}

function scatterOf(values: Float64Array, columns: number, signal: number, from: number, to: number): { count: number; mean: number; variance: number } {
  let [count, mean, squares] = [0, 0, 0];
  for (let row = from; row < to; row++) {
    const value = values[row * columns + signal];
    if (Number.isNaN(value)) continue;
    count++;
    const step = value - mean;
    mean += step / count;
    squares += step * (value - mean);
  }
  return { count, mean, variance: squares / Math.max(count, 1) };
}

function median(x: readonly number[]): number {
  const sorted = Float64Array.from(x).sort();
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
