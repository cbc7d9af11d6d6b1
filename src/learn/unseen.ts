import { answersOf, type AnswersHead } from "./heads/answers.ts";
import { levelsOf, type LevelsHead } from "./heads/levels.ts";
import { noveltyOf, type NoveltyHead } from "./heads/novelty.ts";
import type { FeatureLayout } from "./learner.ts";
import type { Features } from "./matrix.ts";
import { columnsOf, type Thresholds } from "./model.ts";
import { normalLesson } from "./refits.ts";
import type { Sum } from "./sum.ts";

/** Kept items of a group that are heard, of each truth: those of lowest key. They bound what candidates cost. */
const mostHeard = 128;

/** The parts of a head as all groups but one taught them, and that one. */
export interface PartsRefit {
  readonly levels: LevelsHead;
  readonly novelty: NoveltyHead;
  readonly answers: AnswersHead;
  readonly group: Sum;
}

/** What parts said of a group's items that none of them had seen. */
export interface Unseen {
  /** Plain features, then the raw scores of levels, novelty and answers. */
  readonly columns: Features;
  readonly fault: Uint8Array;
  /** How many items each stands for. */
  readonly weights: Float64Array;
  /** The larger of levels and novelty over their thresholds. */
  readonly unanswered: Float64Array;
  readonly answers: Float64Array;
}

/** By group. Cost: at most 256 items a group, features² each. */
export function unseenOf(refits: readonly PartsRefit[], { plain }: FeatureLayout, thresholds: Thresholds): Unseen[] {
  return refits.map(({ levels, novelty, answers, group }) => {
    const heard = [group.lessons.fault, normalLesson(group)].flatMap(({ sample }, normal) => {
      const items = sample.items.slice(0, mostHeard);
      return items.map((item) => ({ item, fault: 1 - normal, weight: sample.population / items.length }));
    });
    const items = heard.map(({ item }) => item);
    const [byLevels, byNovelty, byAnswers] = [(item: Float32Array) => levelsOf(levels, item), (item: Float32Array) => noveltyOf(novelty, item), (item: Float32Array) => answersOf(answers, item)].map((score) => Float64Array.from(items, score));
    return {
      columns: columnsOf(items, plain, [byLevels, byNovelty, byAnswers]),
      fault: Uint8Array.from(heard, ({ fault }) => fault),
      weights: Float64Array.from(heard, ({ weight }) => weight),
      unanswered: byLevels.map((level, at) => Math.max(level / thresholds.levels, byNovelty[at] / thresholds.novelty)),
      answers: byAnswers,
    };
  });
}
