import { answersOf, type AnswersHead } from "./heads/answers.ts";
import { levelsOf, type LevelsHead } from "./heads/levels.ts";
import { noveltyOf, type NoveltyHead } from "./heads/novelty.ts";
import type { Features } from "./matrix.ts";
import { columnsOf } from "./model.ts";
import { normalLesson } from "./refits.ts";
import type { Sum } from "./sum.ts";
import type { Scored } from "./threshold.ts";

/** Kept items of a group that are heard, of each truth: those of lowest key. They bound what candidates cost. */
const mostHeard = 128;

/** The parts of a head as all groups but one taught them, and that one. */
export interface PartsRefit {
  readonly levels: LevelsHead;
  readonly novelty: NoveltyHead;
  readonly answers: AnswersHead;
  readonly group: Sum;
  /** All other groups. */
  readonly rest: Sum;
}

/** What detectors said of a group's items that none of them had seen. */
export interface Unseen {
  readonly items: readonly Float32Array[];
  readonly fault: Uint8Array;
  /** How many items each stands for. */
  readonly weights: Float64Array;
  /** Raw scores by item: of levels, of novelty, and of detectors beside them. */
  readonly detectors: readonly Float64Array[];
  /** Raw scores of answers. */
  readonly answers: Float64Array;
}

/** By group. Cost: at most 256 items a group, features² each. */
export function unseenOf(refits: readonly PartsRefit[]): Unseen[] {
  return refits.map(({ levels, novelty, answers, group }) => {
    const heard = [group.lessons.fault, normalLesson(group)].flatMap(({ sample }, normal) => {
      const items = sample.items.slice(0, mostHeard);
      return items.map((item) => ({ item, fault: 1 - normal, weight: sample.population / items.length }));
    });
    const items = heard.map(({ item }) => item);
    return {
      items,
      fault: Uint8Array.from(heard, ({ fault }) => fault),
      weights: Float64Array.from(heard, ({ weight }) => weight),
      detectors: [Float64Array.from(items, (item) => levelsOf(levels, item)), Float64Array.from(items, (item) => noveltyOf(novelty, item))],
      answers: Float64Array.from(items, (item) => answersOf(answers, item)),
    };
  });
}

/** Items as trees see them: `plain` features, then the scores of levels, novelty, answers and the detectors beside. */
export const seenColumns = ({ items, detectors: [levels, novelty, ...beside], answers }: Unseen, plain: number): Features => columnsOf(items, plain, [levels, novelty, answers, ...beside]);

/** Scores over the level from which each alarms: a list for each detector. */
export const overThresholds = ({ detectors }: Pick<Unseen, "detectors">, thresholds: readonly number[]): Float64Array[] => detectors.map((scores, at) => scores.map((score) => score / thresholds[at]));

/** Some scores with the truth of their items. */
export const scoredBy = ({ fault, weights }: Pick<Unseen, "fault" | "weights">, scores: Float64Array): Scored[] => Array.from(scores, (score, at) => ({ score, fault: fault[at] === 1, weight: weights[at] }));

/**
 * The share of faults found, less what false alarms cost against it: an item alarms where any of the
 * `over` is 1 or more. At most 1; NaN without a fault.
 */
export function worthOf({ fault, weights }: Pick<Unseen, "fault" | "weights">, over: readonly Float64Array[], falseCost: number): number {
  let [all, worth] = [0, 0];
  for (let at = 0; at < fault.length; at++) {
    all += fault[at] * weights[at];
    if (over.some((scores) => scores[at] >= 1)) worth += fault[at] === 1 ? weights[at] : -falseCost * weights[at];
  }
  return worth / all;
}

/** What knowing every fault would be worth beyond what is found now, by answers that alarm from `threshold`, where the detectors alarm as they do. */
export function roomIn(own: Unseen, thresholds: readonly number[], threshold: number, falseCost: number): number {
  const over = overThresholds(own, thresholds);
  return worthOf(own, [...over, Float64Array.from(own.fault)], falseCost) - worthOf(own, [...over, own.answers.map((score) => score / threshold)], falseCost);
}
