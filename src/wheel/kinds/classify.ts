import { classLoss } from "../../prove/target-loss.ts";
import { classesAt, tells } from "../../review/target-truth.ts";
import { ofTheirTime, targetKind, targetOf } from "./target.ts";

/** Rows that recipes look back. */
const usualRows = 20;

/** Which known fault, product or state is this? */
export const classify = targetKind({
  kind: "classify",
  eventName: "label",
  recipes: (_signals, rows) => [
    { name: "lda", version: 1, learner: "lda", map: `course-${rows || usualRows}`, params: {} },
    { name: "extra-trees", version: 1, learner: "extra-trees", map: `course-${rows || usualRows}`, params: {} },
    { name: "lda-row", version: 1, learner: "lda", map: "row", params: {} },
  ],
  ...ofTheirTime,
  truth: (wheel, ticks, labels, hears) => classesAt(ticks, labels, targetOf(wheel).describes, hears),
  stretches: ({ rows }) => [{ start: 0, end: rows }],
  loss: (wheel, said, truth) => Promise.resolve(classLoss({ said, truth }, wheel.cost)),
  events: (_block, labels) => labels.filter((label) => tells(label)).length,
  joined: (pairs) => [...pairs],
});
