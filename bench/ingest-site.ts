import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../src/store/store.ts";
import { bringUp } from "./program.ts";
import type { Load, LoadResult } from "./ingest-load.ts";

const generator = join(import.meta.dirname, "ingest-generator.ts");

/** A site that is up in a process of its own. */
export interface SiteProcess {
  readonly http: string;
  readonly mqtt: string;
  readonly pid: number;
  /** Highest resident memory so far; `null` where the system does not tell. */
  peakMiB(): number | null;
}

/** Works on a site that is up on free ports, then kills it: what is found in its directory afterwards was durable. */
export async function onSiteProcess<T>(directory: string, work: (site: SiteProcess) => Promise<T>): Promise<T> {
  const { child, http, mqtt } = await bringUp(join(directory, "site"));
  const gone = once(child, "exit");
  try {
    const pid = child.pid ?? 0;
    return await work({ http, mqtt, pid, peakMiB: () => peakOf(pid) });
  } finally {
    child.kill("SIGKILL");
    await gone;
  }
}

function peakOf(pid: number): number | null {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kibibytes === undefined ? null : Math.round(Number(kibibytes) / 1024);
  } catch {
    return null;
  }
}

/** Runs a load from a process of its own. */
export async function generate(load: Load, site: SiteProcess): Promise<LoadResult> {
  const child = spawn(process.execPath, [generator, JSON.stringify(load), load.door === "http" ? site.http : site.mqtt], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`Cannot load the site: the generator ended with ${code}`);
  return JSON.parse(text) as LoadResult;
}

/** Samples that a killed site still has. */
export async function storedSamples(directory: string): Promise<number> {
  const store = await openStore(join(directory, "site"), { create: false });
  try {
    const { openSamples, sealedDays, problems } = await store.telemetry.check();
    if (problems.length > 0) throw new Error(`Cannot count the samples: ${problems.join("; ")}`);
    return openSamples + sealedDays.reduce((sum, { samples }) => sum + samples, 0);
  } finally {
    await store.close();
  }
}
