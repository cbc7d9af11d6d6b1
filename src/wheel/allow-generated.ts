import type { Wheel } from "../schema/wheel.ts";
import type { Fact } from "../store/records/facts.ts";
import { markedModels } from "./marked-models.ts";
import type { Ports } from "./ports.ts";
import { isLet } from "./recipes-of.ts";
import { forceFacts } from "./record.ts";
import { watchedOf, watchEnded } from "./watch.ts";

/**
 * Lets what models and simulators made teach a wheel, up to `atMost` of what is real, or no longer (`null`).
 *
 * What is in force and would not be let learn so any more is out of force at once: the newest model that was in force before it and is
 * let is in its place or, where there is none, nothing is until the next turn. One transaction, with a line of the ledger where
 * something else is in force.
 */
export async function allowGenerated({ id }: Pick<Wheel, "id">, atMost: number | null, ports: Ports): Promise<Wheel> {
  const wheel = await ports.store.records.wheel(id);
  if (wheel === null) throw new RangeError(`Cannot set what may teach wheel ${id}: there is none such`);
  if ((wheel.policy.generated ?? null) === atMost) return wheel;
  const { generated: _, ...policy } = wheel.policy;
  const next: Wheel = { ...wheel, revision: wheel.revision + 1, policy: { ...policy, ...(atMost !== null && { generated: atMost }) } };
  await ports.store.records.write([{ put: "wheel", value: next }, ...(await outOfForce(next, ports))]);
  return next;
}

async function outOfForce(wheel: Wheel, ports: Ports): Promise<Fact[]> {
  const { records, models } = ports.store;
  const champions = await records.champions(wheel.id);
  const isLetByName = async (name: string): Promise<boolean> => isLet(wheel, (await records.model(name))?.recipe ?? {});
  const champion = champions.at(-1)?.model ?? null;
  if (champion === null || (await isLetByName(champion))) {
    const former = (await watchedOf(wheel, ports))?.former ?? null;
    return former === null || (await isLetByName(former)) ? [] : await watchEnded(wheel, ports.now(), ports);
  }
  const marked = await markedModels(ports);
  for (const { model: name } of champions.toReversed()) {
    if (name === null || marked.has(name) || !models.has(name) || !(await isLetByName(name))) continue;
    return await forceFacts(wheel, await records.model(name), why, ports);
  }
  return await forceFacts(wheel, null, why, ports);
}

const why = { kind: "rollback", decision: "rollback", reason: "what models or simulators made taught the model in force, and may no longer" } as const;
