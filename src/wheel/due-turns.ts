import type { Label } from "../schema/label.ts";
import type { Trigger, Turn } from "../schema/turn.ts";
import type { Wheel } from "../schema/wheel.ts";
import { dueTurn, sinceTurn } from "./policy.ts";
import type { Ports } from "./ports.ts";

/** What turns a wheel: the site. */
interface Turner {
  readonly ports: Ports;
  turn(wheel: Wheel, trigger: Trigger): Promise<Turn>;
}

/** Turns the wheels of the labels' assets that are due, one after the other; `only` some of them. */
export async function dueTurns(site: Turner, labels: readonly Pick<Label, "asset">[], only: (wheel: Wheel) => boolean = () => true): Promise<Turn[]> {
  const { ports } = site;
  const assets = new Set(labels.map(({ asset }) => asset));
  const turns: Turn[] = [];
  for (const wheel of (await ports.store.records.wheels()).filter((one) => assets.has(one.asset) && only(one))) {
    const due = dueTurn(wheel, await sinceTurn(wheel, ports), ports.now());
    if (due !== null) turns.push(await site.turn(wheel, due));
  }
  return turns;
}
