/** Round steps, so that an axis moves in jumps that mean something instead of trembling with the data. */
const roundSteps = [1, 2, 2.5, 5, 10];

export interface Range {
  readonly min: number;
  readonly max: number;
  readonly splits: readonly number[];
}

/** A range around [low, high] that ends on round numbers, with the marks in it. Unknown ends give 0 to 1 without marks. */
export function roundRange(low: number, high: number): Range {
  if (!(low <= high)) return { min: 0, max: 1, splits: [] };
  // A flat line lies in the middle; noise in the last digits is not blown up.
  const least = Math.max(Math.abs(low), Math.abs(high)) * 0.004 || 1;
  const middle = (low + high) / 2;
  const half = Math.max((high - low) / 2, least / 2) * 1.08;
  const raw = (2 * half) / 3;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * (roundSteps.find((one) => one * power >= raw * 0.999) ?? 10);
  const first = Math.floor((middle - half) / step);
  const last = Math.ceil((middle + half) / step);
  const splits = Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
  return { min: splits[0], max: splits[splits.length - 1], splits };
}

/** Lowest and highest of the values between two times; NaN when there are none. */
export function extent(times: Float64Array, low: Float64Array, high: Float64Array, start: number, end: number): [number, number] {
  let [lowest, highest] = [Number.NaN, Number.NaN];
  for (let at = 0; at < times.length; at++) {
    if (times[at] < start || times[at] > end) continue;
    if (!(lowest <= low[at])) lowest = Number.isNaN(low[at]) ? lowest : low[at];
    if (!(highest >= high[at])) highest = Number.isNaN(high[at]) ? highest : high[at];
  }
  return [lowest, highest];
}

const scoreMarks = [0, 1, 3, 10, 30, 100, 300, 1000, 10_000];

/** Scores: from 0 to a little above the highest, never less than 2, so that the threshold keeps its place. */
export function scoreRange(highest: number): Range {
  const max = Math.max(2, Number.isNaN(highest) ? 0 : highest * 1.15);
  return { min: 0, max, splits: scoreMarks.filter((mark) => mark <= max) };
}
