import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const built = join(import.meta.dirname, "../dist/cli/main.js");

/** The program as people run it: built, or its sources where nothing is. `./millrace bench` builds first. */
export const program = existsSync(built) ? built : join(import.meta.dirname, "../src/cli/main.ts");

const longestStart = 120_000;

/** A site that is up on free ports, in a process of its own. */
export interface StartedSite {
  readonly child: ChildProcess;
  readonly http: string;
  readonly mqtt: string;
  /** From the start of the process to its line that says ready. */
  readonly readySeconds: number;
}

/** Brings a site up as a person would. It ends with this process at the latest. Throws, with what it said, when it ends before it is ready. */
export async function bringUp(directory: string, options: Pick<SpawnOptions, "detached"> = {}): Promise<StartedSite> {
  const started = performance.now();
  const words = [program, "up", "--data", directory, "--http-port", "0", "--mqtt-port", "0", "--json"];
  const child = spawn(process.execPath, words, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  endWithUs(child, options.detached === true);
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)));
  const late = setTimeout(() => child.kill("SIGKILL"), longestStart);
  try {
    if (child.stdout === null) throw new Error("Cannot hear the site: it has no standard output");
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('{"ready":true')) return { child, ...(JSON.parse(line) as { http: string; mqtt: string }), readySeconds: (performance.now() - started) / 1000 };
      said += line; // what went wrong, as JSON
    }
  } finally {
    clearTimeout(late);
  }
  throw new Error(`Cannot start a site: it ended before it was ready: ${said.trim()}`);
}

/** A bench that is stopped half-way leaves no process behind; of a group, all of it ends. */
function endWithUs(child: ChildProcess, isGroup: boolean): void {
  const end = (): void => {
    if (child.pid !== undefined) process.kill(isGroup ? -child.pid : child.pid, "SIGKILL");
  };
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
}
