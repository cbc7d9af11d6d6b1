import type { Id } from "../schema/id.ts";
import type { WatchSnapshot } from "./signal-watch.ts";
import type { WheelSnapshot } from "./wheel-snapshot.ts";

/** All settings that a fleet stores begin with this. */
export const livePrefix = "live ";
const wheelPrefix = `${livePrefix}wheel `;
const watchPrefix = `${livePrefix}watch `;

export const wheelSetting = (wheel: Id): string => wheelPrefix + wheel;
export const watchSetting = (part: number): string => watchPrefix + String(part);
export const standingSetting = `${watchPrefix}standing`;

/** What a fleet stored, from the settings whose names begin with `livePrefix`. One that cannot be read is as if it were not there. */
export function restored(settings: readonly { readonly name: string; readonly text: string }[]): { wheels: Map<Id, WheelSnapshot>; watch: WatchSnapshot[] } {
  const wheels = new Map<Id, WheelSnapshot>();
  const watch: WatchSnapshot[] = [];
  for (const { name, text } of settings) {
    const value = parsed(text);
    if (value === null) continue;
    if (name.startsWith(wheelPrefix)) wheels.set(name.slice(wheelPrefix.length), value as WheelSnapshot);
    if (name.startsWith(watchPrefix)) watch.push(value as WatchSnapshot);
  }
  return { wheels, watch };
}

function parsed(text: string): { readonly version: 1 } | null {
  try {
    const value = JSON.parse(text) as { version?: unknown } | null;
    return value?.version === 1 ? { ...value, version: 1 } : null;
  } catch {
    return null;
  }
}
