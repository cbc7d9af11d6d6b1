import { numberLoss } from "../../prove/target-loss.ts";
import { tells, valuesAt } from "../../review/target-truth.ts";
import type { Wheel } from "../../schema/wheel.ts";
import { trueLabels } from "../origin.ts";
import type { Ports } from "../ports.ts";
import { boostedShare } from "./boosted-share.ts";
import { ofTheirTime, targetKind, targetOf, worstErrorOf } from "./target.ts";

/** Rows that recipes look back. */
const usualRows = 8;

/** What would the laboratory or the gauge say? */
export const estimate = targetKind({
  kind: "estimate",
  eventName: "labelled value",
  recipes: (signals, rows) => [
    { name: "ridge", version: 1, learner: "ridge", map: `past-${rows || usualRows}`, params: {} },
    { name: "ridge-row", version: 1, learner: "ridge", map: "row", params: {} },
    { name: "boosted-trees", version: 1, learner: "ridge+boosted-trees", map: `past-${rows || usualRows}`, params: boostedShare(signals, `past-${rows || usualRows}`) },
  ],
  ...ofTheirTime,
  truth: (wheel, ticks, labels, hears) => valuesAt(ticks, labels, targetOf(wheel).describes, hears),
  stretches: ({ rows }) => [{ start: 0, end: rows }],
  async loss(wheel, said, truth, ports) {
    const worst = await worstErrorOf(wheel, () => spreadOf(wheel, ports), ports);
    return worst === null ? null : numberLoss({ said, truth }, worst);
  },
  events: (_block, labels) => labels.filter((label) => tells(label)).length,
  joined: (pairs) => [...pairs],
});

/** So many values are waited for before a scale is taken from them, and so many of their spreads are as bad as any error. */
const scale = { values: 5, spreads: 3 };

async function spreadOf(wheel: Wheel, { store }: Ports): Promise<number | null> {
  const labels = await trueLabels({ asset: wheel.asset, about: { target: targetOf(wheel).name } }, { store });
  const values = labels.filter((label) => tells(label)).flatMap(({ says = null }) => (says?.what === "value" ? [says.value] : []));
  if (values.length < scale.values) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return scale.spreads * Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
