import type { BaselineValues, WindowMap } from "./window-map.ts";

/** Feature maps by name: everything that is not a wheel's own. Changing one would change its digests: add another instead. */
const maps = {
  "window-30": { window: 30, memories: [0, 5, 15], random: { count: 300, seed: 1 } },
} as const;

export const mapNames = Object.keys(maps);

/**
 * The map of a recipe for a wheel's signals, with the wheel's baseline frozen in, or `null` when its
 * blocks bring their own.
 *
 * Throws RangeError for a name that is not in the list.
 */
export function mapOf(name: string, signals: number, baseline: BaselineValues | null): WindowMap {
  if (!Object.hasOwn(maps, name)) throw new RangeError(`Cannot use feature map ${JSON.stringify(name)}: known are ${mapNames.join(", ")}`);
  const known = maps[name as keyof typeof maps];
  const plain = (values: Float64Array) => Array.from(values);
  const frozen = baseline && { centre: plain(baseline.centre), spread: plain(baseline.spread), noise: plain(baseline.noise) };
  return { name: "window", version: 1, signals, ...known, baseline: frozen };
}
