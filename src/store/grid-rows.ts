/** What rows are wanted: ticks `start`, `start + period`, ... before `end`, in microseconds UTC. */
export interface RowsQuery {
  readonly keys: readonly number[];
  readonly period: number;
  /** A value older than this at a tick is unknown there. */
  readonly hold: number;
  readonly start: number;
  readonly end: number;
}

/** Cells that one answer may have: 512 MiB of values. Ask for less than that at a time. */
const mostCells = 2 ** 26;

/**
 * Rows on a grid from samples in any order: each tick holds the last value at or before it, no older
 * than the hold, else NaN. Of equal times the highest sequence counts.
 *
 * Each sample goes straight to the first tick it can be seen from, so nothing is ever sorted.
 * Cost: O(samples + ticks × keys) time, 24 bytes a cell while it fills.
 */
export class GridRows {
  readonly ticks: number;
  readonly #query: RowsQuery;
  readonly #columns = new Map<number, number>();
  // keys × ticks: the newest sample between the tick before and this one.
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  readonly #sequences: Float64Array;

  constructor(query: RowsQuery) {
    const { keys, period, hold, start, end } = query;
    if (![period, hold, start, end].every(Number.isSafeInteger) || period < 1 || hold < 0) {
      throw new RangeError(`Cannot make rows with period ${period} and hold ${hold} from ${start} to ${end}: whole microseconds`);
    }
    this.#query = query;
    this.ticks = Math.max(0, Math.ceil((end - start) / period));
    const cells = this.ticks * keys.length;
    if (cells > mostCells) throw new RangeError(`Cannot make ${this.ticks} rows of ${keys.length} signals at once: at most ${mostCells} cells`);
    keys.forEach((key, column) => this.#columns.set(key, column));
    if (this.#columns.size !== keys.length) throw new RangeError("Cannot make rows: a key is named twice");
    this.#times = new Float64Array(cells).fill(-Infinity);
    this.#values = new Float64Array(cells);
    this.#sequences = new Float64Array(cells);
  }

  /** The oldest time that can be seen from a tick. */
  get from(): number {
    return this.#query.start - this.#query.hold;
  }

  add(key: number, time: number, value: number, sequence: number): void {
    const column = this.#columns.get(key);
    if (column === undefined || time < this.from) return;
    // Exact: a quotient of whole numbers below 2^53 never rounds onto the whole number beneath it.
    const tick = Math.max(0, Math.ceil((time - this.#query.start) / this.#query.period));
    if (tick >= this.ticks) return;
    const cell = column * this.ticks + tick;
    const newest = this.#times[cell];
    if (time < newest || (time === newest && sequence < this.#sequences[cell])) return;
    this.#times[cell] = time;
    this.#values[cell] = value;
    this.#sequences[cell] = sequence;
  }

  /** Times of the ticks, and values as ticks × keys, row-major. */
  finish(): { times: Float64Array; values: Float64Array } {
    const { keys, period, hold, start } = this.#query;
    const width = keys.length;
    const times = new Float64Array(this.ticks);
    for (let tick = 0; tick < this.ticks; tick++) times[tick] = start + tick * period;

    const values = new Float64Array(this.ticks * width);
    for (let column = 0; column < width; column++) {
      let value = NaN;
      let time = -Infinity;
      for (let tick = 0; tick < this.ticks; tick++) {
        const cell = column * this.ticks + tick;
        if (this.#times[cell] > -Infinity) {
          time = this.#times[cell];
          value = this.#values[cell];
        }
        values[tick * width + column] = times[tick] - time <= hold ? value : NaN;
      }
    }
    return { times, values };
  }
}
