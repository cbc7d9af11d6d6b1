import type { Sureness } from "../schema/judgement.ts";
import { lowerBound } from "./bootstrap.ts";

/** One block on which champion and challenger met, though neither had learnt from it. */
export interface Pair {
  readonly block: string;
  /** Losses of the same block under the same truth, 0 to 1. */
  readonly championLoss: number;
  readonly challengerLoss: number;
  /** Real faults in the block, and how each did on them. */
  readonly faults: number;
  readonly championMissed: number;
  readonly challengerMissed: number;
  readonly championFalseAlarms: number;
  readonly challengerFalseAlarms: number;
  /** Champion's loss minus challenger's, with what is known by chance weighed by it (`weighedGain`). @default the plain difference */
  readonly gain?: number;
  /** Hours from a fault's start to its alarm, mean over the faults; where both found as many, and some. */
  readonly delays?: { readonly champion: number; readonly challenger: number } | null;
  /** Judged rows by true class, and how many of them each called right. */
  readonly classes?: readonly ClassPair[];
  /** How far each was right in what it said of its own sureness; where both said so. */
  readonly sureness?: { readonly champion: Sureness; readonly challenger: Sureness } | null;
}

export interface ClassPair {
  readonly code: number;
  readonly rows: number;
  readonly championRight: number;
  readonly challengerRight: number;
}

/** What blocks of one kind of evidence say of a challenger. `null` where there is no block. */
export interface Evidence {
  readonly blocks: number;
  readonly events: number;
  readonly championLoss: number | null;
  readonly challengerLoss: number | null;
  /** Champion's mean loss minus challenger's: above 0 the challenger is better. */
  readonly gain: number | null;
  readonly gainLower: number | null;
  /** Blocks on which the challenger lost less, and more. */
  readonly won: number;
  readonly lost: number;
  /** Chance of at least as many wins among the blocks that differ, were the two equal; 1 without any. */
  readonly signP: number;
  readonly championMissed: number;
  readonly challengerMissed: number;
  readonly championFalseAlarms: number;
  readonly challengerFalseAlarms: number;
}

/**
 * Paired losses of blocks, weighed: the mean gain, its lower bound, and who won how often.
 *
 * The block is the unit, because rows err in bursts: a test that counts rows promotes equal models.
 * Valid for one look at a fixed number of blocks; whoever looks again after every block errs more
 * often than `level` says.
 *
 * Input:    pairs oldest first, all of one kind of evidence; `random` draws from [0, 1).
 * Throws:   RangeError for a block that is there twice or a loss outside 0 to 1.
 */
export function weigh(pairs: readonly Pair[], level: number, random: () => number): Evidence {
  checkPairs(pairs);
  const blocks = pairs.length;
  const gains = Float64Array.from(pairs, ({ championLoss, challengerLoss }) => championLoss - challengerLoss);
  const { mean, lower } = lowerBound(gains, { level, least: -1, random });
  const won = gains.filter((gain) => gain > 0).length;
  const lost = gains.filter((gain) => gain < 0).length;
  return {
    blocks,
    events: total(pairs, "faults"),
    championLoss: blocks === 0 ? null : total(pairs, "championLoss") / blocks,
    challengerLoss: blocks === 0 ? null : total(pairs, "challengerLoss") / blocks,
    gain: blocks === 0 ? null : mean,
    gainLower: blocks === 0 ? null : lower,
    won,
    lost,
    signP: signTest(won, lost),
    championMissed: total(pairs, "championMissed"),
    challengerMissed: total(pairs, "challengerMissed"),
    championFalseAlarms: total(pairs, "championFalseAlarms"),
    challengerFalseAlarms: total(pairs, "challengerFalseAlarms"),
  };
}

/**
 * Exact one-sided sign test: the chance of `won` or more heads among `won + lost` fair tosses.
 * Ties are left out. Source: Dixon and Mood, "The statistical sign test", JASA 41(236), 1946.
 */
export function signTest(won: number, lost: number): number {
  const tosses = won + lost;
  let chance = 0.5 ** tosses; // of exactly `heads` heads, from all of them downwards
  let sum = 0;
  for (let heads = tosses; heads >= won; heads--) {
    sum += chance;
    chance *= heads / (tosses - heads + 1);
  }
  return Math.min(1, sum);
}

function checkPairs(pairs: readonly Pair[]): void {
  const seen = new Set<string>();
  for (const { block, championLoss, challengerLoss } of pairs) {
    if (seen.has(block)) throw new RangeError(`Cannot weigh block ${quoted(block)}: it is there twice`);
    seen.add(block);
    for (const loss of [championLoss, challengerLoss]) {
      if (!(loss >= 0 && loss <= 1)) throw new RangeError(`Cannot weigh block ${quoted(block)}: a loss of ${loss}, 0 to 1 is needed`);
    }
  }
}

type Total = Exclude<keyof Pair, "block" | "gain" | "delays" | "classes" | "sureness">;

function total(pairs: readonly Pair[], field: Total): number {
  return pairs.reduce((sum, pair) => sum + pair[field], 0);
}

/** A name that others chose, safe to print. */
export const quoted = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 79)}…` : name);
