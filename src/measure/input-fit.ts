import type { BlockInputs } from "./input-drift.ts";

/** What the blocks were like that a model learnt from, by signal: mean and spread of their levels; NaN where unknown. */
export interface InputSummary {
  readonly levels: readonly number[];
  readonly spreads: readonly number[];
}

/** A block further off than this counts as this far: one broken sensor does not decide. */
const farthest = 6;
/** A spread is no smaller than this share of the smallest that the signal has in any summary that is compared. */
const leastSpread = 1e-6;

/** The blocks in a few numbers. Cost: blocks × signals. */
export function summaryOf(blocks: readonly BlockInputs[]): InputSummary {
  const signals = blocks[0]?.levels.length ?? 0;
  const of = Array.from({ length: signals }, (_, signal) => {
    const known = blocks.map(({ levels }) => levels[signal]).filter(Number.isFinite);
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    return { mean, spread: Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (known.length - 1)) };
  });
  return { levels: of.map(({ mean }) => mean), spreads: of.map(({ spread }) => spread) };
}

/**
 * How badly blocks fit a summary: the mean over blocks and signals of the negative logarithm of a normal density, up to
 * a constant; smaller fits better. A summary of many regimes is wide and pays for it.
 *
 * Returns: `NaN` when no signal is known to both. Cost: blocks × signals.
 */
export function misfit(blocks: readonly BlockInputs[], { levels, spreads }: InputSummary): number {
  let [sum, count] = [0, 0];
  for (const block of blocks) {
    for (const [signal, level] of block.levels.entries()) {
      const spread = Math.max(spreads[signal], leastSpread * Math.max(1, Math.abs(levels[signal])));
      const far = Math.min(farthest, Math.abs(level - levels[signal]) / spread);
      if (!Number.isFinite(far)) continue;
      sum += far ** 2 / 2 + Math.log(spread);
      count++;
    }
  }
  return sum / count;
}
