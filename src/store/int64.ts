// Whole numbers of microseconds and sequence numbers are exact in a double. The driver's columns hold
// them as 64-bit integers; going through BigInt would cost ten times as much as these two halves.
// Both platforms that the driver exists for store the low half first.
const high = 4_294_967_296;
const perHigh = 1 / high; // a power of two: multiplying is exact

/** The two halves of a column of 64-bit integers. */
export interface Halves {
  readonly low: Uint32Array;
  readonly high: Int32Array;
}

export function halvesOf(column: BigInt64Array): Halves {
  return {
    low: new Uint32Array(column.buffer, column.byteOffset, 2 * column.length),
    high: new Int32Array(column.buffer, column.byteOffset, 2 * column.length),
  };
}

export function setInt64({ low, high: upper }: Halves, index: number, value: number): void {
  const top = Math.floor(value * perHigh);
  upper[2 * index + 1] = top;
  low[2 * index] = value - top * high;
}

export function getInt64({ low, high: upper }: Halves, index: number): number {
  return upper[2 * index + 1] * high + low[2 * index];
}
