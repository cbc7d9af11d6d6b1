import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { randomFrom } from "../src/learn/random.ts";
import { openSite } from "../src/site.ts";
import { addTallies, faultsOf, lostFrom, nothing, tallyOf, type Acknowledged, type Tally } from "./crash-facts.ts";
import { losses, PowerDisk, type Loss } from "./power-disk.ts";
import { eventsOf, trace, type DiskEvent } from "./power-trace.ts";
import { skabRuns } from "./recordings.ts";
import { inTemporary, timed } from "./temporary.ts";

export interface PowerCutOptions {
  readonly seed?: number;
  /** How many turns the traced site makes. */
  readonly turns?: number;
  readonly say?: (text: string) => void;
}

/** What became of a site whose power was cut again and again. */
export interface PowerCuts {
  readonly cuts: number;
  /** What had been acknowledged by the time of each cut, over all cuts. */
  readonly acked: Tally;
  readonly lost: Tally;
  /** What a disk that takes no notice of fsync loses by the last cut: nothing would mean that the cuts show nothing. */
  readonly control: Tally;
  readonly slowestReadySeconds: number;
  /** What else was wrong after a cut, in sentences. */
  readonly faults: readonly string[];
}

/**
 * Cuts the power of a site at work at random moments, and opens what a disk would have kept.
 *
 * The site runs once, under strace, which tells every write, fsync, rename and new name in order. Each cut
 * takes those up to a random one: what an fsync covered is kept; of the rest a disk may keep nothing, a
 * torn part, any sectors, or lengths without content (`losses`); a new name is kept for certain only
 * once its directory was fsynced. Needs strace and SKAB.
 */
export async function powerCuts(count: number, { seed = 23, turns = 2, say = () => {} }: PowerCutOptions = {}): Promise<PowerCuts> {
  return await inTemporary(async (directory) => {
    const root = join(directory, "traced");
    mkdirSync(root);
    const files = skabRuns().map(({ path }) => path);
    const child = [process.execPath, join(import.meta.dirname, "crash-child.ts"), join(root, "site"), "0", ...files];
    await trace(child, join(directory, "log"), (lines) => lines.filter((line) => factOf(line)?.what === "turn").length >= turns);
    const events = await eventsOf(join(directory, "log"), root);
    say(`${events.length} doings of a site that made ${turns} turns`);
    return await cutAll(events, root, join(directory, "after"), { count, random: randomFrom(seed), say });
  });
}

interface Cutting {
  readonly count: number;
  readonly random: () => number;
  readonly say: (text: string) => void;
}

async function cutAll(events: readonly DiskEvent[], root: string, after: string, { count, random, say }: Cutting): Promise<PowerCuts> {
  const first = events.findIndex((event) => event.do === "said");
  const moments = Array.from({ length: count }, () => first + 1 + Math.floor(random() * (events.length - first))).toSorted((a, b) => a - b);
  const disk = new PowerDisk(root);
  const deafDisk = new PowerDisk(root, { isHonest: false });
  const facts: Acknowledged[] = [];
  const faults: string[] = [];
  let [acked, lost, slowestReadySeconds, at] = [nothing, nothing, 0, 0];
  const cutAndLook = async (one: PowerDisk, loss: Loss): Promise<Look> => {
    rmSync(after, { recursive: true, force: true });
    one.cut(after, loss, random);
    const failed = (error: unknown): Look => ({ lost: tallyOf(facts), faults: [`the site does not open: ${String(error)}`], seconds: 0, notices: [] });
    return await lookAfter(join(after, "site"), facts).catch(failed);
  };
  for (const [number, moment] of moments.entries()) {
    for (; at < moment; at++) {
      const event = events[at];
      for (const one of [disk, deafDisk]) one.apply(event);
      if (event.do === "said") facts.push(...factsIn(event.text));
    }
    const loss = losses[number % losses.length];
    const look = await cutAndLook(disk, loss);
    acked = addTallies(acked, tallyOf(facts));
    lost = addTallies(lost, look.lost);
    faults.push(...look.faults.map((fault) => `after cut ${number + 1} (${loss}): ${fault}`));
    slowestReadySeconds = Math.max(slowestReadySeconds, look.seconds);
    say(`cut ${number + 1} of ${count} at ${moment}, ${loss} of the rest gone: lost ${JSON.stringify(look.lost)}, ready in ${look.seconds.toFixed(2)} s${[...look.faults, ...look.notices].map((text) => `; ${text}`).join("")}`);
  }
  const control = (await cutAndLook(deafDisk, "all")).lost;
  if (control.samples === 0 && tallyOf(facts).samples > 0) faults.push("a disk that takes no notice of fsync lost nothing: the cuts show nothing");
  return { cuts: count, acked, lost, control, slowestReadySeconds, faults };
}

interface Look {
  readonly lost: Tally;
  readonly faults: readonly string[];
  readonly seconds: number;
  readonly notices: readonly string[];
}

async function lookAfter(directory: string, facts: readonly Acknowledged[]): Promise<Look> {
  const { result: site, seconds } = await timed(() => openSite(directory, { create: facts.length === 0 }));
  try {
    return { lost: await lostFrom(site, facts), faults: await faultsOf(site), seconds, notices: site.store.notices };
  } finally {
    await site.close();
  }
}

const factsIn = (text: string): Acknowledged[] => text.split("\n").map(factOf).filter((fact) => fact !== null);

function factOf(line: string): Acknowledged | null {
  return line.startsWith("{") ? (JSON.parse(line) as Acknowledged) : null;
}
