import { runKernel } from "../kernels.ts";
import type { Pool } from "../pool.ts";
import { sharedCodes, type Bins } from "./bins.ts";
import type { Keys } from "./keys.ts";

/** Cells below which one thread is as fast as several. */
const worthSharing = 200_000;

/** Features in bins; with a pool each thread takes some columns, and what comes out is the same. */
export async function binsOf(keys: Keys, most: number, pool: Pool | null): Promise<Bins> {
  const { rows, columns } = keys;
  const codes = sharedCodes(rows, columns);
  const threads = pool === null || rows * columns < worthSharing ? 1 : pool.size;
  const size = Math.ceil(columns / threads);
  const parts = Array.from({ length: threads }, (_, part) => ({ from: Math.min(columns, part * size), to: Math.min(columns, (part + 1) * size) }));
  const thresholds = await Promise.all(
    parts.map(({ from, to }) => runKernel(threads === 1 ? null : pool, "binColumns", keys, codes, from, to, most)),
  );
  return { rows, columns, codes, thresholds: thresholds.flat() };
}
