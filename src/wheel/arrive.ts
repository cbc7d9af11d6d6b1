import type { FoundEvent } from "../deploy/events.ts";
import type { Block } from "../schema/block.ts";
import type { Event } from "../schema/event.ts";
import type { Digest } from "../schema/id.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Fact } from "../store/records/facts.ts";
import { rememberInputs } from "./block-inputs.ts";
import { proveBlock } from "./evidence.ts";
import type { KindJudgement } from "./kinds/kind.ts";
import { kindOf } from "./kinds/kinds.ts";
import { idFor } from "./names.ts";
import type { Ports } from "./ports.ts";
import { recipesOf } from "./recipes-of.ts";
import { readBlock } from "./rows.ts";
import { watchedOf } from "./watch.ts";

/** What the model in force found in a block as it arrived. */
export interface Arrival {
  readonly block: Block;
  /** `null` while no model is in force: unknown, which is not "nothing found". */
  readonly events: readonly Event[] | null;
}

/**
 * Judges a block that has just arrived: by the champion, whose events are kept, and, for the
 * evidence, by the newest model of each recipe and by the one that was in force before and is on watch.
 *
 * Each revision of a block is judged once, when it arrives, before anything can have learnt from it;
 * one that has been judged is not judged again. Rows in which the asset does not run are not judged,
 * by the wheel's `when`. The events of a block that was scored as it happened
 * are those that people saw then: `scored: "live"` leaves them as they are.
 */
export async function arrive(wheel: Wheel, block: Block, ports: Ports, scored: "now" | "live" = "now"): Promise<Arrival> {
  const { records } = ports.store;
  const champion = (await records.champion(wheel.id))?.model ?? null;
  const newest = await newestByRecipe(wheel, ports);
  const former = (await watchedOf(wheel, ports))?.former ?? null;
  if (champion === null && newest.size === 0) return { block, events: null };
  const before = await records.judged({ wheel: wheel.id, block: block.id });
  if (before.some(({ blockRevision }) => blockRevision === block.revision)) return { block, events: champion === null ? null : await records.events({ wheel: wheel.id, block: block.id }) };

  const judgements = await judgeByEach(wheel, block, champion, [...newest.values(), ...(former === null ? [] : [former])], ports);
  const inForceNow = champion === null ? undefined : judgements.get(champion);
  const found = (inForceNow?.events() ?? []).map((one) => eventOf(one, wheel, block, champion ?? ""));
  const events = scored === "live" ? await records.events({ wheel: wheel.id, block: block.id }) : found;
  const judged = (model: Digest, recipe: string, role: "champion" | "recipe" | "former"): Fact => ({
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
      scores: (judgements.get(model) as KindJudgement).scores,
      at: ports.now(),
    },
  });
  const inForce = champion === null ? null : await records.model(champion);
  await records.write([
    ...(await rememberInputs(wheel, block, await readBlock(wheel, block, ports), ports)),
    ...(scored === "live" ? [] : [{ drop: "events", wheel: wheel.id, block: block.id } as const, ...events.map((value): Fact => ({ put: "event", value }))]),
    ...(champion === null ? [] : [judged(champion, inForce?.recipe.name ?? "", "champion")]),
    ...(former !== null && former !== champion && judgements.has(former) ? [judged(former, (await records.model(former))?.recipe.name ?? "", "former")] : []),
    ...[...newest].filter(([, digest]) => judgements.has(digest)).map(([recipe, digest]) => judged(digest, recipe, "recipe")),
  ]);
  await proveBlock(wheel, block, ports);
  return { block, events: champion === null ? null : events };
}

/** What the model in force and the others say of a block. */
async function judgeByEach(wheel: Wheel, block: Block, champion: Digest | null, others: readonly Digest[], ports: Ports): Promise<Map<Digest, KindJudgement>> {
  const rows = await readBlock(wheel, block, ports);
  const judgements = new Map<Digest, KindJudgement>();
  for (const digest of new Set([...(champion === null ? [] : [champion]), ...others])) {
    try {
      judgements.set(digest, await kindOf(wheel).judging(wheel, ports.store.models.read(digest), ports, (judge) => judge(block, rows)));
    } catch (error) {
      if (digest === champion) throw error; // a challenger that cannot be run must not matter
    }
  }
  return judgements;
}

/** The newest model of each recipe of a wheel, by recipe name: by what its policy is now. */
async function newestByRecipe(wheel: Wheel, { store }: Ports): Promise<Map<string, Digest>> {
  const newest = new Map<string, Digest>();
  for (const { name } of recipesOf((await store.records.wheel(wheel.id)) ?? wheel)) {
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
