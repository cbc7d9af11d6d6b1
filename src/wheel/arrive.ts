import { findEvents, type FoundEvent } from "../deploy/events.ts";
import { judgeBy, type Judgement } from "../deploy/judge.ts";
import type { Block } from "../schema/block.ts";
import type { Event } from "../schema/event.ts";
import type { Digest } from "../schema/id.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Fact } from "../store/records/facts.ts";
import { proveBlock } from "./evidence.ts";
import { idFor } from "./names.ts";
import type { Ports } from "./ports.ts";
import { readBlock } from "./rows.ts";

/** What the model in force found in a block as it arrived. */
export interface Arrival {
  readonly block: Block;
  /** `null` while no model is in force: unknown, which is not "nothing found". */
  readonly events: readonly Event[] | null;
}

/**
 * Judges a block that has just arrived: by the champion, whose events are kept, and by the newest
 * model of each recipe, for the evidence.
 *
 * Each revision of a block is judged once, when it arrives, before anything can have learnt from it;
 * one that has been judged is not judged again. Rows in which the asset does not run are not judged,
 * by the wheel's `when`. The events of a block that was scored as it happened
 * are those that people saw then: `scored: "live"` leaves them as they are.
 */
export async function arrive(wheel: Wheel, block: Block, ports: Ports, scored: "now" | "live" = "now"): Promise<Arrival> {
  const { records } = ports.store;
  const champion = await records.champion(wheel.id);
  if (champion === null) return { block, events: null };
  const before = await records.judged({ wheel: wheel.id, block: block.id, role: "champion" });
  if (before.some(({ blockRevision }) => blockRevision === block.revision)) return { block, events: await records.events({ wheel: wheel.id, block: block.id }) };
  const newest = await newestByRecipe(wheel, ports);
  const rows = await readBlock(wheel, block, ports);

  const judgements = new Map<Digest, Judgement>();
  for (const digest of new Set([champion.model, ...newest.values()])) {
    try {
      judgements.set(digest, await judgeBy(digest, rows, ports));
    } catch (error) {
      if (digest === champion.model) throw error; // a challenger that cannot be run must not matter
    }
  }

  const inForceNow = judgements.get(champion.model) as Judgement;
  const found = findEvents(inForceNow, rows.times, wheel.grid.period, wheel.signals, wheel.alarm, rows.running).map((one) => eventOf(one, wheel, block, champion.model));
  const events = scored === "live" ? await records.events({ wheel: wheel.id, block: block.id }) : found;
  const judged = (model: Digest, recipe: string, role: "champion" | "recipe"): Fact => ({
    put: "judged",
    value: {
      wheel: wheel.id,
      block: block.id,
      blockRevision: block.revision,
      model,
      recipe,
      role,
      start: block.start,
      period: wheel.grid.period,
      scores: (judgements.get(model) as Judgement).scores,
      at: ports.now(),
    },
  });
  const inForce = await records.model(champion.model);
  await records.write([
    ...(scored === "live" ? [] : [{ drop: "events", wheel: wheel.id, block: block.id } as const, ...events.map((value): Fact => ({ put: "event", value }))]),
    judged(champion.model, inForce?.recipe.name ?? "", "champion"),
    ...[...newest].filter(([, digest]) => judgements.has(digest)).map(([recipe, digest]) => judged(digest, recipe, "recipe")),
  ]);
  await proveBlock(wheel, block, ports);
  return { block, events };
}

/** The newest model of each recipe of a wheel, by recipe name. */
async function newestByRecipe(wheel: Wheel, { store }: Ports): Promise<Map<string, Digest>> {
  const newest = new Map<string, Digest>();
  for (const { name } of wheel.recipes) {
    const model = await store.records.newestModel({ wheel: wheel.id, recipe: name });
    if (model !== null) newest.set(name, model);
  }
  return newest;
}

function eventOf(found: FoundEvent, wheel: Wheel, block: Block, model: Digest): Event {
  const { start, end, peak, peakAt, contributions } = found;
  return {
    id: idFor(start, { wheel: wheel.id, block: block.id, model, start }),
    site: wheel.site,
    asset: wheel.asset,
    wheel: wheel.id,
    model,
    block: block.id,
    kind: "condition",
    start,
    end,
    peak,
    peakAt,
    contributions: [...contributions],
  };
}
