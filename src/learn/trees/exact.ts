/**
 * Numbers on a grid so fine that their sums are exact: in whatever order, on however many threads, a
 * sum of them is the same to the bit. What the grid costs is 2^-51 of the sum of their sizes.
 */
export function onGrid(values: Float64Array, bits = 51): Float64Array {
  const step = gridStep(values, bits);
  return values.map((value) => Math.round(value / step) * step);
}

/** The grid's step: a power of two of which all values' sizes together are at most 2^bits. */
export function gridStep(values: Float64Array, bits: number): number {
  let sizes = 0;
  for (let at = 0; at < values.length; at++) sizes += Math.abs(values[at]);
  if (!(sizes > 0)) return 1;
  return 2 ** Math.max(-1000, Math.ceil(Math.log2(sizes)) - bits);
}

/** The weighted mean, the same in whatever order the values come; 0 of none. */
export function exactMean(values: Float64Array, weights: Float64Array): number {
  const whole = onGrid(weights, 50).reduce((sum, weight) => sum + weight, 0);
  return whole > 0 ? onGrid(values.map((value, at) => value * weights[at])).reduce((sum, value) => sum + value, 0) / whole : 0;
}
