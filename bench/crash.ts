import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { randomFrom } from "../src/learn/random.ts";
import { openSite } from "../src/site.ts";
import { addTallies, faultsOf, lostFrom, nothing, tallyOf, type Acknowledged, type Tally } from "./crash-facts.ts";
import { killLive, type LiveKills } from "./crash-live.ts";
import { powerCuts, type PowerCuts } from "./power.ts";
import { skabRuns } from "./recordings.ts";
import type { Bench, Outcome, Run } from "./result.ts";
import { inTemporary, timed } from "./temporary.ts";

/** What a run acknowledges: its samples, its label, its turn. */
const factsOfRun = 3;
/** Longest time from the last fact that is waited for to the kill, in milliseconds. */
const longestLife = 2000;
const mostReady = 3;

export const crash: Bench = {
  name: "crash",
  summary: "kill -9 at random moments of import, answer and turn: what that was acknowledged is lost",
  needs: "SKAB (9 MB)",
  takes: "12 minutes",
  parts: ["files", "live", "power"],
  run: runCrash,
};

async function runCrash(run: Run): Promise<Outcome> {
  const files = run.wants("files") ? await killAgainAndAgain({ kills: 25, seed: 11, files: skabRuns().map(({ path }) => path) }, run) : null;
  const live = run.wants("live") ? await killLive(100, 17, run.say) : null;
  const power = run.wants("power") ? await cutPower(run) : null;
  return outcomeOf(files, live, power);
}

/** `null`, with the reason said, on a machine that cannot trace what a process writes. */
async function cutPower({ say }: Run): Promise<PowerCuts | null> {
  if (spawnSync("strace", ["-V"]).status === 0) return await powerCuts(24, { say });
  say("no power is cut: this machine has no strace");
  return null;
}

export interface Kills {
  readonly kills: number;
  readonly seed: number;
  /** Recorded runs with their truth. */
  readonly files: readonly string[];
}

export interface Aftermath {
  readonly kills: number;
  readonly acked: Tally;
  readonly lost: Tally;
  readonly slowestReadySeconds: number;
  /** What else was wrong after a kill, in sentences. */
  readonly faults: readonly string[];
}

/**
 * Starts a site at work, kills it and all it started, opens it again, counts what is missing, and so on.
 *
 * The time to be ready is that of opening the site. At the end
 * every fact that was ever acknowledged is looked for once more.
 */
export async function killAgainAndAgain({ kills, seed, files }: Kills, { say }: Pick<Run, "say">): Promise<Aftermath> {
  return await inTemporary(async (directory) => {
    const random = randomFrom(seed);
    const all: Acknowledged[] = [];
    const faults: string[] = [];
    let [lost, slowestReadySeconds] = [nothing, 0];
    for (let kill = 1; kill <= kills; kill++) {
      // The first kill comes after samples, a label and a turn; the others after any number of facts.
      const after = kill === 1 ? factsOfRun : Math.floor(random() * (factsOfRun + 2));
      const facts = await workUntilKilled(directory, nextRun(all), files, { after, life: longestLife * random() });
      all.push(...facts);
      const look = await lookAfter(directory, kill === kills ? all : facts);
      lost = addTallies(lost, look.lost);
      faults.push(...look.faults);
      slowestReadySeconds = Math.max(slowestReadySeconds, look.readySeconds);
      say(`kill ${kill} of ${kills}: ${facts.length} facts acknowledged, lost ${JSON.stringify(look.lost)}, ready in ${look.readySeconds.toFixed(2)} s${look.notices.map((notice) => `; ${notice}`).join("")}`);
    }
    return { kills, acked: tallyOf(all), lost, slowestReadySeconds, faults };
  });
}

/** The run after the last whose turn was acknowledged. */
function nextRun(facts: readonly Acknowledged[]): number {
  return facts.reduce((next, fact) => (fact.what === "turn" ? fact.run + 1 : next), 0);
}

async function workUntilKilled(directory: string, first: number, files: readonly string[], { after, life }: { readonly after: number; readonly life: number }): Promise<Acknowledged[]> {
  // A group of its own, so that the learning process is killed with it.
  const child = spawn(process.execPath, [join(import.meta.dirname, "crash-child.ts"), directory, String(first), ...files], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const facts: Acknowledged[] = [];
  const lines = createInterface({ input: child.stdout });
  const read = once(lines, "close");
  lines.on("line", (line) => {
    const fact = JSON.parse(line) as Acknowledged;
    facts.push(fact);
    if (facts.filter(({ what }) => what !== "ready").length === after && (after > 0 || fact.what === "ready")) setTimeout(() => killGroup(child), life);
  });
  const [code, signal] = (await ended) as [number | null, string | null];
  await read;
  if (signal !== "SIGKILL") throw new Error(`Cannot kill the site at work: it ended by itself with ${signal ?? `code ${code}`}`);
  return facts;
}

function killGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, "SIGKILL");
}

async function lookAfter(directory: string, facts: readonly Acknowledged[]): Promise<{ lost: Tally; faults: string[]; readySeconds: number; notices: readonly string[] }> {
  const { result: site, seconds: readySeconds } = await timed(() => openSite(directory));
  try {
    return { lost: await lostFrom(site, facts), faults: await faultsOf(site), readySeconds, notices: site.store.notices };
  } finally {
    await site.close();
  }
}

function outcomeOf(files: Aftermath | null, live: LiveKills | null, power: PowerCuts | null): Outcome {
  const parts = [files, live, power].filter((part) => part !== null);
  const acked = parts.reduce<Tally>((sum, part) => addTallies(sum, part.acked), nothing);
  const lost = parts.reduce<Tally>((sum, part) => addTallies(sum, part.lost), nothing);
  const slowestReadySeconds = Math.max(...parts.map((part) => part.slowestReadySeconds));
  const faults = [...(files?.faults ?? []), ...(power?.faults ?? [])];
  return {
    figures: { kills: (files?.kills ?? 0) + (live?.kills ?? 0), powerCuts: power?.cuts ?? 0, acked, lost, slowestReadySeconds, files: files && summary(files), live, power },
    goals: [
      { figure: "lost.samples", got: lost.samples, atMost: 0 },
      { figure: "lost.labels", got: lost.labels, atMost: 0 },
      { figure: "lost.turns", got: lost.turns, atMost: 0 },
      { figure: "faults after a kill or cut", got: faults.length, atMost: 0, cause: faults.slice(0, 3).join("; ") },
      { figure: "slowestReadySeconds", got: slowestReadySeconds, atMost: mostReady },
    ],
    notes: [
      "files: a site at import, answer and turn is killed and opened as any command opens it; the ledger's chain, SQLite's own check, the sample files and the champion's bytes are looked at as well. A cut-off turn is taken up by the next one, under its own number.",
      "live: `millrace up` under load over HTTP and MQTT, with labels and turns, is killed with all it started and brought up again; ready is from its start to its line that says so, the program's own start included. Every sample, label and turn that was acknowledged is looked for at the end.",
      "power: what a site wrote, synced and renamed is traced once, and then cut at random moments: of what was not synced nothing, a torn part or any sectors are kept. `control` is what a disk that ignores fsync loses.",
    ],
    variantsTried: 0,
  };
}

const summary = ({ kills, acked, lost, slowestReadySeconds }: Aftermath) => ({ kills, acked, lost, slowestReadySeconds });
