import type { Pair } from "../../prove/evidence.ts";
import type { Sureness } from "../../schema/judgement.ts";
import { numberLoss } from "../../prove/target-loss.ts";
import { anybody } from "../../review/hears.ts";
import { endsOf, livesAt, stretchesOf } from "../../review/target-truth.ts";
import { lifeUnits } from "../../schema/target.ts";
import type { Wheel } from "../../schema/wheel.ts";
import { trueLabels } from "../origin.ts";
import type { Ports } from "../ports.ts";
import { boostedShare } from "./boosted-share.ts";
import { targetKind, targetOf, worstErrorOf } from "./target.ts";

/** Rows that recipes look back. */
const usualRows = 40;

/** How long until it needs service? */
export const remainingLife = targetKind({
  kind: "remaining-life",
  eventName: "life end",
  recipes: (signals, rows) => [
    { name: "ridge-life", version: 1, learner: "ridge", map: `life-${rows || usualRows}`, params: {} },
    { name: "boosted-life", version: 1, learner: "boosted-trees", map: `life-${rows || usualRows}`, params: boostedShare(signals, `life-${rows || usualRows}`) },
    { name: "boosted-recent", version: 1, learner: "boosted-trees", map: `recent-${rows || usualRows}`, params: boostedShare(signals, `recent-${rows || usualRows}`) },
  ],
  readLabels: async (wheel, { store }) => await store.records.labels({ asset: wheel.asset, about: { target: targetOf(wheel).name } }),
  /** What is left of a life is told by the next end, which may come blocks later. */
  labelsOf(wheel, { start, end }, labels) {
    const ends = endsOf(labels, anybody);
    const within = ends.filter((one) => one.end > start && one.start < end);
    const hasMore = (within.at(-1)?.end ?? start) <= end - wheel.grid.period; // rows after the last end in it
    return hasMore ? [...within, ...ends.filter((one) => one.start >= end).slice(0, 1)] : within;
  },
  /** Back to the end before it. */
  async reach(wheel, { start, end }, { store }) {
    const before = endsOf(await trueLabels({ asset: wheel.asset, about: { target: targetOf(wheel).name } }, { store })).findLast((one) => one.start < start);
    return { start: before?.end ?? 0, end };
  },
  truth: (wheel, ticks, labels, hears) => livesAt(ticks, labels, lifeUnit(wheel), targetOf(wheel).cap ?? Infinity, hears),
  stretches: stretchesOf,
  async loss(wheel, said, truth, ports) {
    const worst = await worstErrorOf(wheel, async () => targetOf(wheel).cap ?? (await lengthOf(wheel, ports)), ports);
    return worst === null ? null : numberLoss({ said, truth }, worst);
  },
  events: ({ start, end }, labels) => endsOf(labels).filter((one) => one.start >= start && one.start < end).length,
  joined: joinedByLife,
});

/** Microseconds that one of the wheel's unit takes: a row of its grid where it counts cycles. */
export function lifeUnit(wheel: Wheel): number {
  const { unit } = targetOf(wheel);
  return unit === null ? wheel.grid.period : lifeUnits[unit as keyof typeof lifeUnits];
}

/** How long lives last, in the wheel's unit; `null` before two ends are known. */
async function lengthOf(wheel: Wheel, { store }: Ports): Promise<number | null> {
  const ends = endsOf(await trueLabels({ asset: wheel.asset, about: { target: targetOf(wheel).name } }, { store }));
  const lengths = ends.slice(1).map(({ start }, at) => (start - ends[at].end) / lifeUnit(wheel));
  return lengths.length === 0 ? null : lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
}

/** Blocks of one life are one unit of proof: those up to and with the one in which it ended. */
export function joinedByLife(pairs: readonly Pair[]): Pair[] {
  const joined: Pair[] = [];
  let open: Pair[] = [];
  for (const pair of pairs) {
    open.push(pair);
    if (pair.faults === 0) continue;
    joined.push(meanOf(open));
    open = [];
  }
  return open.length === 0 ? joined : [...joined, meanOf(open)];
}

function meanOf(pairs: readonly Pair[]): Pair {
  const [last] = pairs.slice(-1);
  const mean = (of: (pair: Pair) => number) => pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
  const sure = pairs.flatMap(({ sureness }) => sureness ?? []);
  const added = (whose: "champion" | "challenger"): Sureness => sure.map((one) => one[whose]).reduce((a, b) => ({ answers: a.answers + b.answers, claimed: a.claimed + b.claimed, right: a.right + b.right }));
  return { ...last, sureness: sure.length === 0 ? null : { champion: added("champion"), challenger: added("challenger") }, championLoss: mean(({ championLoss }) => championLoss), challengerLoss: mean(({ challengerLoss }) => challengerLoss) };
}
