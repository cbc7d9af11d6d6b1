import { answersOf, fitAnswers, type AnswersHead } from "../heads/answers.ts";
import { fitLevels, levelsOf, type LevelsHead } from "../heads/levels.ts";
import { fitNovelty, noveltyOf } from "../heads/novelty.ts";
import type { FeatureLayout, ConditionLearner, Learnt, Param, Taught } from "../learner.ts";
import { mergeMoments, weighMoments, type Moments } from "../moments.ts";
import { merge, type Sum } from "../sum.ts";
import { costThreshold, quantileThreshold, type Scored } from "../threshold.ts";

const novelParams = {
  shrinkage: { default: 0.5, min: 0, max: 1, help: "Share of the diagonal in the covariance; higher needs fewer blocks." },
  falseAlarmShare: { default: 0.05, min: 0.0001, max: 0.5, help: "Share of held-out normal rows at which novelty may alarm." },
  caution: { default: 1.2, min: 0.5, max: 5, help: "Novelty alarms at this many times the level that share gives." },
  firstLevels: { default: 3.5, min: 0.5, max: 100, help: "Threshold of levels, in usual distances, while there are too few blocks to calibrate on." },
  firstNovelty: { default: 2, min: 0.5, max: 100, help: "Threshold of novelty while there are too few blocks to calibrate on." },
  assumedWeight: { default: 0.5, min: 0, max: 1, help: "Most that a block nobody has judged counts as normal, against one that somebody has." },
} satisfies Record<string, Param>;
const novelNames = Object.keys(novelParams) as (keyof typeof novelParams)[];
type NovelParams = Readonly<Record<keyof typeof novelParams, number>>;

/**
 * Novelty: how far from normal, taught by normal blocks alone.
 *
 * The first model of any wheel, and the part of every later one that alarms for what nobody has seen.
 * Assumes that the blocks it learns from span normal operation; until they do, it alarms too often.
 * Cost: one solve for each held-out group and one for the whole, features³ each.
 */
export const novelty: ConditionLearner<keyof typeof novelParams> = {
  name: "novelty",
  version: 1,
  kind: "condition",
  summary: "How far from normal in every direction, without any answer",
  params: novelParams,

  canLearn: (total) => (normalOf(total, 1).count > 0 ? null : "no normal item has been seen"),

  learn(taught, layout, params) {
    const known = noveltyLearnt.get(taught);
    const asked = [layout.levels, layout.plain, ...novelNames.map((name) => params[name])];
    if (known !== undefined && known.asked.every((value, at) => value === asked[at])) return known.learnt;
    const learnt = learnNovelty(taught, layout, params);
    noveltyLearnt.set(taught, { asked, learnt });
    return learnt;
  },
};

/** What was learnt last from a set of totals: two recipes of one turn ask for the same. */
const noveltyLearnt = new WeakMap<Taught, { readonly asked: readonly number[]; readonly learnt: Learnt }>();

function learnNovelty(taught: Taught, layout: FeatureLayout, params: NovelParams): Learnt {
  const normal = (sum: Sum) => normalOf(sum, params.assumedWeight);
  const levels = heldOut(taught, "normal", (rest) => {
    const fitted = levelsFrom(rest, layout.levels, params.assumedWeight);
    return (item) => levelsOf(fitted, item);
  });
  const distances = heldOut(taught, "normal", (rest) => {
    const fitted = fitNovelty(normal(rest), layout.plain, params.shrinkage);
    return (item) => noveltyOf(fitted, item);
  });
  const [levelsThreshold, noveltyThreshold] = [levels, distances].map((held) => cautious(held, params));
  return {
    head: {
      levels: levelsFrom(taught.total, layout.levels, params.assumedWeight),
      novelty: fitNovelty(normal(taught.total), layout.plain, params.shrinkage),
      answers: null,
    },
    thresholds: { levels: levelsThreshold ?? params.firstLevels, novelty: noveltyThreshold ?? params.firstNovelty, answers: null },
    provisional: levelsThreshold === null || noveltyThreshold === null,
  };
}

const conditionParams = {
  ...novelParams,
  penalty: { default: 0.2, min: 1e-6, max: 100, help: "Ridge penalty as a multiple of each feature's variance." },
  falseRowCost: { default: 1.5, min: 0.01, max: 1000, help: "What a false row costs against a missed one, when choosing the threshold." },
} satisfies Record<string, Param>;

/**
 * Condition: novelty from the first block on, fused with what operators answered once they have.
 *
 * A ridge between normal and fault, and beside it the two parts of novelty, each with a threshold of
 * its own, calibrated on groups of blocks that its refit had not seen.
 * While all faults are of one group nothing can be held out, and the ridge alarms a little past
 * half-way between normal and fault: stated as provisional.
 */
export const condition: ConditionLearner<keyof typeof conditionParams> = {
  name: "condition",
  version: 1,
  kind: "condition",
  summary: "Known faults by what operators answered, unknown ones by novelty",
  params: conditionParams,

  canLearn: (total) => novelty.canLearn(total),

  learn(taught, layout, params) {
    const base = novelty.learn(taught, layout, params);
    if (!knowsFaults(taught.total)) return base;
    const normal = (sum: Sum) => normalOf(sum, params.assumedWeight);
    const head: AnswersHead = fitAnswers(normal(taught.total), taught.total.lessons.fault.moments, params.penalty);
    const held = heldOut(taught, "all", (rest) => {
      if (!knowsFaults(rest)) return null;
      const fitted = fitAnswers(normal(rest), rest.lessons.fault.moments, params.penalty);
      return (item) => answersOf(fitted, item);
    });
    const threshold = held.some(({ fault }) => fault) ? costThreshold(held, params.falseRowCost) : null;
    return {
      head: { ...base.head, answers: head },
      thresholds: { ...base.thresholds, answers: tempered(threshold, taught.total.lessons.fault.moments.count) },
      provisional: base.provisional || threshold === null,
    };
  },
};

/** Past half-way between the mean of normal, 0, and the mean of known faults, 1. */
const firstAnswers = 0.6;
/** How many blocks with faults that belief is worth against what held-out blocks say. */
const firstAnswersBlocks = 5;

/** The calibrated threshold drawn towards the first belief while blocks are few; never nearer to normal than to faults. */
function tempered(calibrated: number | null, blocks: number): number {
  if (calibrated === null) return firstAnswers;
  return Math.max(0.5, (blocks * calibrated + firstAnswersBlocks * firstAnswers) / (blocks + firstAnswersBlocks));
}

const knowsFaults = (sum: Sum): boolean => sum.lessons.fault.moments.count > 0 && sum.lessons.normal.moments.count > 0;

/** Every learner; adding one is its file and a line here. */
export const learners: readonly ConditionLearner<string>[] = [novelty, condition];

/** Normal items, and those assumed so with a bounded weight. */
function normalOf(sum: Sum, weight: number): Moments {
  const { normal, assumed } = sum.lessons;
  const share = assumedShare(sum, weight);
  return share === 0 ? normal.moments : mergeMoments(normal.moments, weighMoments(assumed.moments, share));
}

function levelsFrom(sum: Sum, levels: number, weight: number): LevelsHead {
  const { normal, assumed } = sum.lessons;
  const share = assumedShare(sum, weight);
  const within = normal.within.map((value, j) => value + share * assumed.within[j]);
  return fitLevels(within, normal.moments.count + share * assumed.moments.count, levels);
}

/** What a block that is only assumed normal counts: all of them together never more than `weight` times the judged ones. */
function assumedShare({ lessons: { normal, assumed } }: Sum, weight: number): number {
  if (assumed.moments.count === 0) return 0;
  return normal.moments.count === 0 ? 1 : weight * Math.min(1, normal.moments.count / assumed.moments.count);
}

/** Scores each group's sampled items, or only the normal ones, by a head that was taught on the other groups. */
function heldOut(taught: Taught, which: "normal" | "all", fit: (rest: Sum) => ((item: Float32Array) => number) | null): Scored[] {
  const { groups } = taught;
  if (groups.length < 2) return [];
  const rests = restsOf(taught);
  return groups.flatMap((group, at) => {
    const score = fit(rests[at]);
    if (score === null) return [];
    const { fault, normal, assumed } = group.lessons;
    return [...(which === "all" ? [fault] : []), normal, ...(normal.sample.population === 0 ? [assumed] : [])].flatMap((lesson) =>
      lesson.sample.items.map((item) => ({
        score: score(item),
        fault: lesson === fault,
        weight: lesson.sample.population / lesson.sample.items.length,
      })),
    );
  });
}

const rests = new WeakMap<Taught, readonly Sum[]>();

/** For each group the sum of all others: three parts are fitted to each, and the sums are large. */
function restsOf(taught: Taught): readonly Sum[] {
  const { groups } = taught;
  const known = rests.get(taught) ?? groups.map((_, at) => groups.filter((_group, other) => other !== at).reduce(merge));
  rests.set(taught, known);
  return known;
}

function cautious(held: readonly Scored[], { falseAlarmShare, caution }: { falseAlarmShare: number; caution: number }): number | null {
  const level = quantileThreshold(held, falseAlarmShare);
  return level === null ? null : level * caution;
}
