import { baselineOf } from "../learn/baseline.ts";
import type { BaselineValues } from "../learn/maps/window-map.ts";

/** A warm-up in which signals speak this much more seldom than the grid ticks is taken as it is. */
const longest = 16;

/**
 * The warm-up of a block as its rows come: over once signals have spoken at `spoken` ticks and speak
 * again. That is where a recording of the same samples would end it, whose rows are counted and not
 * the ticks of the grid.
 */
export class WarmUp {
  readonly #columns: number;
  readonly #spoken: number;
  #values: Float64Array;
  #rows = 0;
  #heard = 0;
  #end: number | null = null;
  #baseline: BaselineValues | null = null;

  constructor(columns: number, spoken: number) {
    this.#columns = columns;
    this.#spoken = spoken;
    this.#values = new Float64Array(2 * spoken * columns).fill(NaN);
  }

  /** One whose baseline is known from before; all rows from now on come after it. */
  static over(columns: number, baseline: BaselineValues): WarmUp {
    const warmUp = new WarmUp(columns, 0);
    warmUp.#end = 0;
    warmUp.#baseline = baseline;
    return warmUp;
  }

  /** A row of the block, `row` ticks after its first; rows that are left out are unknown. */
  add(row: number, values: Float64Array, hasSpoken: boolean): void {
    if (this.#end !== null) return;
    if ((hasSpoken && this.#heard === this.#spoken) || row >= longest * this.#spoken) {
      this.#end = row;
      return;
    }
    if (hasSpoken) this.#heard++;
    while ((row + 1) * this.#columns > this.#values.length) {
      const grown = new Float64Array(2 * this.#values.length).fill(NaN);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values.set(values.subarray(0, this.#columns), row * this.#columns);
    this.#rows = row + 1;
  }

  /** Whether a row lies in it; rows are asked about after they were added. */
  holds(row: number): boolean {
    return this.#end === null || row < this.#end;
  }

  /** What it makes of the rows up to its end; `null` before. */
  get baseline(): BaselineValues | null {
    if (this.#end === null) return null;
    if (this.#baseline === null) {
      // Ticks between the last row that was heard and the end, passed over in a silence, are unknown.
      const rows = Math.max(this.#rows, Math.min(this.#end, this.#values.length / this.#columns));
      this.#baseline = baselineOf({ rows, columns: this.#columns, values: this.#values.slice(0, rows * this.#columns) });
      this.#values = new Float64Array();
    }
    return this.#baseline;
  }
}
