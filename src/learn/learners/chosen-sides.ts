import { couldBeBetter, isPlainlyBetter } from "../plainly-better.ts";
import { normalItems } from "../refits.ts";
import { featureSideOf, featureSides, fitFeatureSide, remembered, type FeatureSide } from "../sides.ts";
import type { FeatureLayout } from "../learner.ts";
import type { Moments } from "../moments.ts";
import type { Sum } from "../sum.ts";
import { quantileThreshold, shareFrom, type Scored } from "../threshold.ts";
import { overThresholds, roomIn, scoredBy, worthOf, type PartsRefit, type Unseen } from "../unseen.ts";

/** What detectors beside levels and novelty are chosen by. */
export interface SideQuestion {
  /** By group: the parts without it, and what they say of it. */
  readonly refits: readonly PartsRefit[];
  readonly unseen: readonly Unseen[];
  /** From which score levels and novelty alarm, and answers. */
  readonly thresholds: readonly number[];
  readonly answers: number;
  readonly layout: FeatureLayout;
  readonly normal: (sum: Sum) => Moments;
  /** Share of held-out normal items at which a detector may alarm, and what the level that gives is multiplied by. */
  readonly alarms: number;
  readonly caution: number;
  /** What a false item costs against a missed one. */
  readonly falseCost: number;
}

export interface ChosenSides {
  readonly names: readonly FeatureSide["name"][];
  /** Of levels, novelty and those chosen: raised so that all together alarm at no more normal items than without them. */
  readonly thresholds: readonly number[];
  /** What all of them say, by group. */
  readonly unseen: readonly Unseen[];
}

/** One of the detectors by what blocks taught; `null` where they hold no normal item. */
export const sideOf = (name: FeatureSide["name"], sum: Sum, { layout, normal }: Pick<SideQuestion, "layout" | "normal">): FeatureSide | null => fitFeatureSide(name, normalItems(sum, remembered.size), normal(sum), layout);

/**
 * Detectors that judge beside levels and novelty: an isolation forest, then a memory of normal windows, each
 * where on held-out groups of blocks it is plainly better by what people answered, at the same share of
 * normal items that alarm.
 *
 * All from samples that sums keep, so that a block that is left out leaves nothing behind.
 * Cost: for each detector a fit a group, and 256 items a group.
 */
export function chosenSides(question: SideQuestion): ChosenSides {
  let now: ChosenSides = { names: [], thresholds: question.thresholds, unseen: question.unseen };
  for (const name of featureSides) {
    const next = hasRoom(now, question) ? withSide(name, now, question) : null;
    if (next !== null && isPlainlyBetter(now.unseen.map((_, group) => worthIn(next, group, question) - worthIn(now, group, question)))) now = next;
  }
  return now;
}

/** Whether so much is left to find that something could be plainly better. */
export const hasRoom = ({ unseen, thresholds }: ChosenSides, { answers, falseCost }: Pick<SideQuestion, "answers" | "falseCost">): boolean => couldBeBetter(unseen.map((own) => roomIn(own, thresholds, answers, falseCost)));

function worthIn({ unseen, thresholds }: ChosenSides, group: number, { answers, falseCost }: SideQuestion): number {
  const own = unseen[group];
  return worthOf(own, [...overThresholds(own, thresholds), own.answers.map((score) => score / answers)], falseCost);
}

/** A score of this many times another is above it. */
const justAbove = 1 + 1e-9;

function withSide(name: FeatureSide["name"], { names, thresholds, unseen }: ChosenSides, question: SideQuestion): ChosenSides | null {
  const sides = question.refits.map(({ rest }) => sideOf(name, rest, question)).filter((side) => side !== null);
  if (sides.length < unseen.length) return null;
  const heard = unseen.map((own, group): Unseen => ({ ...own, detectors: [...own.detectors, Float64Array.from(own.items, (item) => featureSideOf(sides[group], item))] }));
  const level = quantileThreshold(normals(heard, ({ detectors }) => detectors[detectors.length - 1]), question.alarms);
  if (level === null || !(level > 0)) return null;
  const more = [...thresholds, level * question.caution];
  const share = shareFrom(normals(unseen, (own) => largest(overThresholds(own, thresholds))));
  const together = quantileThreshold(normals(heard, (own) => largest(overThresholds(own, more))), share) ?? 1;
  const raised = Math.max(1, together * justAbove);
  return { names: [...names, name], thresholds: more.map((threshold) => threshold * raised), unseen: heard };
}

const normals = (unseen: readonly Unseen[], scores: (own: Unseen) => Float64Array): Scored[] => unseen.flatMap((own) => scoredBy(own, scores(own)).filter(({ fault }) => !fault));

const largest = (over: readonly Float64Array[]): Float64Array => over.reduce((most, scores) => most.map((score, at) => Math.max(score, scores[at])));
