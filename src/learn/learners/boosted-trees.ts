import { treeHead } from "../heads/trees.ts";
import { itemsIn } from "../held-out.ts";
import type { Learner, Param, Taught } from "../learner.ts";
import type { Pool } from "../pool.ts";
import { classesOf, examplesOf, mergeTargets, type TargetSum } from "../target-sum.ts";
import type { Held } from "../trees/boost.ts";
import { fitBoosted, type BoostOptions, type Teaching } from "../trees/fit-boosted.ts";
import type { Loss } from "../trees/losses.ts";

const params = {
  rounds: { default: 600, min: 1, max: 5000, help: "Most rounds of trees; held-out blocks say after how many to stop." },
  shrinkage: { default: 0.05, min: 0.001, max: 1, help: "Share of each tree's answer that is added." },
  leaves: { default: 16, min: 2, max: 128, help: "Most leaves of a tree." },
  leastLeaf: { default: 20, min: 1, max: 10_000, help: "Fewest items of a leaf; at most a tenth of all items." },
  penalty: { default: 1, min: 0, max: 1e6, help: "Draws leaves of few items to 0: items' worth of belief in it." },
  columnShare: { default: 1, min: 0.01, max: 1, help: "Share of the features that each tree may use, drawn anew." },
  patience: { default: 40, min: 1, max: 1000, help: "Rounds without a better loss on held-out blocks after which to stop looking." },
  quantile: { default: 0, min: 0, max: 0.999, help: "Which quantile of a number to predict; 0 predicts the mean." },
} satisfies Record<string, Param>;
type Params = Readonly<Record<keyof typeof params, number>>;

/** Rounds times shrinkage where nothing can be held out: about a hundred rounds at the usual shrinkage. */
const unheldReach = 5;

/**
 * Gradient-boosted trees: each tree corrects what the ones before it left wrong.
 *
 * From the kept items of the total. A fifth of the groups of blocks (at least one) is held out to find
 * the number of rounds; then all items teach that many.
 * Cost: twice rounds × items × features × about three additions (times the classes if more than two).
 * Source: Friedman, "Greedy function approximation", Annals of Statistics 29, 2001; on histograms as
 * in Ke et al., "LightGBM", NeurIPS 2017.
 */
export const boostedTrees: Learner<keyof typeof params> = {
  name: "boosted-trees",
  version: 1,
  kinds: ["classify", "estimate", "remaining-life"],
  summary: "Trees that each correct the ones before them",
  params,

  canLearn: (total) => (itemsIn(total) > 0 ? null : "no item with a target has been seen"),

  async learn(taught, given, seed, { pool }) {
    const { total } = taught;
    const classes = classesOf(total).length;
    const rounds = await roundsFor(taught, given, seed, pool);
    const { forests, start, gains } = await fitBoosted(examplesOf(total), lossOf(total, given), optionsOf(total, given, seed, rounds, null), pool);
    return treeHead({ forests, start, finish: classes === 0 ? "sums" : classes === 2 ? "odds" : "softmax", gains });
  },
};

function lossOf(sum: TargetSum, { quantile }: Params): Loss {
  const classes = classesOf(sum).length;
  if (classes > 0) return { kind: "classes", classes };
  return quantile > 0 ? { kind: "quantile", level: quantile } : { kind: "squared" };
}

function optionsOf(sum: TargetSum, given: Params, seed: number, rounds: number, held: Held | null): BoostOptions {
  const leastLeaf = Math.max(1, Math.min(Math.round(given.leastLeaf), Math.floor(itemsIn(sum) / 10)));
  return { ...given, rounds, leaves: Math.round(given.leaves), leastLeaf, monotone: null, seed, held };
}

/** The rounds after which the loss on held-out groups was least. */
async function roundsFor({ groups }: Taught<TargetSum>, given: Params, seed: number, pool: Pool | null): Promise<number> {
  const most = Math.round(given.rounds);
  const unheld = Math.max(1, Math.min(most, Math.round(unheldReach / given.shrinkage)));
  const known = groups.filter((group) => itemsIn(group) > 0);
  if (known.length < 2) return unheld;
  const isHeld = (at: number) => at % 5 === 0;
  const rest = known.filter((_, at) => !isHeld(at)).reduce(mergeTargets);
  const held = numberedBy(known.filter((_, at) => isHeld(at)).reduce(mergeTargets), rest);
  if (held.targets.length === 0 || classesOf(rest).length === 1) return unheld;
  const { rounds } = await fitBoosted(examplesOf(rest), lossOf(rest, given), optionsOf(rest, given, seed, most, held), pool);
  return Math.max(1, rounds);
}

/** The kept items of a sum by the class numbers of another; those of classes that it does not know are left out. */
function numberedBy(sum: TargetSum, other: TargetSum): Teaching {
  const { features, targets, weights } = examplesOf(sum);
  const own = classesOf(sum);
  if (own.length === 0) return { features, targets, weights };
  const numbers = own.map((name) => classesOf(other).indexOf(name));
  const rows = Array.from(targets.keys()).filter((row) => numbers[targets[row]] >= 0);
  const values = new Float32Array(rows.length * features.columns);
  for (const [to, row] of rows.entries()) values.set(features.values.subarray(row * features.columns, (row + 1) * features.columns), to * features.columns);
  return {
    features: { rows: rows.length, columns: features.columns, values },
    targets: Float64Array.from(rows, (row) => numbers[targets[row]]),
    weights: Float64Array.from(rows, (row) => weights[row]),
  };
}
