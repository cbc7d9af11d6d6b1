import type { Learner } from "../learn/learner.ts";
import { afterLinear } from "../learn/learners/after-linear.ts";
import { scored } from "../learn/learners/scored.ts";
import { seriesFeatures } from "../learn/maps/series-map.ts";
import type { TargetAnswer } from "../learn/target-model.ts";
import type { Candidate } from "./study-contest.ts";
import type { NamedMap } from "./study-maps.ts";
import type { StudyKind } from "./study-request.ts";

/** Learners in the order in which they are tried: what costs little first, so that a short budget still finds a model. */
const order = ["ridge", "lda", "pls", "boosted-trees", "extra-trees", "random-forest"];
/** From this share of the rows on a class is the usual one, and how far others are from it may tell them. */
const usualShare = 0.5;
/**
 * Of an estimate, the best line always has a say: recorded years and campaigns are never those to come,
 * and a line goes on where trees stop.
 */
export const alwaysHeard = (kind: StudyKind): readonly string[] => (kind === "estimate" ? ["ridge", "pls"] : []);
/**
 * Boosting grows one tree a class and round: of more than three classes and beyond so many rows times classes it would take the
 * time of all others, which need one tree for all classes.
 */
const boosted = { classes: 3, targets: 30_000 };

/** Of the rows that teach. */
export interface Teaching {
  readonly rows: number;
  /** The share of those of the most frequent class, 0 where the target is a number. */
  readonly largestShare: number;
}

/**
 * What enters a contest: every learner of the kind on every map, with parameters at their defaults.
 * Learners of trees learn numbers on what a line leaves over. Where half of the rows or
 * more are of one class, the first of them also learns with detectors' scores as columns.
 */
export function candidatesFor(kind: StudyKind, maps: readonly NamedMap[], learners: readonly Learner[], answer: TargetAnswer, { rows, largestShare }: Teaching): Candidate[] {
  const ridge = learners.find(({ name }) => name === "ridge");
  const able = learners
    .filter(({ kinds }) => kind !== "condition" && kinds.includes(kind))
    .filter(({ name }) => name !== "boosted-trees" || mayBoost(answer, rows))
    .toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const entering = able.map((learner) => (kind === "estimate" && ridge !== undefined && learner.name.endsWith("-trees") ? afterLinear(ridge, learner) : learner));
  const enter = (learner: Learner, map: NamedMap): Candidate => ({ map, learner, params: shareFor(learner, map) });
  const scoring = kind === "classify" && largestShare >= usualShare ? able.filter(({ name }) => name.endsWith("-trees")).slice(0, 1).map(scored) : [];
  const single = maps.filter(({ map: { pairs = [] } }) => pairs.length === 0); // a distance over products counts each column many times
  return [...entering.flatMap((learner) => maps.map((map) => enter(learner, map))), ...scoring.flatMap((learner) => single.map((map) => enter(learner, map)))];
}

const mayBoost = (answer: TargetAnswer, rows: number): boolean => answer.kind !== "class" || answer.classes.length <= boosted.classes || rows * answer.classes.length <= boosted.targets;

/** Features that a tree of a boosting looks at, or a split of a random forest, about: of many that say much the same, a share is as good and quicker. */
const mostLookedAt = 40;

function shareFor({ name, params }: Learner, { map }: NamedMap): Record<string, number> {
  const share = mostLookedAt / seriesFeatures(map).length;
  if (name.endsWith("boosted-trees") && share < 1) return { columnShare: share };
  return name === "random-forest" && share < params.triedShare.default ? { triedShare: share } : {};
}
