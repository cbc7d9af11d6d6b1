import { convolutionFeatures } from "./maps/convolution-features.ts";
import type { Pool } from "./pool.ts";
import { binColumns } from "./trees/bins.ts";
import { boost } from "./trees/boost.ts";
import { helpGrow } from "./trees/crew.ts";
import { growBestTrees, growRandomTrees } from "./trees/random-trees.ts";
import { rankColumns } from "./trees/ranks.ts";
import { outputsOf } from "./trees/score-forest.ts";

/** What other threads may be asked for, by name. */
export const kernels = { binColumns, boost, convolutionFeatures, growBestTrees, growRandomTrees, helpGrow, rankColumns, sumLeaves: outputsOf };
type Kernels = typeof kernels;

/** Runs a kernel on another thread or, without a pool, here: what comes out is the same. */
export async function runKernel<Name extends keyof Kernels>(pool: Pool | null, name: Name, ...args: Parameters<Kernels[Name]>): Promise<ReturnType<Kernels[Name]>> {
  if (pool !== null) return (await pool.run(name, args)) as ReturnType<Kernels[Name]>;
  const kernel = kernels[name] as unknown as (...given: Parameters<Kernels[Name]>) => ReturnType<Kernels[Name]>;
  return kernel(...args);
}
