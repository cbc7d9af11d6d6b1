import { readFileSync } from "node:fs";
import { ask } from "./door-client.ts";
import type { SiteProcess } from "./ingest-site.ts";

/** MiB at a moment, in hours since the start: of all processes of the site, by who holds it, and of the main one by kind of mapping. */
export interface Memory {
  readonly hours: number;
  readonly mib: number;
  readonly held: Readonly<Record<string, number>>;
  readonly mapped: Readonly<Record<string, number>>;
}

/** `null` where the system does not tell. */
export async function memoryNow({ pid, http }: SiteProcess, hours: number): Promise<Memory | null> {
  const mib = residentMiB(pid);
  const mapped = mappedMiB(pid);
  if (mib === null || mapped === null) return null;
  const beside = childrenMiB(pid);
  const held = await heldMiB(http);
  const known = Object.values(held).reduce((sum, part) => sum + part, 0);
  // The rest of the main process is code, the drivers' and the allocators'.
  return { hours, mib: mib + beside.learning + beside.scoring, held: { ...held, rest: mib - known, ...beside }, mapped };
}

export const splitText = ({ mib, held, mapped }: Memory): string =>
  [["all", mib] as const, ...Object.entries(held), ...Object.entries(mapped)].map(([holder, part]) => `${holder} ${part.toFixed(0)}`).join(", ");

/** Parts of the main process as it says itself. */
async function heldMiB(http: string): Promise<Record<string, number>> {
  const { text } = await ask(http, "/metrics");
  return Object.fromEntries([...text.matchAll(/^millrace_memory_bytes\{holder="([^"]+)"\} (\d+)/gm)].map(([, holder = "", bytes]) => [holder, Number(bytes) / 2 ** 20]));
}

/** Of the processes that score and of the one that learns. */
function childrenMiB(pid: number): { learning: number; scoring: number } {
  const held = { learning: 0, scoring: 0 };
  try {
    for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")) {
      if (child === "") continue;
      const isLearning = readFileSync(`/proc/${child}/cmdline`, "utf8").includes("wheel/worker");
      held[isLearning ? "learning" : "scoring"] += residentMiB(Number(child)) ?? 0;
    }
  } catch {
    // one has just ended, or the system does not tell
  }
  return held;
}

function residentMiB(pid: number): number | null {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) / 1024;
  } catch {
    return null;
  }
}

/** Resident MiB of a process by kind of mapping; source: proc(5), smaps. */
function mappedMiB(pid: number): Record<string, number> | null {
  const mapped = { files: 0, "c-heap": 0, "c-arenas": 0, "to-256KiB": 0, "to-2MiB": 0, larger: 0 };
  try {
    let kind: keyof typeof mapped = "files";
    for (const line of readFileSync(`/proc/${pid}/smaps`, "utf8").split("\n")) {
      const [, start, end, name] = /^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \d+\s*(.*)$/.exec(line) ?? [];
      if (start !== undefined) kind = kindOf(parseInt(start, 16), parseInt(end ?? "0", 16), name ?? "");
      else if (line.startsWith("Rss:")) mapped[kind] += parseInt(line.slice(4), 10) / 1024;
    }
    return mapped;
  } catch {
    return null;
  }
}

function kindOf(start: number, end: number, name: string): "files" | "c-heap" | "c-arenas" | "to-256KiB" | "to-2MiB" | "larger" {
  const size = end - start;
  if (name === "[heap]") return "c-heap";
  if (name !== "") return "files";
  // The C library maps each arena's heap at a multiple of 64 MiB and no longer than that.
  if (start % (64 * 2 ** 20) === 0 && size <= 64 * 2 ** 20) return "c-arenas";
  if (size <= 260 * 1024) return "to-256KiB";
  return size <= 2 ** 21 ? "to-2MiB" : "larger";
}
