/** Numbers that come one by one, in one array that doubles; `done` gives it up without a copy. */
export class Growing {
  #values = new Float64Array(64);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) this.#resize(2 * this.length);
    this.#values[this.length++] = value;
  }

  done(): Float64Array<ArrayBuffer> {
    this.#resize(this.length);
    return this.#values;
  }

  #resize(length: number): void {
    this.#values = new Float64Array(this.#values.buffer.transfer(length * Float64Array.BYTES_PER_ELEMENT));
  }
}
