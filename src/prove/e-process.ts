/** Between what two bounds a block's gain lies: champion's loss minus challenger's, `least` below 0 and `most` above. */
export interface GainRange {
  readonly least: number;
  readonly most: number;
}

/** Losses are from 0 to 1, so gains are from -1 to 1. An inverse-probability loss has a wider range: one over the probability. */
export const plainRange: GainRange = { least: -1, most: 1 };

/**
 * The bets, as shares of what can be lost on one block: from one that lives through long bad stretches to one that is
 * ruined by a few bad blocks. Fixed beforehand and never chosen by the data, which is what makes their mean valid. More
 * timid ones would need thousands of blocks, and each one more makes the others wait.
 */
const bets = [1 / 8, 1 / 4, 1 / 2, 15 / 16] as const;
const logBets = Math.log(bets.length);

/**
 * Evidence that the challenger is better on average, as it grows block by block: the wealth of bets on it.
 *
 * Each of four bets stakes a fixed share on every block and multiplies its wealth by `1 + share * gain / |least|`;
 * the evidence is the mean of the four. It may be looked at after every block, for as long as one likes.
 *
 * Promise:  if at no time so far the challenger was better on average (the mean of the gains to be expected, given what
 *           came before, is 0 or less over the first t blocks, for each t), the chance that the evidence ever reaches 1/a
 *           is at most a. Nothing is asked of how losses are distributed, and they may drift.
 *           Why: with expected gains m_i the product of `(1 + b x_i) / (1 + b m_i)` is a martingale, and the product of
 *           its denominators is at most `exp(b * sum m_i)`, hence at most 1; Ville's inequality does the rest.
 * Assumes:  gains of different blocks are not related beyond what the past tells: blocks are long against the
 *           autocorrelation of the loss (`blockRows`).
 * Input:    gains oldest first, each within `range`.
 * Returns:  the natural logarithm of the evidence after each block.
 * Throws:   RangeError for a gain outside the range.
 * Cost:     O(blocks).
 * Source:   Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86(1), 2024, and
 *           Choe and Ramdas, "Comparing sequential forecasters", Operations Research 72(4), 2024. Departs from both: the
 *           shares are fixed, not steered by the data, so that the promise holds for the mean over time, with drift.
 */
export function evidenceOf(gains: ArrayLike<number>, range: GainRange = plainRange): Float64Array {
  const wealth = new Float64Array(bets.length); // logarithms
  return Float64Array.from(gains, (gain, block) => {
    checkGain(gain, block, range);
    bets.forEach((share, bet) => (wealth[bet] += Math.log1p((share * gain) / -range.least)));
    return logSum(wealth) - logBets;
  });
}

/** A block that both models met, as far as it is known by now. */
export interface MetBlock {
  /** `null` while there is no answer. */
  readonly gain: number | null;
  /** The worst that the truth could still make of it: where both models say the same, 0. */
  readonly least: number;
  /** The time for an answer has passed. */
  readonly isLate: boolean;
}

/**
 * The gains to count, in the order of the blocks: up to the first that may still be answered. One whose time has passed
 * counts at the worst that its truth could be.
 *
 * So it does not matter how long answers take, nor why some never come, though it be the loss that decides: what is
 * counted is never more than what the whole truth would have given.
 */
export function settledGains(blocks: readonly MetBlock[]): Float64Array {
  const open = blocks.findIndex(({ gain, isLate }) => gain === null && !isLate);
  return Float64Array.from(open < 0 ? blocks : blocks.slice(0, open), ({ gain, least }) => gain ?? least);
}

/** What the gate wants to see. */
export interface GateRule {
  /** Evidence from which the challenger is promoted: one over the chance of promoting one that is no better. */
  readonly promoteAt: number;
  /** Evidence that it is worse than the champion by `margin`, from which it is turned down. */
  readonly rejectAt: number;
  /** Mean gain below 0 by which a challenger counts as worse. */
  readonly margin: number;
}

export const gateRule: GateRule = { promoteAt: 20, rejectAt: 20, margin: 0.02 };

/** How far the evidence has come. */
export interface Watch {
  readonly state: "better" | "worse" | "watching";
  /** Blocks counted until the state was reached, or by now. */
  readonly blocks: number;
  /** Evidence for better, and for worse by the margin: the most it has ever been. */
  readonly better: number;
  readonly worse: number;
  /** Evidence for better after the last block, whatever state was reached before. */
  readonly now: number;
  /** Blocks like these until the evidence would do, at the least; `null` when it does not grow. */
  readonly blocksToGo: number | null;
}

/**
 * Promote, turn down or keep watching: whichever of the two evidences is enough first. Valid at any time; a state once
 * reached is kept, whatever comes after.
 *
 * Throws: RangeError for a gain outside the range. Cost: O(blocks).
 */
export function watch(gains: Float64Array, rule: GateRule = gateRule, range: GainRange = plainRange): Watch {
  const better = evidenceOf(gains, range);
  const worse = evidenceOf(gains.map((gain) => -gain - rule.margin), { least: -range.most - rule.margin, most: -range.least - rule.margin });
  const promoted = better.findIndex((evidence) => evidence >= Math.log(rule.promoteAt));
  const rejected = worse.findIndex((evidence) => evidence >= Math.log(rule.rejectAt));
  const most = (evidence: Float64Array, to: number) => Math.exp(evidence.subarray(0, to).reduce((a, b) => Math.max(a, b), 0));
  const [at, state] = firstOf(promoted, rejected, gains.length);
  return { state, blocks: at, better: most(better, at), worse: most(worse, at), now: Math.exp(better.at(-1) ?? 0), blocksToGo: state === "watching" ? blocksToGo(gains, rule.promoteAt, range) : 0 };
}

function firstOf(promoted: number, rejected: number, blocks: number): [at: number, state: Watch["state"]] {
  if (promoted >= 0 && (rejected < 0 || promoted <= rejected)) return [promoted + 1, "better"];
  return rejected >= 0 ? [rejected + 1, "worse"] : [blocks, "watching"];
}

/** More than this is as good as never. */
const mostToGo = 1_000_000;

/** Blocks that gain on as these did, until one bet alone makes the evidence; `null` when no bet has grown enough for that ever to come. */
export function blocksToGo(gains: Float64Array, wanted: number, range: GainRange = plainRange): number | null {
  const needed = bets.map((share) => {
    const grown = gains.reduce((sum, gain) => sum + Math.log1p((share * gain) / -range.least), 0);
    return grown > 0 ? Math.max(1, Math.ceil((Math.log(wanted) + logBets - grown) / (grown / gains.length))) : Infinity;
  });
  const least = Math.min(...needed);
  return least <= mostToGo ? least : null;
}

/**
 * Evidence from who won how often, whatever by: shown beside the other, and never decides, because many small wins and
 * one large loss look good to it. The mean over chances of winning from a half to one, all alike.
 *
 * Input:   blocks won and lost; ties are left out. Returns: its natural logarithm. Cost: O(won + lost).
 * Source:  the Beta mixture of Howard et al., "Time-uniform, nonparametric, nonasymptotic confidence sequences",
 *          Annals of Statistics 49(2), 2021, cut to the upper half.
 */
export function signEvidence(won: number, lost: number): number {
  const blocks = won + lost;
  // Beta(won + 1, lost + 1) = 1 / ((blocks + 1) C(blocks, won)); its upper half is a binomial tail.
  const tail = Array.from({ length: won + 1 }, (_, heads) => logChoose(blocks + 1, heads));
  return Math.LN2 - Math.log(blocks + 1) - logChoose(blocks, won) + blocks * Math.LN2 + (logSum(tail) - (blocks + 1) * Math.LN2);
}

/**
 * Which of several challengers may be promoted at once, so that of those promoted no more than `rate` are no better, on
 * average; whatever relates them to each other.
 *
 * Source: Wang and Ramdas, "False discovery rate control with e-values", JRSS B 84(3), 2022 (e-BH).
 * Returns: the places of those that pass, in the order given. Cost: O(challengers log challengers).
 */
export function discoveries(evidence: readonly number[], rate: number): number[] {
  const sorted = evidence.toSorted((a, b) => b - a);
  const passing = sorted.findLastIndex((value, rank) => value >= evidence.length / (rate * (rank + 1)));
  return passing < 0 ? [] : [...evidence.keys()].filter((at) => evidence[at] >= sorted[passing]);
}

function checkGain(gain: number, block: number, { least, most }: GainRange): void {
  const slack = 1e-9 * (most - least);
  if (!(gain >= least - slack && gain <= most + slack)) throw new RangeError(`Cannot weigh block ${block}: a gain of ${gain}, ${least} to ${most} is possible`);
}

/** log(sum(exp(values))), without overflow. */
function logSum(values: ArrayLike<number>): number {
  const most = Array.prototype.reduce.call(values, (a, b) => Math.max(a as number, b as number), -Infinity) as number;
  if (most === -Infinity) return -Infinity;
  return most + Math.log(Array.prototype.reduce.call(values, (sum, value) => (sum as number) + Math.exp((value as number) - most), 0) as number);
}

function logChoose(of: number, many: number): number {
  let log = 0;
  for (let at = 1; at <= many; at++) log += Math.log((of - many + at) / at);
  return log;
}
