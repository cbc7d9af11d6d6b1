import { linearHead, linearOf, type LinearModel } from "../heads/linear.ts";
import { heldOutOf, itemsIn, knownClasses, someItemsOf, type HeldOut } from "../held-out.ts";
import type { Learner, Param, Taught } from "../learner.ts";
import type { Gram } from "../moments.ts";
import { regressionOf, squaredErrorOf } from "../regression.ts";
import { sharpnessOf, type JudgedSums } from "../sharpness.ts";
import { classesOf, examplesOf, type Examples, type TargetSum } from "../target-sum.ts";
import { penaltyBy } from "./penalty.ts";
import { dualPath } from "./ridge-dual.ts";
import { leaveOneOut, primalPath, squaredRow, type RidgePath } from "./ridge-primal.ts";

const params = {
  penalty: { default: 0, min: 0, max: 1e6, help: "Ridge penalty as a share of each feature's variance; 0 chooses it by held-out blocks." },
} satisfies Record<string, Param>;

/** Before anything could be held out, a class that leads by 1 is taken to be e⁵ times as likely. */
const firstSharpness = 5;
/** Held-out items by which probabilities are calibrated, a group. */
const mostJudged = 400;
/** Multiply-adds that leaving out one item at a time may cost, a penalty. */
const leaveOneOutCost = 2e8;

/**
 * Ridge regression on numbers, or on one indicator a class with probabilities by a calibrated softmax.
 *
 * From the sums alone, so its cost is that of the features, however many items there were; with more
 * features than items from the items instead. Features are in units of their own spread. The penalty
 * is the one that predicts held-out groups of blocks best, whose error follows from their moments; with
 * one group only, by leaving out one item at a time in closed form.
 * Assumes that an unknown feature is as usual, and that targets go up and down with features: it
 * extrapolates without end, and a class whose mean lies between two others' is hidden by them.
 * Cost: ⅔ features³ for each group and for the whole, and outputs × 2 features² for each of 12 penalties.
 * Source: Hoerl and Kennard, "Ridge regression: biased estimation for nonorthogonal problems",
 * Technometrics 12(1), 1970; on indicators as in Hastie, Tibshirani and Friedman, "The elements of
 * statistical learning", 2nd ed., 2009, section 4.2.
 */
export const ridge: Learner<keyof typeof params> = {
  name: "ridge",
  version: 1,
  kinds: ["estimate", "remaining-life", "classify"],
  summary: "A weighted sum of the features, from the sums alone",
  params,

  canLearn: (total) => (itemsIn(total) > 0 ? null : "no item with a target has been seen"),

  async learn(taught, given, _seed, { gram }) {
    const classes = classesOf(taught.total);
    const path = await pathOf(taught.total, classes, gram);
    const held = await heldPaths(taught, classes, gram);
    const penalty = given.penalty > 0 ? given.penalty : penaltyBy(await lossOf(taught.total, classes, held, gram));
    const sharpness = classes.length === 0 ? null : (sharpnessOf(held.map((one) => judgedBy(one, penalty, classes)))?.sharpness ?? firstSharpness);
    return linearHead(path.at(penalty), sharpness, path.spreads);
  },
};

interface HeldPath extends HeldOut {
  readonly path: RidgePath;
  readonly error: (model: LinearModel) => number;
}

/** The items themselves where there are fewer of them than features and all are kept; else `null`, and the moments serve. */
function fewItems(sum: TargetSum): Examples | null {
  const items = itemsIn(sum);
  const isWhole = [...sum.lessons.values()].every(({ sample }) => sample.items.length === sample.population);
  return items < sum.features && isWhole ? examplesOf(sum) : null;
}

/** Numbered by the total's classes, although a group may lack some. */
function numbered(examples: Examples, own: readonly string[], classes: readonly string[]): Examples {
  return classes.length === 0 ? examples : { ...examples, targets: examples.targets.map((target) => classes.indexOf(own[target])) };
}

async function pathOf(sum: TargetSum, classes: readonly string[], gram: Gram): Promise<RidgePath> {
  const few = fewItems(sum);
  return few === null ? primalPath(regressionOf(sum, classes)) : await dualPath(numbered(few, classesOf(sum), classes), classes.length, gram);
}

/** For each held-out group the path of all others, and the squared error of a model on the group. */
async function heldPaths(taught: Taught<TargetSum>, classes: readonly string[], gram: Gram): Promise<HeldPath[]> {
  const held: HeldPath[] = [];
  for (const { group, rest } of heldOutOf(taught)) {
    const few = fewItems(group);
    const error = few === null ? momentError(group, classes) : itemError(numbered(few, classesOf(group), classes));
    held.push({ group, rest, path: await pathOf(rest, classes, gram), error });
  }
  return held;
}

function momentError(group: TargetSum, classes: readonly string[]): (model: LinearModel) => number {
  const items = regressionOf(group, classes);
  return (model) => squaredErrorOf(items, model);
}

function itemError({ features, targets }: Examples): (model: LinearModel) => number {
  return (model) => {
    const predicted = linearOf(model, features);
    let error = 0;
    for (let row = 0; row < features.rows; row++) error += squaredRow(predicted, targets[row], row, model.biases.length);
    return error;
  };
}

/** The loss by which a penalty is chosen: on held-out groups, or else on single items. */
async function lossOf(total: TargetSum, classes: readonly string[], held: readonly HeldPath[], gram: Gram): Promise<(penalty: number) => number> {
  if (held.length > 0) return (penalty) => held.reduce((sum, { path, error }) => sum + error(path.at(penalty)), 0);
  const few = fewItems(total);
  if (few !== null) {
    const dual = await dualPath(few, classes.length, gram);
    return (penalty) => dual.leaveOneOut(penalty);
  }
  const regression = regressionOf(total, classes);
  const path = primalPath(regression);
  const items = firstOf(examplesOf(total), Math.ceil(leaveOneOutCost / total.features ** 2));
  return (penalty) => leaveOneOut(regression, path.at(penalty), penalty, items);
}

/** Every so manieth item, at most `most` of them. */
function firstOf({ features: { rows, columns, values }, targets, weights }: Examples, most: number): Examples {
  const step = Math.max(1, Math.ceil(rows / most));
  const places = Array.from({ length: Math.ceil(rows / step) }, (_, i) => i * step);
  const chosen = new Float32Array(places.length * columns);
  for (const [to, from] of places.entries()) chosen.set(values.subarray(from * columns, (from + 1) * columns), to * columns);
  const of = (all: Float64Array) => Float64Array.from(places, (place) => all[place]);
  return { features: { rows: places.length, columns, values: chosen }, targets: of(targets), weights: of(weights) };
}

function judgedBy({ group, rest, path }: HeldPath, penalty: number, classes: readonly string[]): JudgedSums {
  const { features, truth, weights } = someItemsOf(group, knownClasses(rest, classes), mostJudged);
  return { sums: linearOf(path.at(penalty), features), offsets: new Float64Array(classes.length), truth, weights };
}
