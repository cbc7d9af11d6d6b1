import { weightsIfBetter } from "../fusion-weights.ts";
import type { JudgingSide, Learnt } from "../learner.ts";
import type { Sum } from "../sum.ts";
import { overThresholds, unseenOf, type PartsRefit } from "../unseen.ts";
import { treesIfBetter, type TreeQuestion } from "./answer-candidates.ts";
import { chosenSides, hasRoom, sideOf, type SideQuestion } from "./chosen-sides.ts";

/** What is known of the blocks that teach, beside their held-out groups. */
export interface Improving extends Pick<SideQuestion, "layout" | "normal" | "alarms" | "caution" | "falseCost">, Pick<TreeQuestion, "alarmFrom"> {
  readonly total: Sum;
  /** With faults. */
  readonly blocks: number;
}

/**
 * What answers say beyond a plane: which detectors judge beside levels and novelty, whether trees that see all of
 * their scores take the plane's place, and what each detector weighs in the fusion.
 *
 * Each in turn is tried on held-out groups of the blocks that teach and taken only where it is plainly
 * better by what people answered; else `learnt` stays as it is. The exam is never asked.
 *
 * Input: a model with a plane and calibrated thresholds, and its parts without each group.
 * Where there is hardly anything left to find nothing is tried.
 * Cost: that of `chosenSides`, `treesIfBetter` and `weightsIfBetter`: bounded, however many blocks there are.
 */
export function improved(learnt: Learnt, refits: readonly PartsRefit[], question: Improving): Learnt {
  const { levels, novelty, answers } = learnt.thresholds;
  if (answers === null || refits.length < 2) return learnt;
  const sides = chosenSides({ ...question, refits, unseen: unseenOf(refits), thresholds: [levels, novelty], answers });
  const trees = !hasRoom(sides, { ...question, answers }) ? null : treesIfBetter({ ...question, unseen: sides.unseen, thresholds: sides.thresholds, plain: question.layout.plain });
  const alarm = trees?.threshold ?? answers;
  const fused = sides.unseen.flatMap((own, group) => {
    const scores = trees === null ? own.answers : trees.heldOut[group];
    return scores === null ? [] : [{ ...own, over: [...overThresholds(own, sides.thresholds), scores.map((score) => score / alarm)] }];
  });
  const thresholds = [...sides.thresholds, alarm];
  const weights = weightsIfBetter(fused, question.blocks, question.falseCost) ?? thresholds.map(() => 1);
  const [first, second, ...others] = thresholds.map((threshold, part) => threshold / weights[part]);
  const beside = sides.names.flatMap((name, at): JudgingSide[] => {
    const side = sideOf(name, question.total, question);
    return side === null ? [] : [{ ...side, threshold: others[at] }];
  });
  return { ...learnt, head: { ...learnt.head, trees: trees?.trees ?? null }, thresholds: { levels: first, novelty: second, answers: others[sides.names.length] }, beside };
}
