import type { BlockLoss } from "../schema/judgement.ts";
import type { GainRange } from "./e-process.ts";

/**
 * What one model gained over another on a block, when part of the block's truth is known only because chance picked a
 * stretch to ask about: that part counts by one over its chance, so that over all blocks, asked about or not, the
 * expected sum is what the whole truth would have given.
 *
 * Where people are asked about every alarm of the model in force and about few quiet stretches, counting each answer once
 * would promote whatever is merely different: the false alarms of the one in force are all known, those of the other
 * hardly any.
 *
 * Source: Horvitz and Thompson, "A generalization of sampling without replacement from a finite universe", JASA 47(260), 1952.
 */
export function weighedGain(champion: Pick<BlockLoss, "loss" | "audited">, challenger: Pick<BlockLoss, "loss" | "audited">): number {
  const [ours, theirs] = [champion.audited, challenger.audited];
  if (ours === undefined || theirs === undefined) return champion.loss - challenger.loss;
  const gain = (a: number | null, b: number | null): number => (a === null || b === null ? 0 : a - b);
  return gain(ours.sure, theirs.sure) + gain(ours.loss, theirs.loss) / Math.max(ours.chance, theirs.chance);
}

/** The range of such gains where no stretch is picked with a smaller chance; of gains that are all known for sure at 1. */
export function rangeAt(chance: number): GainRange {
  const most = chance === 1 ? 1 : 1 + 1 / chance;
  return { least: -most, most };
}
