/** A level that held-out blocks bear out, or a stated guess while they are too few. */
export interface ConformalLevel {
  /** NaN without any block. */
  readonly level: number;
  /** True while there are fewer than 1 / (1 - share) - 1 blocks: then no level has a warrant. */
  readonly provisional: boolean;
  readonly blocks: number;
}

/**
 * The level that a share of what comes next stays at or below, by held-out blocks: the item of a new
 * block that is like these does so at least that often.
 *
 * Each block weighs one, however many items it has, and one more block that might hold anything weighs
 * as much: so the fewer the blocks, the higher the level, and no block's burst can lower it.
 *
 * Input: a number an item and the block that it is of; NaN is left out. `share` 0 to 1.
 * Returns: while provisional, the largest value seen.
 * Cost: items × log items.
 * Source: Lee, Barber and Willett, "Distribution-free inference with hierarchical data",
 * arXiv 2306.06342, 2023, equation for HCP; a block's items share its weight as in Dunn, Wasserman and
 * Ramdas, "Distribution-free prediction sets for two-layer hierarchical models", JASA 118, 2023.
 */
export function conformalLevel(values: Float64Array, blocks: ArrayLike<number>, share: number): ConformalLevel {
  const known = Array.from(values.keys()).filter((item) => !Number.isNaN(values[item]));
  const weights = blockWeights(blocks, known);
  const order = known.toSorted((i, j) => values[i] - values[j]);
  const last = order.at(-1);
  if (last === undefined) return { level: NaN, provisional: true, blocks: 0 };
  const wanted = share * (weights.size + 1) - 1e-9; // rounding must not ask for one item more
  let below = 0;
  for (const item of order) {
    below += 1 / (weights.get(blocks[item]) ?? 1);
    if (below >= wanted) return { level: values[item], provisional: false, blocks: weights.size };
  }
  return { level: values[last], provisional: true, blocks: weights.size };
}

/** How many of the items each block has. */
export function blockWeights(blocks: ArrayLike<number>, items: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const item of items) counts.set(blocks[item], (counts.get(blocks[item]) ?? 0) + 1);
  return counts;
}

/**
 * The score that at most a share `alarms` of new blocks exceeds anywhere, taught by normal blocks that
 * the model had not seen: a rate of false alarms a block, not a row.
 *
 * Input: a score an item and the block that it is of; NaN is left out.
 * Returns: provisional until there are 1 / alarms - 1 blocks, and then the largest score seen.
 * Source: split conformal on block maxima: Vovk, Gammerman and Shafer, "Algorithmic learning in a random
 * world", 2005; Lei, G'Sell, Rinaldo, Tibshirani and Wasserman, "Distribution-free predictive inference
 * for regression", JASA 113, 2018. Maxima, because rows of one block are not exchangeable.
 */
export function blockThreshold(scores: Float64Array, blocks: ArrayLike<number>, alarms: number): ConformalLevel {
  const most = new Map<number, number>();
  for (const [item, score] of scores.entries()) {
    if (!Number.isNaN(score)) most.set(blocks[item], Math.max(most.get(blocks[item]) ?? -Infinity, score));
  }
  return conformalLevel(Float64Array.from(most.values()), [...most.keys()], 1 - alarms);
}
