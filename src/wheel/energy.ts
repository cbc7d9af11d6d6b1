import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const powercap = "/sys/class/powercap";

/**
 * The machine's own energy counters (RAPL packages of the Linux powercap interface), in joules.
 *
 * Counts all that the processor packages used, whoever caused it; wraps around. Returns `null` where the
 * machine has no such counter or does not let this process read it: never an estimate.
 * Source: Linux kernel documentation, "Power Capping Framework".
 */
export function readEnergyJoules(): number | null {
  try {
    const packages = readdirSync(powercap).filter((name) => /^intel-rapl:\d+$/.test(name));
    if (packages.length === 0) return null;
    return packages.reduce((sum, name) => sum + Number(readFileSync(join(powercap, name, "energy_uj"), "utf8")) / 1e6, 0);
  } catch {
    return null;
  }
}

/** Joules between two readings; `null` when either is unknown or the counter has wrapped. */
export function joulesBetween(before: number | null, after: number | null): number | null {
  return before === null || after === null || after < before ? null : after - before;
}
