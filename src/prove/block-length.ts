/** Autocorrelation times that a block should hold at least. */
export const timesPerBlock = 20;

/**
 * How many rows it takes until errors have forgotten each other: 1 for unrelated rows, about the mean length of bursts
 * for errors in bursts. `1 + 2 * (sum of the autocorrelations for as long as they are above 0)`.
 *
 * Chance makes some autocorrelations positive where there are none, so it errs on the long side; of a stretch that holds
 * few bursts it is rough either way.
 *
 * Input:    losses row by row, oldest first, of one model or the difference of two.
 * Returns:  at least 1; 1 for losses that are all equal.
 * Cost:     O(rows × lags); at most `mostLags` lags.
 * Source:   Geyer, "Practical Markov chain Monte Carlo", Statistical Science 7(4), 1992. Departs from it: stops at the
 *           first lag that is not positive, not at the first pair.
 */
export function autocorrelationTime(losses: ArrayLike<number>, mostLags = Math.floor(losses.length / 4)): number {
  const rows = losses.length;
  let mean = 0;
  for (let row = 0; row < rows; row++) mean += losses[row] / rows;
  const centred = Float64Array.from(losses, (value) => value - mean);
  const power = productAt(centred, 0);
  if (power === 0) return 1;
  let time = 1;
  for (let lag = 1; lag <= mostLags; lag++) {
    const product = productAt(centred, lag);
    if (product <= 0) break;
    time += (2 * product) / power;
  }
  return time;
}

function productAt(values: Float64Array, lag: number): number {
  let sum = 0;
  for (let row = lag; row < values.length; row++) sum += values[row] * values[row - lag];
  return sum;
}

/** Rows a block should have, so that blocks tell little of each other. */
export const blockRows = (time: number): number => Math.ceil(timesPerBlock * time);
