import { normalQuantile } from "../prove/bootstrap.ts";
import { pooledRise } from "./drift.ts";

/** What a block's inputs were like, by signal: mean and logarithm of the spread; NaN where a signal was not known. */
export interface BlockInputs {
  readonly levels: readonly number[];
  readonly spreads: readonly number[];
}

/** A signal whose recent blocks are unlike those before. */
export interface ShiftedInput {
  /** Its place among the signals. */
  readonly signal: number;
  readonly what: "level" | "spread";
  /** How far the recent blocks lie from the earlier ones, in spreads of these; medians both. */
  readonly by: number;
  /** Place of the first block that is as unlike. */
  readonly since: number;
}

/** Recent blocks; those before them that are passed over, so that a shift is still told when ten blocks have seen it; and those to compare with. */
const recent = 5;
const between = 10;
const fewestEarlier = 25;
/** Spreads from the median beyond which a block counts as this far: one odd block is no shift. */
const farthest = 4;
/** How likely any signal of a wheel is named at one look although nothing has shifted. */
const usualChance = 1e-3;

/**
 * Input drift: signals of which the last five blocks are unlike the blocks until ten before them, in level or in spread.
 *
 * A test of one look over all signals, levels and spreads at once (Bonferroni): with probability `chance` it names one
 * although nothing has shifted, and a few times as often where blocks have heavy tails or neighbours are alike
 * (docs/proof.md has the rates). The statistic, Student's t in either direction of distances from the median, cut where heavy
 * tails begin, is shrunk by the autocorrelation of the earlier blocks at lag 1. It says that inputs have moved, not that a model
 * is wrong about them.
 *
 * Input: blocks oldest first, signals alike in all. A block in which a signal is unknown is left out for that signal.
 * Returns: the largest shift of each signal, largest first; none with fewer than forty blocks. Cost: blocks × signals.
 */
export function inputDrift(blocks: readonly BlockInputs[], chance = usualChance): ShiftedInput[] {
  const signals = blocks[0]?.levels.length ?? 0;
  const bar = normalQuantile(1 - chance / (4 * Math.max(1, signals)));
  const found = Array.from({ length: signals }, (_, signal) => {
    const both = (["level", "spread"] as const).flatMap((what) => shiftOf(blocks.map(({ levels, spreads }) => (what === "level" ? levels : spreads)[signal]), bar).map((shift) => ({ signal, what, ...shift })));
    return both.toSorted((a, b) => Math.abs(b.by) - Math.abs(a.by)).slice(0, 1);
  });
  return found.flat().toSorted((a, b) => Math.abs(b.by) - Math.abs(a.by));
}

function shiftOf(all: readonly number[], bar: number): { by: number; since: number }[] {
  const places = [...all.keys()].filter((at) => Number.isFinite(all[at]));
  const values = places.map((at) => all[at]);
  if (values.length < fewestEarlier + between + recent) return [];
  const [earlier, late] = [values.slice(0, -between - recent), values.slice(-recent)];
  const middle = medianOf(earlier);
  const spread = usualSpread * medianOf(earlier.map((value) => Math.abs(value - middle)));
  const cut = (value: number): number => Math.max(-farthest, Math.min(farthest, (value - middle) / Math.max(spread, Number.MIN_VALUE)));
  const scores = [...earlier, ...late].map(cut);
  const likeness = Math.min(0.9, Math.max(0, autocorrelation(scores.slice(0, -recent))));
  const drift = Math.abs(pooledRise(scores)) * Math.sqrt((1 - likeness) / (1 + likeness));
  if (!(drift >= bar)) return [];
  const by = (medianOf(late) - middle) / Math.max(spread, Number.MIN_VALUE);
  const isUnlike = (value: number): boolean => (value - middle) * Math.sign(by) > 2 * spread;
  const lastUsual = values.findLastIndex((value) => !isUnlike(value));
  return [{ by: Math.sign(by) * Math.min(1e6, Math.abs(by)), since: places[Math.min(lastUsual + 1, values.length - 1)] }];
}

/** At lag 1, with what short series lack on average put back (Marriott and Pope, Biometrika 41, 1954); of values that never vary 0. */
function autocorrelation(values: readonly number[]): number {
  const mean = meanOf(values);
  const [power, product] = values.reduce(([a, b], value, at) => [a + (value - mean) ** 2, at === 0 ? b : b + (value - mean) * (values[at - 1] - mean)], [0, 0]);
  const seen = power === 0 ? 0 : product / power;
  return power === 0 ? 0 : seen + (1 + 3 * seen) / values.length;
}

/** The standard deviation of a normal distribution, in median absolute deviations. */
const usualSpread = 1.4826;

function medianOf(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b);
  return (ordered[(ordered.length - 1) >> 1] + ordered[ordered.length >> 1]) / 2;
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
