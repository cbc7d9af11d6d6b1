import type { Digest } from "../schema/id.ts";
import type { Wheel } from "../schema/wheel.ts";
import { markedModels } from "./marked-models.ts";
import type { Ports } from "./ports.ts";
import { watchedOf } from "./watch.ts";

/** A model that scores beside the one in force: not proven yet or waiting for a person's word, or in force before and looking on. */
export interface Shadowed {
  readonly model: Digest;
  readonly role: "challenger" | "former";
}

/**
 * The models in shadow, as the records have them, so that they are the same after any restart: the challenger that the last
 * turn left undecided, and the former champion while it is on watch. Never the one in force, and none that had learnt from
 * what was forgotten.
 */
export async function shadowsOf(wheel: Wheel, ports: Pick<Ports, "store">): Promise<Shadowed[]> {
  const { records } = ports.store;
  const verdict = (await records.turns(wheel.id)).findLast(({ state }) => state === "recorded")?.verdict;
  const isOpen = verdict?.decision === "shadow" || verdict?.decision === "ask";
  const [challenger, former] = [isOpen ? verdict.challenger : null, (await watchedOf(wheel, ports))?.former ?? null];
  const inForce = (await records.champion(wheel.id))?.model ?? null;
  const out = await markedModels(ports);
  const isIn = (model: Digest | null): model is Digest => model !== null && model !== inForce && !out.has(model);
  return [
    ...(isIn(challenger) ? [{ model: challenger, role: "challenger" as const }] : []),
    ...(isIn(former) && former !== challenger ? [{ model: former, role: "former" as const }] : []),
  ];
}
