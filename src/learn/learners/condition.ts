import { answersOf, fitAnswers, type AnswersHead } from "../heads/answers.ts";
import { levelsOf, type LevelsHead } from "../heads/levels.ts";
import { fitNovelty, noveltyOf, type NoveltyHead } from "../heads/novelty.ts";
import type { FeatureLayout, ConditionLearner, Learnt, Param, Taught } from "../learner.ts";
import type { Moments } from "../moments.ts";
import { levelsFrom, normalLesson, normalOf, restsOf } from "../refits.ts";
import type { Sum } from "../sum.ts";
import { costThreshold, quantileThreshold, type Scored } from "../threshold.ts";
import { improved } from "./improved.ts";

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

  learn: (taught, layout, params) => noveltyOnce(taught, layout, params).learnt,
};

/** What judges the unknown, as all groups but one taught it. */
interface NoveltyRefit {
  readonly levels: LevelsHead;
  readonly novelty: NoveltyHead;
}

interface NoveltyLearnt {
  readonly learnt: Learnt;
  /** Without each group. */
  readonly refits: readonly NoveltyRefit[];
}

/** What was learnt last from a set of totals: two recipes of one turn ask for the same. */
const noveltyLearnt = new WeakMap<Taught, NoveltyLearnt & { readonly asked: readonly number[] }>();

function noveltyOnce(taught: Taught, layout: FeatureLayout, params: NovelParams): NoveltyLearnt {
  const known = noveltyLearnt.get(taught);
  const asked = [layout.levels, layout.plain, ...novelNames.map((name) => params[name])];
  if (known !== undefined && known.asked.every((value, at) => value === asked[at])) return known;
  const made = learnNovelty(taught, layout, params);
  noveltyLearnt.set(taught, { asked, ...made });
  return made;
}

function learnNovelty(taught: Taught, layout: FeatureLayout, params: NovelParams): NoveltyLearnt {
  const fitted = (sum: Sum): NoveltyRefit => ({
    levels: levelsFrom(sum, layout.levels, params.assumedWeight),
    novelty: fitNovelty(normalOf(sum, params.assumedWeight), layout.plain, params.shrinkage),
  });
  const refits = restsOf(taught).map(fitted);
  const levelsThreshold = cautious(heldOut(taught, "normal", (at) => (item) => levelsOf(refits[at].levels, item)), params);
  const noveltyThreshold = cautious(heldOut(taught, "normal", (at) => (item) => noveltyOf(refits[at].novelty, item)), params);
  const learnt: Learnt = {
    head: { ...fitted(taught.total), answers: null, trees: null },
    thresholds: { levels: levelsThreshold ?? params.firstLevels, novelty: noveltyThreshold ?? params.firstNovelty, answers: null },
    beside: [],
    provisional: levelsThreshold === null || noveltyThreshold === null,
  };
  return { learnt, refits };
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
 * its own, calibrated on groups of blocks that its refit had not seen. With ten blocks of faults more is
 * tried, as `improved` says, and taken where it is plainly better on those groups.
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
    const { learnt: base, refits } = noveltyOnce(taught, layout, params);
    if (!knowsFaults(taught.total)) return base;
    const normal = (sum: Sum): Moments => normalOf(sum, params.assumedWeight);
    const planeOf = (sum: Sum): AnswersHead => fitAnswers(normal(sum), sum.lessons.fault.moments, params.penalty);
    const rests = restsOf(taught);
    const planes = rests.map((rest) => (knowsFaults(rest) ? planeOf(rest) : null));
    const held = heldOut(taught, "all", (at) => {
      const plane = planes[at];
      return plane === null ? null : (item) => answersOf(plane, item);
    });
    const blocks = (taught.real ?? taught.total).lessons.fault.moments.count;
    const calibrated = (scored: readonly Scored[]): number | null => (scored.some(({ fault }) => fault) ? costThreshold(scored, params.falseRowCost) : null);
    const threshold = calibrated(held);
    const learnt: Learnt = {
      ...base,
      head: { ...base.head, answers: planeOf(taught.total) },
      thresholds: { ...base.thresholds, answers: tempered(threshold, blocks) },
      provisional: base.provisional || threshold === null,
    };
    const parts = refits.flatMap((refit, at) => (planes[at] === null ? [] : [{ ...refit, answers: planes[at], group: taught.groups[at], rest: rests[at] }]));
    if (learnt.provisional || blocks < fewestFaults) return learnt;
    return improved(learnt, parts, {
      total: taught.total, layout, blocks, normal,
      alarms: params.falseAlarmShare, caution: params.caution, falseCost: params.falseRowCost,
      alarmFrom: (scored) => tempered(calibrated(scored), blocks),
    });
  },
};

/** Blocks with faults from which on answers may say more than where a plane lies. */
const fewestFaults = 10;

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

/** Scores each group's sampled items, or only the normal ones, by a head that was taught on the other groups. */
function heldOut(taught: Taught, which: "normal" | "all", refit: (group: number) => ((item: Float32Array) => number) | null): Scored[] {
  if (taught.groups.length < 2) return [];
  return taught.groups.flatMap((group, at) => {
    const score = refit(at);
    if (score === null) return [];
    const { fault } = group.lessons;
    return [...(which === "all" ? [fault] : []), normalLesson(group)].flatMap((lesson) =>
      lesson.sample.items.map((item) => ({
        score: score(item),
        fault: lesson === fault,
        weight: lesson.sample.population / lesson.sample.items.length,
      })),
    );
  });
}

function cautious(held: readonly Scored[], { falseAlarmShare, caution }: { falseAlarmShare: number; caution: number }): number | null {
  const level = quantileThreshold(held, falseAlarmShare);
  return level === null ? null : level * caution;
}
