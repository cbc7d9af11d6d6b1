import { statSync } from "node:fs";
import { join } from "node:path";
import type { Lineage } from "../measure/lineage.ts";
import type { Label } from "../schema/label.ts";
import type { Digest, Id } from "../schema/id.ts";
import type { Model } from "../schema/model.ts";
import type { Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import { markedModels } from "./marked-models.ts";
import { aboutOf } from "./about.ts";
import type { Ports } from "./ports.ts";

/** Looks up everything that is known of where a model comes from. Cost: that of the blocks that taught it. */
export async function lineageOf(model: Model, { store }: Pick<Ports, "store">): Promise<Lineage> {
  const { records } = store;
  const [site, turn, line] = [await records.site(), await records.turn(model.turn), await records.turnLine(model.turn)];
  const wheel = (turn?.making && (await records.wheelRevision(model.wheel, turn.making.wheelRevision))) ?? (await records.wheel(model.wheel));
  if (site === null || wheel === null) throw new RangeError(`Cannot tell the lineage of model ${model.digest}: its wheel is gone`);
  const signals = new Map((await records.signals(wheel.asset)).map((signal) => [signal.id, signal]));
  const taught = model.blocks.length > 0 ? model.blocks : turn?.making?.warmUp ? [turn.making.warmUp] : [];
  const found = await Promise.all(taught.map(async (id) => (await records.blockRevision(id, turn?.making?.revisions[id] ?? 1)) ?? (await records.block(id))));
  const blocks = found.filter((block) => block !== null);
  const labels = new Map<Id, Label>();
  for (const { asset, start, end } of blocks) for (const label of await records.labels({ asset, about: aboutOf(wheel), start, end })) labels.set(label.id, label);
  return {
    site: { id: site.id, name: site.name },
    asset: (await records.assets()).find(({ id }) => id === wheel.asset)?.name ?? wheel.asset,
    wheel,
    model,
    fileBytes: statSync(join(store.directory, "models", `${model.digest}.onnx`), { throwIfNoEntry: false })?.size ?? null,
    signals: wheel.signals.map((id) => ({ name: signals.get(id)?.name ?? id, unit: signals.get(id)?.unit ?? null, role: signals.get(id)?.role ?? "measured" })),
    blocks,
    forgottenBlocks: taught.length - blocks.length,
    labels: [...labels.values()],
    turn,
    line,
    losses: await records.losses({ wheel: model.wheel, evidence: "model", model: model.digest }),
    recipeLosses: await records.losses({ wheel: model.wheel, evidence: "recipe", recipe: model.recipe.name }),
    inForce: await timesInForce(model, store.records),
    isMarked: (await markedModels({ store })).has(model.digest),
  };
}

async function timesInForce({ wheel, digest }: Model, records: Ports["store"]["records"]): Promise<Lineage["inForce"]> {
  const champions = await records.champions(wheel);
  return champions.flatMap(({ model, at, reason }, place) => (model === digest ? [{ from: at, to: champions[place + 1]?.at ?? null, reason }] : []));
}

/** What was in force for a wheel at a moment; a model of `null` for nothing. */
export interface InForceAt {
  readonly wheel: Id;
  readonly name: string;
  readonly model: Digest | null;
  /** Since when, by which turn (`null` for by hand), and why. */
  readonly since: Micros | null;
  readonly turn: Id | null;
  readonly reason: string;
}

/** What was in force at a moment, for each of some wheels. */
export async function inForceAt(at: Micros, wheels: readonly Wheel[], { store: { records } }: Pick<Ports, "store">): Promise<InForceAt[]> {
  return await Promise.all(
    wheels.map(async ({ id, name }) => {
      const then = (await records.champions(id)).findLast((champion) => champion.at <= at);
      return { wheel: id, name, model: then?.model ?? null, since: then?.at ?? null, turn: then?.turn ?? null, reason: then?.reason ?? "" };
    }),
  );
}
