import type { Features } from "../matrix.ts";

/**
 * Features by column as whole numbers in the order of their values, in memory that threads share.
 *
 * A key is the float32's bits in sorting order without the last one: two keys differ by less than 2^31,
 * so comparing them is a subtraction. Two numbers that differ in the last bit only share a key, so no
 * split ever falls between them.
 */
export interface Keys {
  readonly rows: number;
  readonly columns: number;
  /** Column-major; `unknownKey` where unknown. */
  readonly keys: Int32Array;
}

/** Above the key of any number. */
export const unknownKey = 2 ** 30;

const bits = new Int32Array(1);
const number = new Float32Array(bits.buffer);
const greatest = 3.4028234663852886e38;
const greatestKey = 0x3fbfffff;

/** A number beyond float32, infinite ones too, is the greatest one of its sign; NaN is `unknownKey`. */
export function keyOf(value: number): number {
  if (Number.isNaN(value)) return unknownKey;
  number[0] = Math.max(-greatest, Math.min(greatest, value + 0)); // + 0: zero has one sign
  return (bits[0] ^ ((bits[0] >> 31) & 0x7fffffff)) >> 1;
}

/** The greatest number with this key or a lower one: `value <= thresholdOf(key)` exactly where `keyOf(value) <= key`. */
export function thresholdOf(key: number): number {
  if (key >= greatestKey) return Infinity;
  if (key === -1) return -1.401298464324817e-45; // its greatest number is -0, which equals 0
  const sorted = (key << 1) | 1;
  bits[0] = sorted ^ ((sorted >> 31) & 0x7fffffff);
  return number[0];
}

/** Cost: one pass over the values; four bytes a value. */
export function keysOf({ rows, columns, values }: Features): Keys {
  const keys = sharedInts(rows * columns);
  const block = 512; // rows whose values stay in the cache while each column takes its own
  for (let from = 0; from < rows; from += block) {
    const to = Math.min(rows, from + block);
    for (let column = 0; column < columns; column++) {
      for (let row = from, at = column * rows + from; row < to; row++, at++) keys[at] = keyOf(values[row * columns + column]);
    }
  }
  return { rows, columns, keys };
}

/** The keys row-major. */
export function keysByRow({ rows, columns, keys }: Keys): Int32Array {
  const byRow = sharedInts(keys.length);
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) byRow[row * columns + column] = keys[column * rows + row];
  return byRow;
}

export const sharedInts = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length));
export const sharedDoubles = (length: number): Float64Array => new Float64Array(new SharedArrayBuffer(8 * length));
export const sharedBytes = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));
export const sharedShorts = (length: number): Uint16Array => new Uint16Array(new SharedArrayBuffer(2 * length));
