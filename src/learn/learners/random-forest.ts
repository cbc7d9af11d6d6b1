import { treeHead } from "../heads/trees.ts";
import { itemsIn } from "../held-out.ts";
import type { Learner, Param } from "../learner.ts";
import { classesOf, examplesOf } from "../target-sum.ts";
import { fitForest } from "../trees/fit-random.ts";

const params = {
  trees: { default: 200, min: 1, max: 2000, help: "Trees whose mean is the answer." },
  leastLeaf: { default: 1, min: 1, max: 1000, help: "Fewest items of a leaf." },
  triedShare: { default: 0.5, min: 0, max: 1, help: "Share of the features tried at each split; 0 is the root of their number." },
  leaves: { default: 400_000, min: 1000, max: 5_000_000, help: "Leaves of all trees together, about, at most; leaves of more items keep the model that small." },
} satisfies Record<string, Param>;

/**
 * A random forest: the mean of trees that split where classes part best, of features drawn at each split. It finds sharp
 * limits, in products of signals too, that rare classes depend on: boosting blurs these in its large leaves.
 *
 * From the kept items of the total.
 * Cost: trees × items × features tried × depth; 40 bytes of model a node.
 * Source: Breiman, "Random forests", Machine Learning 45, 2001; see trees/best-tree.ts for where ours departs.
 * Half of the features are tried instead of the root: maps hold many that tell nothing.
 */
export const randomForest: Learner<keyof typeof params> = {
  name: "random-forest",
  version: 1,
  kinds: ["classify"],
  summary: "The mean of trees that split where classes part best",
  params,

  canLearn: (total) => (itemsIn(total) === 0 ? "no item with a target has been seen" : classesOf(total).length === 0 ? "its targets are numbers" : null),

  async learn({ total }, given, seed, { pool }) {
    const classes = classesOf(total).length;
    const { features } = total;
    const tried = Math.max(1, Math.round(given.triedShare > 0 ? given.triedShare * features : Math.sqrt(features)));
    const { forest, gains } = await fitForest(examplesOf(total), { classes, trees: Math.round(given.trees), tried, leastLeaf: Math.round(given.leastLeaf), leaves: given.leaves, seed }, pool);
    return treeHead({ forests: [forest], start: new Float64Array(classes), finish: "sums", gains });
  },
};
