import type { Random } from "../learn/random.ts";
import { blockIntervals, bundlesOf, type Bundles } from "./block-bootstrap.ts";

/** Losses of the same decisions, one each; `NaN` where a decision or its truth is unknown. Below is better. */
export interface RivalLosses {
  /** Who the rival is, in words that end a sentence: "always the mean of the training rows". */
  readonly name: string;
  readonly losses: Float64Array;
}

export interface SkillInput {
  readonly losses: Float64Array;
  /** Those who know nothing first, then simple models, if any: the model must beat each of them. */
  readonly rivals: readonly RivalLosses[];
  /** Which block or group each decision is of: whole numbers from 0, in time order where that means something. */
  readonly blocks: Int32Array;
  readonly ordered: boolean;
  readonly random: Random;
  /** What losses are, and what is resampled, as sentences name them. @default "error", "blocks" */
  readonly lossName?: string;
  readonly unitsName?: string;
  /** @default 0.95 */
  readonly level?: number;
}

/** What the held-out blocks say of a model against one rival. */
export interface Gain {
  readonly over: string;
  /** Share of the rival's loss that the model does without: 1 for all of it, below 0 when it loses more. */
  readonly gain: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** Whether a model is known to know anything. */
export interface Skill {
  /** The whole interval of the gain lies above 0 for every rival. */
  readonly enough: boolean;
  /** Against the rival that it gains least on. */
  readonly gain: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly blocks: number;
  /** About how many blocks like these would settle it, were the gain what it seems; `null` when it is settled, or no number would. */
  readonly neededBlocks: number | null;
  readonly against: readonly Gain[];
  /** A sentence or two. */
  readonly words: string;
}

// Two blocks of unequal rows pass by chance in 6 of 100 cases, three in at most 5.
const leastBlocks = 3;

/**
 * Is there enough evidence that a model beats chance?
 *
 * Pairs the losses of the same decisions and resamples blocks of them. A figure at chance is not shown
 * to people as if it were one: they are told that there is not enough evidence. Having to beat every
 * rival makes no error more likely, as one that is not beaten is enough to fail.
 *
 * Fails to see a gain that holds in a few blocks only, and takes one look: whoever looks again with
 * each new block errs more often.
 * Returns:  `enough` false with fewer than three blocks of known decisions, and when model and rival are equal.
 * Cost:     O(decisions + rivals × 1000 × min(blocks, 400)).
 * Throws:   RangeError for unequal lengths or without a rival.
 */
export function skill({ losses, rivals, blocks, ordered, random, lossName = "error", unitsName = "blocks", level = 0.95 }: SkillInput): Skill {
  if (rivals.length === 0) throw new RangeError("Cannot tell whether a model knows anything: there is no rival to hold it against");
  const against = rivals.map(({ name, losses: own }): Gain & { blocks: number } => {
    if (losses.length !== own.length || losses.length !== blocks.length) throw new RangeError(`Cannot pair losses: ${losses.length} of the model, ${own.length} of its rival, ${blocks.length} blocks`);
    const bundles = bundlesOf(blocks, (at) => !Number.isNaN(losses[at]) && !Number.isNaN(own[at]), ordered, random);
    const sums = pairedSums(losses, own, bundles);
    const { values, low, high } = blockIntervals({ sums, width: 3, weight: 2 }, ([model, rival]) => [1 - model / rival], { random, ordered, level });
    return { over: name, gain: finite(values[0]), low: finite(low[0]), high: finite(high[0]), blocks: bundles.blocks };
  });
  const least = against.reduce((so, one) => ((one.low ?? -Infinity) < (so.low ?? -Infinity) ? one : so));
  const enough = least.blocks >= leastBlocks && against.every(({ low }) => low !== null && low > 0);
  const { gain, low, high, blocks: judged } = least;
  const neededBlocks = enough ? null : needed(least, judged);
  return { enough, gain, low, high, blocks: judged, neededBlocks, against: against.map(({ over, gain: own, low: from, high: to }) => ({ over, gain: own, low: from, high: to })), words: wordsOf(least, { enough, blocks: judged, neededBlocks, lossName, unitsName }) };
}

/** A bundle a row: loss of the model, of its rival, and decisions. */
function pairedSums(losses: Float64Array, rival: Float64Array, { of, bundles }: Bundles): Float64Array {
  const sums = new Float64Array(3 * bundles);
  of.forEach((bundle, at) => {
    if (bundle < 0) return;
    sums[3 * bundle] += losses[at];
    sums[3 * bundle + 1] += rival[at];
    sums[3 * bundle + 2]++;
  });
  return sums;
}

// Past this the estimate says no more than "very many".
const mostNeeded = 1e6;

/** An interval narrows with the root of the number of blocks. */
function needed({ gain, low }: Gain, blocks: number): number | null {
  if (gain === null || low === null || gain <= 0) return null;
  const count = Math.ceil(blocks * ((gain - low) / gain) ** 2);
  return count <= mostNeeded ? Math.max(count, blocks + 1, leastBlocks) : null;
}

interface Told {
  readonly enough: boolean;
  readonly blocks: number;
  readonly neededBlocks: number | null;
  readonly lossName: string;
  readonly unitsName: string;
}

function wordsOf({ over, gain, low, high }: Gain, { enough, blocks, neededBlocks, lossName, unitsName }: Told): string {
  const none = "There is not enough evidence that the inputs tell anything of the target";
  if (blocks < leastBlocks) return `${none}: fewer than ${leastBlocks} ${unitsName} were judged.`;
  if (gain === null || low === null || high === null) return `${none}: ${over} makes no error on the ${blocks} ${unitsName} judged, so there is nothing to be better at.`;
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const range = `(95 % interval ${percent(low)} to ${percent(high)}, ${blocks.toLocaleString("en-US")} ${unitsName})`;
  if (enough) return `It knows something: held out, its ${lossName} is ${percent(gain)} below that of ${over} ${range}.`;
  const seen = gain >= 0.005 ? `its ${lossName} is ${percent(gain)} below that of ${over}, which chance alone may do ${range}` : `its ${lossName} is no smaller than that of ${over} ${range}`;
  const more = neededBlocks === null || gain < 0.005 ? "" : ` About ${neededBlocks.toLocaleString("en-US")} ${unitsName} would settle it, were that gain real.`;
  return `${none}: ${seen}.${more}`;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
