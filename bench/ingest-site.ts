import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openStore } from "../src/store/store.ts";
import { program } from "./program.ts";
import type { Load, LoadResult } from "./ingest-load.ts";

const generator = join(import.meta.dirname, "ingest-generator.ts");
const longestStart = 30_000;

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
  const child = spawn(process.execPath, [program, "up", "--data", join(directory, "site"), "--http-port", "0", "--mqtt-port", "0", "--json"], { stdio: ["ignore", "pipe", "pipe"] });
  const gone = once(child, "exit");
  try {
    const { http, mqtt } = await readyLine(child);
    const pid = child.pid ?? 0;
    return await work({ http, mqtt, pid, peakMiB: () => peakOf(pid) });
  } finally {
    child.kill("SIGKILL");
    await gone;
  }
}

interface Ready {
  readonly ready: true;
  readonly http: string;
  readonly mqtt: string;
}

async function readyLine(child: ChildProcess): Promise<Ready> {
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)));
  const late = setTimeout(() => child.kill("SIGKILL"), longestStart);
  try {
    if (child.stdout === null) throw new Error("Cannot hear the site: it has no standard output");
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('{"ready":true')) return JSON.parse(line) as Ready;
      said += line; // what went wrong, as JSON
    }
  } finally {
    clearTimeout(late);
  }
  throw new Error(`Cannot start a site: it ended before it was ready: ${said.trim()}`);
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
