import type { Id } from "../schema/id.ts";
import type { Inflow } from "../schema/inflow.ts";
import type { Ports } from "./ports.ts";

/** What a connector has sent of a signal, with the signal's names. */
export interface KnownInflow extends Inflow {
  readonly signal: Id;
  readonly asset: Id;
  readonly name: string;
  readonly assetName: string;
}

/** Every sample stream that is known, in order of connector. Samples from before it was kept are in none. */
export async function knownInflows({ store: { records } }: Pick<Ports, "store">): Promise<KnownInflow[]> {
  const signals = new Map((await records.signals()).map((signal) => [signal.key, signal]));
  const assets = new Map((await records.assets()).map(({ id, name }) => [id, name]));
  return (await records.inflows()).flatMap((inflow) => {
    const signal = signals.get(inflow.key);
    return signal === undefined ? [] : [{ ...inflow, signal: signal.id, asset: signal.asset, name: signal.name, assetName: assets.get(signal.asset) ?? signal.asset }];
  });
}
