import { runKernel } from "../kernels.ts";
import type { Pool } from "../pool.ts";
import { sharedCodes, type Bins } from "./bins.ts";
import type { Keys } from "./keys.ts";
import { sharedRanks, type Ranks } from "./ranks.ts";

/** Cells below which one thread is as fast as several. */
const worthSharing = 200_000;

/** Features in bins; with a pool each thread takes some columns, and what comes out is the same. */
export async function binsOf(keys: Keys, most: number, pool: Pool | null): Promise<Bins> {
  const { rows, columns } = keys;
  const codes = sharedCodes(rows, columns);
  return { rows, columns, codes, thresholds: await byColumns(keys, pool, (threads, from, to) => runKernel(threads, "binColumns", keys, codes, from, to, most)) };
}

/** Features by rank; with a pool each thread takes some columns, and what comes out is the same. */
export async function ranksOf(keys: Keys, pool: Pool | null): Promise<Ranks> {
  const { rows, columns } = keys;
  const codes = sharedRanks(rows, columns);
  return { rows, columns, codes, thresholds: await byColumns(keys, pool, (threads, from, to) => runKernel(threads, "rankColumns", keys, codes, from, to)) };
}

async function byColumns({ rows, columns }: Keys, pool: Pool | null, work: (pool: Pool | null, from: number, to: number) => Promise<Float32Array[]>): Promise<Float32Array[]> {
  const threads = pool === null || rows * columns < worthSharing ? 1 : pool.size;
  const size = Math.ceil(columns / threads);
  const parts = Array.from({ length: threads }, (_, part) => ({ from: Math.min(columns, part * size), to: Math.min(columns, (part + 1) * size) }));
  return (await Promise.all(parts.map(({ from, to }) => work(threads === 1 ? null : pool, from, to)))).flat();
}
