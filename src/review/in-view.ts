import { noModel } from "../schema/event.ts";
import type { Digest } from "../schema/id.ts";
import type { Label } from "../schema/label.ts";
import type { Stored } from "./stretch.ts";

/**
 * Labels with the model whose score their author saw, or did not see: that of the event that is answered, else the one in
 * force now for what the label is about. One that is taken back keeps what it had.
 *
 * Cost: one look a target of an asset, and one an event.
 */
export async function withModels(labels: readonly Label[], { records }: Pick<Stored, "records">): Promise<Label[]> {
  const wheels = await records.wheels();
  const known = new Map<string, Digest | null>();
  const modelOf = async ({ asset, target = null, event }: Label): Promise<Digest | null> => {
    const found = event === null ? null : await records.event(event);
    if (found !== null) return found.model === noModel ? null : found.model;
    const wheel = wheels.find((one) => one.asset === asset && (one.target?.name ?? null) === target);
    return wheel === undefined ? null : ((await records.champion(wheel.id))?.model ?? null);
  };
  const beside: Label[] = [];
  for (const label of labels) {
    const name = JSON.stringify([label.asset, label.target ?? null, label.event]);
    if (!label.withdrawn && !known.has(name)) known.set(name, await modelOf(label));
    beside.push(label.withdrawn ? label : { ...label, model: known.get(name) ?? null });
  }
  return beside;
}
