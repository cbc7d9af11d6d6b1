import type { RowStretch } from "./trial-rows.ts";

/** The least and the most of a run of values in each bucket; `NaN` where nothing is known. */
export interface Series {
  readonly least: readonly number[];
  readonly most: readonly number[];
}

/** Buckets that a picture gets: two numbers each. */
export const mostBuckets = 1000;

/** Rows of a bucket, so that all stretches together make about `most` buckets, at least one a stretch. */
export const bucketRows = (rows: number, most = mostBuckets): number => Math.max(1, Math.ceil(rows / most));

/** Values thinned for drawing, so that no peak is lost. No bucket crosses from one stretch into the next. */
export function thinned(values: Float64Array | Float32Array, stretches: readonly Pick<RowStretch, "from" | "to">[], perBucket: number): Series {
  const least: number[] = [];
  const most: number[] = [];
  for (const { from, to } of stretches) {
    for (let start = from; start < to; start += perBucket) {
      let [low, high] = [NaN, NaN];
      for (let row = start; row < Math.min(to, start + perBucket); row++) {
        const value = values[row];
        if (Number.isNaN(value)) continue;
        if (!(value >= low)) low = value;
        if (!(value <= high)) high = value;
      }
      least.push(low);
      most.push(high);
    }
  }
  return { least, most };
}
