import { conformalLevel, type ConformalLevel } from "./conformal.ts";

/** Euler's constant: the mean of a standard Gumbel variable. */
const gumbelMean = 0.5772156649015329;

/**
 * The level that a share `alarms` of what comes next exceeds, also while blocks are too few for a warrant.
 *
 * With 1 / alarms - 1 blocks or more it is the conformal level by rows. With fewer, the largest value
 * seen would be too low for a score that wanders slowly, of which few blocks show little: then it is the
 * level that the greatest value of a block exceeds so seldom, were the greatest values of all blocks
 * Gumbel's. Stricter than asked for, since a block that exceeds it somewhere seldom does so everywhere;
 * never below the largest value seen.
 *
 * Input: a value an item and the block that it is of; NaN is left out.
 * Returns: as `conformalLevel`; the largest value seen with fewer than two blocks.
 * Cost: items × log items.
 * Source: Gumbel, "Statistics of extremes", 1958, fitted by moments.
 */
export function blockLevel(values: Float64Array, blocks: ArrayLike<number>, alarms: number): ConformalLevel {
  const warranted = conformalLevel(values, blocks, 1 - alarms);
  if (!warranted.provisional || warranted.blocks < 2) return warranted;
  const most = new Map<number, number>();
  for (const [item, value] of values.entries()) if (!Number.isNaN(value)) most.set(blocks[item], Math.max(most.get(blocks[item]) ?? -Infinity, value));
  const greatest = [...most.values()];
  const mean = greatest.reduce((sum, value) => sum + value, 0) / greatest.length;
  const variance = greatest.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (greatest.length - 1);
  const scale = Math.sqrt(6 * variance) / Math.PI;
  const extrapolated = mean + scale * (-Math.log(-Math.log(1 - alarms)) - gumbelMean);
  return { ...warranted, level: Math.max(warranted.level, extrapolated) };
}
