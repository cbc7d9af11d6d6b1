import { runKernel } from "../kernels.ts";
import type { Features } from "../matrix.ts";
import type { Pool } from "../pool.ts";
import type { Forest } from "./forest.ts";
import { outputsOf } from "./score-forest.ts";

/** Steps down trees below which one thread is as fast as several. */
const worthSharing = 2_000_000;

/** The sums of the leaves' values, items × outputs; with a pool on several threads, the same. */
export async function forestOutputs(forest: Forest, features: Features, pool: Pool | null): Promise<Float64Array> {
  const { rows, columns, values } = features;
  if (pool === null || pool.size < 2 || rows * forest.roots.length * 8 < worthSharing) return outputsOf(forest, features);
  const size = Math.ceil(rows / pool.size);
  const parts = await Promise.all(
    Array.from({ length: pool.size }, (_, part) => {
      const from = Math.min(rows, part * size);
      const to = Math.min(rows, from + size);
      // Of memory that is not shared a clone would take all.
      const own = values.buffer instanceof SharedArrayBuffer ? values.subarray(from * columns, to * columns) : values.slice(from * columns, to * columns);
      return runKernel(pool, "sumLeaves", forest, { rows: to - from, columns, values: own });
    }),
  );
  const sums = new Float64Array(rows * forest.outputs);
  for (const [part, own] of parts.entries()) sums.set(own, part * size * forest.outputs);
  return sums;
}
