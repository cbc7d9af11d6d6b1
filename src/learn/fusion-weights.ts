import { isPlainlyBetter } from "./plainly-better.ts";
import { worthOf, type Unseen } from "./unseen.ts";

/** What all detectors said of a group's items, over their thresholds: one list a detector. */
export interface Fused extends Pick<Unseen, "fault" | "weights"> {
  readonly over: readonly Float64Array[];
}

/** Weights that are tried: none of them silences a detector, which is for what nobody has seen, and none makes it cry at half its level. */
const tried = [1, 0.9, 1.1, 0.8, 1.25, 0.7, 1.5, 0.6, 0.5];
const sweeps = 2;
/** Blocks with faults that the calibrated weights, all 1, are worth against what answers say. */
const belief = 10;

/**
 * Weights of detectors in the fusion, whose score is the largest of weight times score over threshold, as
 * answers tell them; `null` where weights that are all 1 are as good.
 *
 * Weights are 0.5 to 1.5, so the fused score never falls when a detector's rises. They are drawn towards 1 while blocks
 * with faults are few, and taken only where those that the other groups tell are plainly better on each group.
 *
 * Input: by group, what refits said of items they had not seen; `blocks` with faults; what a false item costs against a
 * missed one. Cost: groups × items × detectors² × 18.
 */
export function weightsIfBetter(groups: readonly Fused[], blocks: number, falseCost: number): number[] | null {
  if (groups.length < 2) return null;
  const gains = groups.map((group) => worthBy([group], weightsOf(groups.filter((other) => other !== group), blocks, falseCost), falseCost) - worthBy([group], group.over.map(() => 1), falseCost));
  return isPlainlyBetter(gains) ? weightsOf(groups, blocks, falseCost) : null;
}

/** Those that find most at least cost, one detector after the other, drawn towards 1; of equal ones the nearest to it. */
function weightsOf(groups: readonly Fused[], blocks: number, falseCost: number): number[] {
  const weights = groups[0].over.map(() => 1);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const part of weights.keys()) {
      const worths = tried.map((weight) => worthBy(groups, weights.with(part, weight), falseCost));
      weights[part] = tried[worths.reduce((best, worth, at) => (worth > worths[best] ? at : best), 0)];
    }
  }
  return weights.map((weight) => weight ** (blocks / (blocks + belief)));
}

/** Over all groups together. */
function worthBy(groups: readonly Fused[], weights: readonly number[], falseCost: number): number {
  const known = groups.filter(({ fault }) => fault.includes(1));
  const faults = known.map((group) => group.weights.reduce((sum, weight, at) => sum + weight * group.fault[at], 0));
  const worths = known.map((group, at) => faults[at] * worthOf(group, group.over.map((scores, part) => scores.map((score) => score * weights[part])), falseCost));
  return sum(worths) / sum(faults);
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
