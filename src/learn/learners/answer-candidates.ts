import { answerTreesOf, fitAnswerTrees, type AnswerTrees } from "../heads/answer-trees.ts";
import type { Features } from "../matrix.ts";
import { isPlainlyBetter } from "../plainly-better.ts";
import type { Scored } from "../threshold.ts";
import { overThresholds, scoredBy, seenColumns, worthOf, type Unseen } from "../unseen.ts";

/** What trees are held against the plane by. */
export interface TreeQuestion {
  readonly unseen: readonly Unseen[];
  /** From which score each detector alarms. */
  readonly thresholds: readonly number[];
  /** Features before the random ones. */
  readonly plain: number;
  /** What a false item costs against a missed one. */
  readonly falseCost: number;
  /** From which score of answers items alarm, by scores whose truth is known. */
  readonly alarmFrom: (scored: readonly Scored[]) => number;
}

export interface ChosenTrees {
  readonly trees: AnswerTrees;
  readonly threshold: number;
  /** By group, what trees without it say of its items; `null` where there could be none. */
  readonly heldOut: readonly (Float64Array | null)[];
}

/**
 * Trees over features and detectors' scores, with the score from which they alarm, where they are plainly
 * better than the plane; `null` where they are not.
 *
 * Held against each other group by group: trees and thresholds of both come from the other groups, the detectors
 * stand beside both, and what counts is the share of faults found less `falseCost` times the normal
 * items that alarm. The columns of an item come from detectors that had not seen it. Those of the other
 * groups had seen this group's normal items: as in every stacking with one level of held-out groups.
 * Cost: a fit a group and one more.
 * Source: van der Laan, Polley and Hubbard, "Super learner", 2007 (held-out scores as columns).
 */
export function treesIfBetter({ unseen, thresholds, plain, falseCost, alarmFrom }: TreeQuestion): ChosenTrees | null {
  if (unseen.length < 2) return null;
  const columns = new Map(unseen.map((own) => [own, seenColumns(own, plain)]));
  const treesOf = (some: readonly Unseen[]) => fitAnswerTrees(stacked(some.map((own) => columns.get(own) as Features)), Uint8Array.from(some.flatMap(({ fault }) => [...fault])));
  const heldOut = unseen.map((own) => {
    const others = unseen.filter((other) => other !== own);
    return others.some(({ fault }) => fault.includes(1)) ? answerTreesOf(treesOf(others), columns.get(own) as Features) : null;
  });
  const known = unseen.flatMap((own, at) => (heldOut[at] === null ? [] : [{ own, plane: own.answers, trees: heldOut[at] }]));
  const gains = known.map((one) => {
    const others = known.filter((other) => other !== one);
    const worth = (scores: (of: (typeof known)[number]) => Float64Array) => {
      const from = alarmFrom(others.flatMap((other) => scoredBy(other.own, scores(other))));
      return worthOf(one.own, [...overThresholds(one.own, thresholds), scores(one).map((score) => score / from)], falseCost);
    };
    return worth(({ trees }) => trees) - worth(({ plane }) => plane);
  });
  if (!isPlainlyBetter(gains)) return null;
  return { trees: treesOf(unseen), threshold: alarmFrom(known.flatMap(({ own, trees }) => scoredBy(own, trees))), heldOut };
}

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
