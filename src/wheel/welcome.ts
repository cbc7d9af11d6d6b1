import type { Block } from "../schema/block.ts";
import type { Wheel } from "../schema/wheel.ts";
import { arrive, type Arrival } from "./arrive.ts";
import type { Ports } from "./ports.ts";
import { firstTurn } from "./turn.ts";

/** Judges a block that arrived; the first one that brings a warm-up makes the first model from it, and was scored by none before. */
export async function welcome(wheel: Wheel, block: Block, ports: Ports, scored: "now" | "live" = "now"): Promise<Arrival> {
  const hasChampion = (await ports.store.records.champion(wheel.id)) !== null;
  if (!hasChampion && wheel.warmUpRows > 0 && block.warmUpEnd !== null && block.excluded === null) await firstTurn(wheel, block, ports);
  return await arrive(wheel, block, ports, hasChampion ? scored : "now");
}
