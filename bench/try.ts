import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { program } from "./program.ts";
import { dataDirectory } from "./recordings.ts";
import { type Bench, type Outcome, type Run } from "./result.ts";
import { inTemporary } from "./temporary.ts";


/** What one person would hand in. */
const files = [
  { key: "skab", path: "skab/valve1/0.csv", options: [] },
  { key: "tennesseeEastman", path: "tennessee-eastman/d01_te.dat", options: ["--period", "3min"] },
  { key: "gasTurbineYear", path: "gas-turbine-emissions/gt_2011.csv", options: ["--period", "1h"] },
] as const;

/** `millrace try` on three recordings, as a person runs it: a process of its own, from the start. */
export const trial: Bench = {
  name: "try",
  summary: "`try` on three recordings: seconds and peak memory of the process",
  needs: "SKAB, Tennessee Eastman and gas-turbine emissions",
  takes: "half a minute",
  parts: files.map(({ key }) => key),
  run: runTrial,
};

/** How a `try` process ended. */
export interface Tried {
  readonly ended: number | null;
  readonly stderr: string;
  readonly seconds: number;
  readonly peakMiB: number | null;
}

async function runTrial({ wants, say }: Run): Promise<Outcome> {
  const tried = new Map<string, Tried>();
  for (const { key, path, options } of files.filter((file) => wants(file.key))) {
    const given = join(dataDirectory, path);
    if (!existsSync(given)) throw new Error(`Cannot find ${given}: set MILLRACE_BENCH_DATA to the folder that holds the data sets`);
    const one = await inTemporary((directory) => tryFile([given, ...options, "--report", join(directory, "report.html")]));
    tried.set(key, one);
    say(`try ${path}: ${one.ended === 0 ? `${one.seconds.toFixed(2)} s, ${one.peakMiB} MiB` : one.stderr.trim()}`);
  }
  return {
    figures: Object.fromEntries([...tried].map(([key, { ended, seconds, peakMiB }]) => [key, ended === 0 ? { seconds, peakMiB } : null])),
    goals: [...tried].filter(([, { ended }]) => ended !== 0).map(([key, { ended, stderr }]) => ({ figure: key, got: null, atLeast: 0, cause: `ended with ${ended}: ${stderr.trim().slice(0, 300)}` })),
    notes: ["A process of its own for each, Node's start and the reading of the sources included; peakMiB is its highest resident memory, the learning process not counted."],
    variantsTried: 0,
  };
}

// The process tells its own peak as it ends: the only portable way to know it.
const tellPeak = 'data:text/javascript,process.on("exit",()=>process.stderr.write("\\npeak-kib="+process.resourceUsage().maxRSS+"\\n"))';

/** Runs `millrace try` with these words and waits for it to end. */
export async function tryFile(words: readonly string[]): Promise<Tried> {
  const started = performance.now();
  const child = spawn(process.execPath, ["--import", tellPeak, program, "try", ...words], { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [ended] = (await once(child, "close")) as [number | null];
  const peak = /\npeak-kib=(\d+)\n/.exec(stderr)?.[1];
  return { ended, stderr: stderr.replace(/\npeak-kib=\d+\n/g, ""), seconds: (performance.now() - started) / 1000, peakMiB: peak === undefined ? null : Math.round(Number(peak) / 1024) };
}
