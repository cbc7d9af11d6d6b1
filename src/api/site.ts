import { z } from "zod";
import type { Asset as AssetRecord } from "../schema/asset.ts";
import { Asset } from "../schema/asset.ts";
import { WheelState } from "../schema/happening.ts";
import { Digest, Id } from "../schema/id.ts";
import { Signal } from "../schema/signal.ts";
import { TargetAnswer } from "../schema/target-answer.ts";
import { Micros } from "../schema/time.ts";
import { Wheel } from "../schema/wheel.ts";
import type { App, Ground } from "./app.ts";

/** An asset with the names from the outermost down to its own, joined by "/". */
export const AssetOnSite = Asset.extend({
  path: z.string(),
  /** A simulator makes its samples. */
  simulated: z.boolean(),
});
export type AssetOnSite = z.infer<typeof AssetOnSite>;

export const SignalOnSite = Signal.extend({
  /** Its last value on the grid since the start; a value of `null` is "missing now". */
  last: z.object({ time: Micros, value: z.number().nullable() }).nullable(),
});
export type SignalOnSite = z.infer<typeof SignalOnSite>;

export const WheelOnSite = Wheel.extend({
  state: WheelState,
  champion: Digest.nullable(),
  assetName: z.string(),
  /** What it says of its target now; `null` where nothing can be said, and of a condition. */
  answer: TargetAnswer.nullable(),
});
export type WheelOnSite = z.infer<typeof WheelOnSite>;

export const SiteView = z.object({
  id: Id,
  name: z.string(),
  version: z.string(),
  startedAt: Micros,
  /** Where devices reach the broker; `null` when it is switched off. */
  mqttUrl: z.string().nullable(),
  assets: z.array(AssetOnSite),
  signals: z.array(SignalOnSite),
  wheels: z.array(WheelOnSite),
});
export type SiteView = z.infer<typeof SiteView>;

export function siteRoutes(app: App, ground: Ground, version: string): void {
  const { site } = ground;
  const { records } = site.store;
  app.get("/api/v1/site", { schema: { tags: ["site"], summary: "What the site is: assets, signals and wheels, each with how it is now", response: { 200: SiteView } } }, async () => {
    const [record, assets, signals, wheels] = await Promise.all([records.site(), records.assets(), records.signals(), records.wheels()]);
    return {
      id: record?.id ?? "",
      name: record?.name ?? "",
      version,
      startedAt: site.status().startedAt,
      mqttUrl: site.mqttUrl,
      assets: withPaths(assets, site.simulated()),
      signals: signals.map((signal) => ({ ...signal, last: ground.watch.last(signal.id) })),
      wheels: await Promise.all(wheels.map((wheel) => wheelOnSite(wheel, assets, ground))),
    };
  });
}

/** A wheel with how it is now. Before its first row it is learning or, with a model in force, unknown. */
export async function wheelOnSite(wheel: Wheel, assets: readonly AssetRecord[], { site, watch }: Ground): Promise<WheelOnSite> {
  const champion = (await site.store.records.champion(wheel.id))?.model ?? null;
  const state = watch.state(wheel.id) ?? (champion === null ? "learning" : "unknown");
  return { ...wheel, state, champion, answer: watch.answer(wheel.id), assetName: assets.find(({ id }) => id === wheel.asset)?.name ?? "" };
}

function withPaths(assets: readonly AssetRecord[], simulated: ReadonlySet<string>): AssetOnSite[] {
  const byId = new Map(assets.map((asset) => [asset.id, asset]));
  const pathOf = (asset: AssetRecord, depth = 0): string => {
    const parent = asset.parent === null || depth > 20 ? undefined : byId.get(asset.parent);
    return parent === undefined ? asset.name : `${pathOf(parent, depth + 1)}/${asset.name}`;
  };
  return assets.map((asset) => ({ ...asset, path: pathOf(asset), simulated: simulated.has(asset.id) }));
}
