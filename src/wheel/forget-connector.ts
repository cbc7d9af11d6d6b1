import type { Id } from "../schema/id.ts";
import type { Interval } from "../schema/time.ts";
import type { Ports } from "./ports.ts";

/** Samples of some signals of an asset. */
export interface Stretch extends Interval {
  readonly asset: Id;
  readonly keys: number[];
}

/**
 * Where samples lie that came through a connector: for the signals that it fed at the same hours together, from their first
 * sample in these to their last. What another connector has sent of the same signal within the same hours is among them.
 *
 * Returns: `null` when it is not known to have sent anything. Samples from before it was kept are in none.
 */
export async function fedStretches(connector: string, { store: { records, telemetry } }: Ports): Promise<Stretch[] | null> {
  const inflows = await records.inflows({ connector });
  if (inflows.length === 0) return null;
  const assets = new Map((await records.signals()).map(({ key, asset }) => [key, asset]));
  const together = new Map<string, Stretch>();
  for (const { key, hours } of inflows) {
    const asset = assets.get(key);
    if (asset === undefined) continue;
    for (const { start, end } of hours) {
      const name = `${asset} ${start} ${end}`;
      const known = together.get(name);
      if (known === undefined) together.set(name, { asset, keys: [key], start, end });
      else known.keys.push(key);
    }
  }
  const found: Stretch[] = [];
  for (const { asset, keys, start, end } of together.values()) {
    const held = await telemetry.spanWithin({ keys, start, end });
    if (held !== null) found.push({ asset, keys, start: held.start, end: held.end + 1 });
  }
  return found;
}
