import type { Random } from "../learn/random.ts";
import { blockIntervals, bundlesOf, type FigureIntervals } from "./block-bootstrap.ts";
import { shareInterval } from "./bootstrap.ts";
import { anyNumber, aShare, fromZero, namedFigure, type FigureRange, type LifeFigureName, type NamedFigure, type NumberFigureName } from "./figure.ts";
import { addNumber, isJudged, judgeNumbers, meanTruth, numberFigures, numberSumCount, type JudgedNumbers } from "./metrics/numbers.ts";
import { addLife, judgeLife, lifeFigures, lifeSumCount } from "./metrics/remaining-life.ts";

/** Answers with their blocks: whole numbers from 0, in time order where that means something. */
export interface NumbersInBlocks extends JudgedNumbers {
  /** The mean that training rows had: what one who knows nothing says. Capped where the truth is. */
  readonly trainMean: number;
  readonly blocks: Int32Array;
  readonly ordered: boolean;
  readonly random: Random;
}

export interface NumberEvidence<Name extends NumberFigureName | LifeFigureName> {
  /** In reading order; chance is always saying the mean of the training rows. */
  readonly figures: readonly NamedFigure<Name>[];
  /** Blocks with a judged decision. */
  readonly blocks: number;
}

const estimateNames = ["rmse", "mae", "r2", "r2OfJudged", "bias", "coverage", "width"] as const satisfies readonly NumberFigureName[];
const lifeNames = ["rmseCapped", "scoreCapped", "maeCapped", "rmseRaw", "scoreRaw", "maeRaw", "coverage", "width"] as const satisfies readonly LifeFigureName[];
const rounded: readonly string[] = ["r2", "r2OfJudged"];
/** One who always says the mean gives no interval, and is right about the mean. */
const withoutChance: readonly string[] = ["bias", "coverage", "width"];

/** Figures of estimates with intervals from resampled blocks. Cost: O(decisions + 1000 × min(blocks, 400)). */
export function estimateEvidence(judged: NumbersInBlocks): NumberEvidence<NumberFigureName> {
  const { trainMean } = judged;
  const about = { trainMean, centre: meanTruth(judged) };
  const values = judgeNumbers(judged, trainMean);
  const chance = judgeNumbers(saying(trainMean, judged), trainMean);
  const { intervals, blocks } = resampled(judged, numberSumCount, (sums, place, at) => addNumber(sums, place, judged, at, about), (total) => {
    const figures = numberFigures(total);
    return estimateNames.map((name) => figures[name]);
  });
  const figures = estimateNames.map((name, at) => {
    const range: FigureRange = name === "bias" ? anyNumber : rounded.includes(name) ? { least: -Infinity, most: 1 } : name === "coverage" ? aShare : fromZero;
    return namedFigure(name, values[name], ends(name, intervals, at, values.coverage, withInterval(judged)), withoutChance.includes(name) ? NaN : chance[name], range);
  });
  return { figures, blocks };
}

/**
 * Figures of remaining lives with intervals from resampled blocks, which here are groups: machines.
 *
 * `cap` is `Infinity` for none. The mean of the training targets is of capped ones.
 */
export function lifeEvidence(judged: NumbersInBlocks, cap: number): NumberEvidence<LifeFigureName> {
  const values = judgeLife(judged, cap);
  const chance = judgeLife(saying(judged.trainMean, judged), cap);
  const { intervals, blocks } = resampled(judged, lifeSumCount, (sums, place, at) => addLife(sums, place, judged, at, cap), (total) => {
    const figures = lifeFigures(total);
    return lifeNames.map((name) => figures[name]);
  });
  const figures = lifeNames.map((name, at) =>
    namedFigure(name, values[name], ends(name, intervals, at, values.coverage, withInterval(judged)), withoutChance.includes(name) ? NaN : chance[name], name === "coverage" ? aShare : fromZero),
  );
  return { figures, blocks };
}

/** The decisions of one who always says the same; unknown ones stay unknown, so that both are judged on the same. */
export function saying(value: number, judged: JudgedNumbers): JudgedNumbers {
  return { predicted: judged.predicted.map((_, at) => (isJudged(judged, at) ? value : NaN)), truth: judged.truth, low: null, high: null };
}

function resampled(judged: NumbersInBlocks, width: number, add: (sums: Float64Array, place: number, at: number) => void, figures: (total: Float64Array) => number[]): { intervals: FigureIntervals; blocks: number } {
  const { blocks, truth, ordered, random } = judged;
  if (blocks.length !== truth.length) throw new RangeError(`Cannot judge numbers: ${blocks.length} blocks, ${truth.length} truths`);
  const { of, bundles, blocks: present } = bundlesOf(blocks, (at) => isJudged(judged, at), ordered, random);
  // Both sorts of sums begin with the number of decisions, by which a block weighs.
  const sums = new Float64Array(bundles * width);
  of.forEach((bundle, at) => {
    if (bundle >= 0) add(sums, bundle * width, at);
  });
  return { intervals: blockIntervals({ sums, width, weight: 0 }, figures, { random, ordered }), blocks: present };
}

/** A coverage is never known better than were all decisions independent. */
function ends(name: string, { low, high }: FigureIntervals, at: number, coverage: number, n: number): { low: number; high: number } {
  if (name !== "coverage") return { low: low[at], high: high[at] };
  const floor = shareInterval(coverage, n);
  return { low: Math.min(low[at], floor.low), high: Math.max(high[at], floor.high) };
}

const withInterval = (judged: JudgedNumbers): number => judged.truth.filter((_, at) => isJudged(judged, at) && !Number.isNaN((judged.low?.[at] ?? NaN) + (judged.high?.[at] ?? NaN))).length;
