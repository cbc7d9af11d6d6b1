import { answerTreesOf, fitAnswerTrees, type AnswerTrees } from "../heads/answer-trees.ts";
import type { Features } from "../matrix.ts";
import { isPlainlyBetter } from "../plainly-better.ts";
import type { Scored } from "../threshold.ts";
import type { Unseen } from "../unseen.ts";

/** From which score items alarm, by scores of others whose truth is known. */
type Threshold = (others: readonly Scored[]) => number;

/**
 * Trees over features and detectors' scores, with the score from which they alarm, where they are plainly
 * better than the plane; `null` where they are not.
 *
 * Held against each other group by group: trees and thresholds of both come from the other groups, novelty
 * stands beside both, and what counts is the share of faults found less `falseCost` times the normal
 * items that alarm. The columns of an item come from detectors that had not seen it. Those of the other
 * groups had seen this group's normal items: as in every stacking with one level of held-out groups.
 * Cost: a fit a group and one more.
 * Source: van der Laan, Polley and Hubbard, "Super learner", 2007 (held-out scores as columns).
 */
export function treesIfBetter(unseen: readonly Unseen[], falseCost: number, threshold: Threshold): { trees: AnswerTrees; threshold: number } | null {
  if (unseen.length < 2) return null;
  const byTrees = unseen.map((own) => {
    const others = unseen.filter((other) => other !== own);
    return others.some(knowsFaults) ? answerTreesOf(treesOf(others), own.columns) : null;
  });
  const known = unseen.flatMap((own, at) => (byTrees[at] === null ? [] : [{ own, plane: own.answers, trees: byTrees[at] }]));
  const gains = known.map((one) => {
    const others = known.filter((other) => other !== one);
    const worth = (scores: (of: (typeof known)[number]) => Float64Array) => worthOf(one.own, scores(one), threshold(others.flatMap((other) => scored(other.own, scores(other)))), falseCost);
    return worth(({ trees }) => trees) - worth(({ plane }) => plane);
  });
  if (!isPlainlyBetter(gains)) return null;
  return { trees: treesOf(unseen), threshold: threshold(known.flatMap(({ own, trees }) => scored(own, trees))) };
}

const knowsFaults = ({ fault }: Unseen): boolean => fault.includes(1);

const treesOf = (unseen: readonly Unseen[]): AnswerTrees => fitAnswerTrees(stacked(unseen.map(({ columns }) => columns)), Uint8Array.from(unseen.flatMap(({ fault }) => [...fault])));

function stacked(parts: readonly Features[]): Features {
  const [{ columns }] = parts;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const values = new Float32Array(rows * columns);
  let at = 0;
  for (const part of parts) {
    values.set(part.values, at);
    at += part.values.length;
  }
  return { rows, columns, values };
}

const scored = ({ fault, weights }: Unseen, scores: Float64Array): Scored[] => Array.from(scores, (score, at) => ({ score, fault: fault[at] === 1, weight: weights[at] }));

/** The share of faults found, less what false alarms cost against it; NaN without a fault. */
function worthOf({ fault, weights, unanswered }: Unseen, scores: Float64Array, threshold: number, falseCost: number): number {
  let [all, worth] = [0, 0];
  for (let at = 0; at < fault.length; at++) {
    all += fault[at] * weights[at];
    if (unanswered[at] >= 1 || scores[at] >= threshold) worth += fault[at] === 1 ? weights[at] : -falseCost * weights[at];
  }
  return worth / all;
}
