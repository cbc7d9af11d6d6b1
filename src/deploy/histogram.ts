/** Upper bounds in seconds: eight to a doubling, from 50 microseconds to about 100 seconds. */
const perDoubling = 8;
const least = 50e-6;
const bounds = Float64Array.from({ length: 21 * perDoubling + 1 }, (_, at) => least * 2 ** (at / perDoubling));

/**
 * How long things took, in seconds: counted in classes of which each reaches 9 % further than the one
 * before, so that a quantile is right to that share. Fixed memory, a few operations a value.
 */
export class Histogram {
  readonly #counts = new Float64Array(bounds.length + 1); // the last for all beyond
  #count = 0;
  #sum = 0;

  get count(): number {
    return this.#count;
  }

  /** Sum of all values, seconds. */
  get sum(): number {
    return this.#sum;
  }

  add(seconds: number, times = 1): void {
    const value = Math.max(0, seconds);
    const at = value <= least ? 0 : Math.min(bounds.length, Math.ceil(Math.log2(value / least) * perDoubling - 1e-9));
    this.#counts[at] += times;
    this.#count += times;
    this.#sum += value * times;
  }

  /** The value that `share` (0 to 1) of all do not exceed; NaN without any, `Infinity` beyond the classes. */
  quantile(share: number): number {
    if (this.#count === 0) return NaN;
    let seen = 0;
    for (let at = 0; at < bounds.length; at++) {
      seen += this.#counts[at];
      if (seen >= share * this.#count) return bounds[at];
    }
    return Infinity;
  }

  /** How many do not exceed each of `upTo` (seconds, ascending): the buckets of OpenMetrics. */
  buckets(upTo: readonly number[]): number[] {
    return upTo.map((bound) => this.#counts.reduce((sum, count, at) => (at < bounds.length && bounds[at] <= bound * (1 + 1e-9) ? sum + count : sum), 0));
  }
}
