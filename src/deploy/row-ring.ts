import type { Matrix } from "../learn/matrix.ts";

/**
 * The newest rows of a wheel, numbered from 0 as they come. Rows that are still needed are kept by
 * growing, up to `most`; beyond that the oldest go.
 */
export class RowRing {
  readonly columns: number;
  readonly #most: number;
  #values: Float64Array; // capacity × columns
  #capacity: number;
  #first = 0;
  #end = 0;

  constructor(columns: number, capacity: number, most: number) {
    this.columns = columns;
    this.#capacity = capacity;
    this.#most = Math.max(capacity, most);
    this.#values = new Float64Array(capacity * columns);
  }

  /** Number of the oldest row that is still here. */
  get first(): number {
    return this.#first;
  }

  /** Number of the row that comes next. */
  get end(): number {
    return this.#end;
  }

  /** Adds a row (`null` for one of unknowns), and keeps those from number `keepFrom` on as long as there is room. */
  push(row: Float64Array | null, keepFrom: number): void {
    if (this.#end - this.#first === this.#capacity) {
      if (this.#first >= keepFrom && this.#capacity < this.#most) this.#grow(Math.min(this.#most, this.#capacity * 2));
      else this.#first++;
    }
    const at = (this.#end % this.#capacity) * this.columns;
    if (row === null) this.#values.fill(NaN, at, at + this.columns);
    else for (let column = 0; column < this.columns; column++) this.#values[at + column] = row[column];
    this.#end++;
  }

  /** Rows `from` up to but not including `to`, as a copy. Throws RangeError for rows that are gone or to come. */
  rows(from: number, to: number): Matrix {
    if (from < this.#first || to > this.#end || from > to) throw new RangeError(`Cannot give rows ${from} to ${to}: there are ${this.#first} to ${this.#end}`);
    const values = new Float64Array((to - from) * this.columns);
    for (let row = from; row < to; ) {
      const place = row % this.#capacity;
      const run = Math.min(to - row, this.#capacity - place);
      values.set(this.#values.subarray(place * this.columns, (place + run) * this.columns), (row - from) * this.columns);
      row += run;
    }
    return { rows: to - from, columns: this.columns, values };
  }

  #grow(capacity: number): void {
    const { values } = this.rows(this.#first, this.#end);
    const grown = new Float64Array(capacity * this.columns);
    for (let row = this.#first; row < this.#end; row++) {
      const from = (row - this.#first) * this.columns;
      grown.set(values.subarray(from, from + this.columns), (row % capacity) * this.columns);
    }
    this.#values = grown;
    this.#capacity = capacity;
  }
}
