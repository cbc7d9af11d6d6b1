import type { Features } from "../matrix.ts";
import { addOutputs, type Forest } from "./forest.ts";
import { addShallow, shallowOf, takeKeys } from "./shallow.ts";

/** Items whose keys stay in the cache while the trees pass by. */
const rowsAtOnce = 128;
/** Items for which making the forest ready does not pay. */
const few = 16;

/** The sums of the leaves' values: items × outputs. */
export function outputsOf(forest: Forest, features: Features): Float64Array {
  const { rows, columns, values } = features;
  const sums = new Float64Array(rows * forest.outputs);
  const shallow = rows <= few ? null : shallowOf(forest);
  if (shallow === null) {
    addOutputs(forest, features, sums);
    return sums;
  }
  const keys = new Int32Array(rowsAtOnce * columns);
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const to = Math.min(rows, from + rowsAtOnce);
    if (takeKeys(values, from * columns, to * columns, keys)) addShallow(shallow, keys, columns, to - from, sums, from);
    else addOutputs(forest, { rows: to - from, columns, values: values.subarray(from * columns, to * columns) }, sums.subarray(from, to));
  }
  return sums;
}
