import { treeHead } from "../heads/trees.ts";
import { itemsIn } from "../held-out.ts";
import type { Learner, Param } from "../learner.ts";
import { classesOf, examplesOf } from "../target-sum.ts";
import { fitRandomTrees } from "../trees/fit-random.ts";

const params = {
  trees: { default: 300, min: 1, max: 2000, help: "Trees whose mean is the answer." },
  leastLeaf: { default: 0, min: 0, max: 1000, help: "Fewest items of a leaf; 0 is 1 for classes and 3 for numbers." },
  triedShare: { default: 0, min: 0, max: 1, help: "Share of the features tried at each split; 0 is the root of their number for classes and a third for numbers." },
  leaves: { default: 400_000, min: 1000, max: 5_000_000, help: "Leaves of all trees together, about, at most; leaves of more items keep the model that small." },
} satisfies Record<string, Param>;

/**
 * Extremely randomised trees: the mean of many trees that split where chance says, chosen among few.
 *
 * From the kept items of the total. Never answers beyond what it saw: it does not extrapolate.
 * Cost: trees × items × features tried × depth; 40 bytes of model a node.
 * Source: Geurts, Ernst and Wehenkel, "Extremely randomized trees", Machine Learning 63, 2006.
 */
export const extraTrees: Learner<keyof typeof params> = {
  name: "extra-trees",
  version: 1,
  kinds: ["classify", "estimate", "remaining-life"],
  summary: "The mean of trees that split at random places",
  params,

  canLearn: (total) => (itemsIn(total) > 0 ? null : "no item with a target has been seen"),

  async learn({ total }, given, seed, { pool }) {
    const classes = classesOf(total).length;
    const { features } = total;
    const usual = classes > 0 ? Math.sqrt(features) : features / 3;
    const options = {
      classes,
      trees: Math.round(given.trees),
      tried: Math.max(1, Math.round(given.triedShare > 0 ? given.triedShare * features : usual)),
      leastLeaf: Math.round(given.leastLeaf) || (classes > 0 ? 1 : 3),
      leaves: given.leaves,
      seed,
    };
    const { forest, gains, start } = await fitRandomTrees(examplesOf(total), options, pool);
    return treeHead({ forests: [forest], start: new Float64Array(Math.max(1, classes)).fill(start), finish: "sums", gains });
  },
};
