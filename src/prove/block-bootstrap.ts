import type { Random } from "../learn/random.ts";
import { runOf, smallSampleStretch } from "./bootstrap.ts";

/** What each block adds up to, in the same places: numbers of whose totals figures are made. */
export interface BlockSums {
  /** Blocks × width, row-major; in time order where that means something. */
  readonly sums: Float64Array;
  readonly width: number;
  /** Which of the sums is the block's weight: its rows. */
  readonly weight: number;
}

/** Figures of a total, in a fixed order; the first is the one by which blocks are seen to resemble their neighbours. */
export type FiguresOf = (total: Float64Array) => ArrayLike<number>;

export interface IntervalOptions {
  /** Draws from [0, 1). */
  readonly random: Random;
  /** Blocks come in time order and neighbours may resemble each other: runs of them are drawn. */
  readonly ordered: boolean;
  /** @default 0.95 */
  readonly level?: number;
  /** @default 1000 */
  readonly resamples?: number;
}

/** One a figure. `NaN` where a figure is unknown; `low` and `high` also with fewer than two blocks of weight. */
export interface FigureIntervals {
  readonly values: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Blocks of the same weight that would say as much. */
  readonly effectiveBlocks: number;
  /** Mean length of the runs drawn, in blocks. */
  readonly run: number;
}

/** Which bundle each decision lies in. */
export interface Bundles {
  /** -1 for a decision that is not judged. */
  readonly of: Int32Array;
  readonly bundles: number;
  /** Blocks with a judged decision. */
  readonly blocks: number;
}

const mostBundles = 400;

/**
 * Blocks that hold judged decisions, numbered on; more than 400 are put into as many bundles of about
 * equally many blocks each: neighbours where blocks are in order, else dealt out by chance. A bundle is
 * a block of its own right, so intervals stay what they are and their cost is bounded.
 *
 * Cost: O(decisions + the highest number of a block).
 */
export function bundlesOf(blocks: Int32Array, judged: (at: number) => boolean, ordered: boolean, random: Random): Bundles {
  const known = blocks.map((block, at) => (judged(at) ? block : -1));
  const bundleOf = new Int32Array(known.reduce((most, block) => Math.max(most, block), -1) + 1).fill(-1);
  for (const block of known) if (block >= 0) bundleOf[block] = 0;
  const present = Int32Array.from(bundleOf.keys()).filter((block) => bundleOf[block] === 0);
  if (!ordered) shuffle(present, random);
  const bundles = Math.min(present.length, mostBundles);
  present.forEach((block, place) => (bundleOf[block] = Math.floor((place * bundles) / present.length)));
  return { of: known.map((block) => (block < 0 ? -1 : bundleOf[block])), bundles, blocks: present.length };
}

/**
 * Intervals of figures that are made of sums over blocks.
 *
 * Blocks are drawn, never rows, because rows of a block err together; a block carries its rows with
 * it, so that it weighs by them. Blocks in time order are drawn as runs of neighbours. Distances from
 * the figure to the quantiles of the draws are stretched for short runs and few blocks, as those of
 * `lowerBound`.
 *
 * Assumes:  blocks, or runs of them, are exchangeable: nothing drifts.
 * Returns:  two-sided intervals; draws without a value (a class that was not drawn) are left out, and
 *           where more than half are, there is no interval.
 * Cost:     O(resamples × (blocks × width + the cost of the figures)); see `bundlesOf` for many blocks.
 * Source:   Politis and Romano, "The stationary bootstrap", JASA 89(428), 1994. Departs from it as
 *           `lowerBound` does; degrees of freedom are those of Kish's effective number of blocks
 *           ("Survey Sampling", 1965), since one heavy block says little more than one block.
 */
export function blockIntervals(blocks: BlockSums, figures: FiguresOf, { random, ordered, level = 0.95, resamples = 1000 }: IntervalOptions): FigureIntervals {
  if (!(level >= 0.5 && level < 1)) throw new RangeError(`Cannot give intervals of level ${level}: from 0.5 to below 1 is needed`);
  const known = weighing(blocks);
  const { width, sums } = known;
  const values = Float64Array.from(figures(totalOf(known)));
  const { run, stretch } = ordered ? runOf(influences(known, figures)) : { run: 1, stretch: 1 };
  const of = { values, effectiveBlocks: effective(known), run };
  if (sums.length < 2 * width) return { ...of, low: values.map(() => NaN), high: values.map(() => NaN) };

  const draws = Array.from(values, () => new Float64Array(resamples));
  const total = new Float64Array(width);
  for (let draw = 0; draw < resamples; draw++) {
    drawInto(total, known, run, random);
    const drawn = figures(total);
    for (let figure = 0; figure < values.length; figure++) draws[figure][draw] = drawn[figure];
  }
  const tail = (1 - level) / 2;
  const wider = stretch * smallSampleStretch(Math.max(of.effectiveBlocks, leastEffective), 1 - tail);
  const ends = draws.map((drawn, figure) => endsOf(drawn, values[figure], tail, wider));
  return { ...of, low: Float64Array.from(ends, ({ low }) => low), high: Float64Array.from(ends, ({ high }) => high) };
}

// One block that holds nearly all rows: the stretch goes without bound as the number comes near one.
const leastEffective = 1.05;

/** Blocks of some weight: what was not judged says nothing. */
function weighing({ sums, width, weight }: BlockSums): BlockSums {
  const places = blockStarts({ sums, width }).filter((at) => sums[at + weight] > 0);
  const kept = new Float64Array(places.length * width);
  places.forEach((at, place) => kept.set(sums.subarray(at, at + width), place * width));
  return { sums: kept, width, weight };
}

const blockStarts = ({ sums, width }: Pick<BlockSums, "sums" | "width">): number[] => Array.from({ length: sums.length / width }, (_, block) => block * width);

/** Fisher and Yates, in place. */
function shuffle(values: Int32Array, random: Random): void {
  for (let at = values.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [values[at], values[other]] = [values[other], values[at]];
  }
}

function totalOf({ sums, width }: BlockSums): Float64Array {
  const total = new Float64Array(width);
  for (let at = 0; at < sums.length; at++) total[at % width] += sums[at];
  return total;
}

/** What the first figure would change by without each block: the series whose memory tells how long runs must be. */
function influences(blocks: BlockSums, figures: FiguresOf): Float64Array {
  const { sums } = blocks;
  const total = totalOf(blocks);
  const whole = figures(total)[0];
  return Float64Array.from(blockStarts(blocks), (at) => {
    const change = whole - figures(total.map((sum, part) => sum - sums[at + part]))[0];
    return Number.isFinite(change) ? change : 0;
  });
}

/** As many blocks as there are, in runs of geometric length wrapped round the end, added up. */
function drawInto(total: Float64Array, { sums, width }: BlockSums, run: number, random: Random): void {
  const n = sums.length / width;
  total.fill(0);
  let block = 0;
  for (let drawn = 0; drawn < n; drawn++) {
    block = drawn === 0 || random() * run < 1 ? Math.floor(random() * n) : (block + 1) % n;
    for (let part = 0, at = block * width; part < width; part++, at++) total[part] += sums[at];
  }
}

function endsOf(draws: Float64Array, value: number, tail: number, wider: number): { low: number; high: number } {
  const known = draws.filter((drawn) => Number.isFinite(drawn)).sort();
  if (known.length <= draws.length / 2 || !Number.isFinite(value)) return { low: NaN, high: NaN };
  const last = known.length - 1;
  return {
    low: value - Math.max(0, value - known[Math.floor(tail * last)]) * wider,
    high: value + Math.max(0, known[Math.ceil((1 - tail) * last)] - value) * wider,
  };
}

/** Kish's number of blocks of equal weight that would say as much. */
function effective(blocks: BlockSums): number {
  const weights = blockStarts(blocks).map((at) => blocks.sums[at + blocks.weight]);
  const sum = weights.reduce((so, weight) => so + weight, 0);
  return weights.length === 0 ? 0 : sum ** 2 / weights.reduce((so, weight) => so + weight ** 2, 0);
}
