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
 * Cost:     O(losses above 0 × lags); at most `mostLags` lags.
 * Source:   Geyer, "Practical Markov chain Monte Carlo", Statistical Science 7(4), 1992. Departs from it: stops at the
 *           first lag that is not positive, not at the first pair.
 */
export function autocorrelationTime(losses: ArrayLike<number>, mostLags = Math.floor(losses.length / 4)): number {
  const rows = losses.length;
  // Most losses are 0, so that products are taken of the others alone and the mean is allowed for afterwards.
  const places: number[] = [];
  const before = new Float64Array(rows + 1); // what the rows before each add up to
  for (let row = 0; row < rows; row++) {
    before[row + 1] = before[row] + losses[row];
    if (losses[row] !== 0) places.push(row);
  }
  const mean = before[rows] / rows;
  const productAt = (lag: number): number => {
    let sum = 0;
    for (const row of places) if (row >= lag) sum += losses[row] * losses[row - lag];
    return sum - mean * (before[rows] - before[lag] + before[rows - lag]) + (rows - lag) * mean ** 2;
  };
  const power = productAt(0);
  if (!(power > 1e-12 * places.reduce((sum, row) => sum + losses[row] ** 2, 0))) return 1;
  let time = 1;
  for (let lag = 1; lag <= mostLags; lag++) {
    const product = productAt(lag);
    if (product <= 0) break;
    time += (2 * product) / power;
  }
  return time;
}

/** Rows a block should have, so that blocks tell little of each other. */
export const blockRows = (time: number): number => Math.ceil(timesPerBlock * time);

/** Fewer blocks than this say nothing of how alike neighbours are. */
const fewestNeighbours = 20;

/**
 * How alike neighbouring blocks gain, when that is more than chance: blocks are then short against the time that errors
 * last, and evidence from them comes too soon.
 *
 * Input:    a number a block, oldest first.
 * Returns:  their autocorrelation at lag 1; `null` with fewer than 20 blocks, and below two standard errors, where
 *           unrelated blocks lie 39 times of 40.
 * Source:   Bartlett, "On the theoretical specification of sampling properties of autocorrelated time series", JRSS Supplement 8, 1946.
 */
export function neighbourLikeness(gains: Float64Array): number | null {
  const many = gains.length;
  if (many < fewestNeighbours) return null;
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / many;
  const product = (lag: number): number => gains.subarray(lag).reduce((sum, gain, at) => sum + (gain - mean) * (gains[at] - mean), 0);
  const likeness = product(1) / product(0);
  return likeness > 2 / Math.sqrt(many) ? likeness : null;
}
