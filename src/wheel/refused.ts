import { refusedPrefix } from "../review/origin.ts";
import { refusalOf } from "../schema/origin.ts";
import type { Id } from "../schema/id.ts";
import { Refused } from "../schema/refused.ts";
import type { Interval } from "../schema/time.ts";
import { byOrigin } from "./origin.ts";
import type { Ports } from "./ports.ts";

/** Under which names refused answers are kept that speak of some stretches of assets, in whole or in part. */
export async function refusedWithin(stretches: readonly (Interval & { readonly asset: Id })[], { store: { records } }: Pick<Ports, "store">): Promise<string[]> {
  const about = ({ asset, start, end }: Refused): boolean => stretches.some((one) => one.asset === asset && start < one.end && end > one.start);
  return (await records.settings(refusedPrefix)).filter(({ text }) => about(Refused.parse(JSON.parse(text)))).map(({ name }) => name);
}

/** All that the rule of origin keeps out of the proof, oldest first: blocks and labels in the records, and answers turned away at the door, the newest thousand of these. */
export async function refusedByOrigin(ports: Pick<Ports, "store">): Promise<Refused[]> {
  const { records } = ports.store;
  const found = (await records.settings(refusedPrefix)).map(({ text }) => Refused.parse(JSON.parse(text)));
  for (const { id: asset } of await records.assets()) {
    const { refused } = await byOrigin(asset, await records.blocks({ asset }), "gate", ports);
    found.push(...refused.map(({ block: { id, start, end, origin, createdAt: at }, refusal }): Refused => ({ what: "block", id, asset, start, end, origin, at, ...refusal })));
    const about = await records.madeBy(asset);
    for (const { id, start, end, origin, knownAt: at } of await records.labels({ asset, about: "anything" })) {
      const refusal = refusalOf(origin, about ?? origin, "gate");
      if (refusal !== null) found.push({ what: "label", id, asset, start, end, origin, at, ...refusal });
    }
  }
  return found.toSorted((a, b) => a.at - b.at);
}
