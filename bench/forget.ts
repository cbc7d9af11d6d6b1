import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { readRecording } from "../src/capture/recording.ts";
import type { Block } from "../src/schema/block.ts";
import type { LedgerHead } from "../src/schema/ledger-head.ts";
import type { Wheel } from "../src/schema/wheel.ts";
import { openSite, type Site } from "../src/site.ts";
import { verifySite } from "../src/wheel/ledger-facts.ts";
import { replay } from "../src/wheel/replay.ts";
import { skabRuns, skabWarmUp } from "./recordings.ts";
import type { Bench, Goal, Outcome, Run } from "./result.ts";
import { tamperWith, type Tampers } from "./tampers.ts";
import { inTemporary, onNewSite, timed } from "./temporary.ts";

/** Runs that are lived through, each with its answer and its turn; and the one that is forgotten. */
const runs = 20;
const forgotten = 9;
const tampersTried = 200;

/** Forgetting against never having seen; past turns made again; records changed behind the ledger's back. On recorded runs of SKAB. */
export const forget: Bench = {
  name: "forget",
  summary: "20 recorded runs: one forgotten against never seen, 20 past turns made again, 200 tampers with the records",
  needs: "SKAB (9 MB)",
  takes: "4 minutes",
  parts: ["forget", "reproduced", "tampers"],
  run: runForget,
};

async function runForget(run: Run): Promise<Outcome> {
  return await inTemporary(async (directory) => {
    const path = join(directory, "site");
    const site = await openSite(path, { create: true });
    let wheel: Wheel;
    let head: LedgerHead;
    let reproduced: { turns: number; identical: number } | null = null;
    let forgetting: Forgetting | null = null;
    try {
      wheel = await liveThrough(site, run, () => copySlim(path, directory, "yesterday.sqlite"));
      head = await site.store.records.ledgerHead(wheel.site, site.ports.now());
      if (run.wants("reproduced")) reproduced = await makeAgain(site, wheel, run);
      if (run.wants("forget")) forgetting = await forgetOne(site, wheel, run);
      const { findings } = await verifySite(site.store, { head });
      if (findings.length > 0) throw new Error(`Cannot go on: the ledger should be whole, and ${findings[0].what}`);
      head = await site.store.records.ledgerHead(wheel.site, site.ports.now());
    } finally {
      await site.close();
    }
    const tampers = run.wants("tampers") ? tamper(path, directory, head, run) : null;
    return outcomeOf(forgetting, reproduced, tampers);
  });
}

function outcomeOf(forgetting: Forgetting | null, reproduced: { turns: number; identical: number } | null, tampers: Tampers | null): Outcome {
  const goals: Goal[] = [];
  if (forgetting !== null) goals.push({ figure: "bytesDifferent", got: forgetting.bytesDifferent, atMost: 0 });
  if (reproduced !== null) goals.push({ figure: "reproduced.identical", got: reproduced.identical, atLeast: runs });
  if (tampers !== null) goals.push({ figure: "tampers.found", got: tampers.found, atLeast: tampersTried });
  return {
    figures: { ...forgetting, ...(reproduced !== null && { reproduced }), ...(tampers !== null && { tampers: { tried: tampers.tried, found: tampers.found } }) },
    goals,
    notes: [
      "seconds: from asking to forget to models that never saw it, all files purged and written anew on the way. refitSeconds: a new site that takes in the other runs and learns once.",
      "tampers: at the SQLite file, with a signed head kept outside; 14 kinds, among them chains hashed anew, yesterday's file and a cut tail.",
      ...(tampers?.missed ?? []),
    ],
    variantsTried: 0,
  };
}

/** Takes runs in, each with its truth as answer and a turn; `midway` is called half-way through. */
async function liveThrough(site: Site, { say }: Run, midway: () => void): Promise<Wheel> {
  let at = 0;
  let wheel: Wheel | undefined;
  for await (const lived of replay(skabRuns().slice(0, runs).map(({ path }) => path), { asset: "pump", warmUpRows: skabWarmUp, labels: "after-each-run", read: {}, skipRows: 0 }, site)) {
    say(`run ${++at} of ${runs}: ${lived.turn?.verdict?.decision ?? "no turn"}`);
    if (at === runs / 2) midway();
    ({ wheel } = lived);
  }
  if (wheel === undefined) throw new Error("Cannot go on: there were no runs");
  return wheel;
}

async function makeAgain(site: Site, wheel: Wheel, { say }: Run): Promise<{ turns: number; identical: number }> {
  const turns = (await site.store.records.turns(wheel.id)).slice(-runs);
  let identical = 0;
  for (const turn of turns) {
    const result = await site.reproduce(turn);
    identical += result.identical ? 1 : 0;
    say(`turn ${turn.number} made again: ${result.identical ? "identical" : JSON.stringify(result.models)}`);
  }
  return { turns: turns.length, identical };
}

interface Forgetting {
  readonly bytesDifferent: number;
  readonly seconds: number;
  readonly refitSeconds: number;
}

async function forgetOne(site: Site, wheel: Wheel, { say }: Run): Promise<Forgetting> {
  const blocks = await site.store.records.blocks({ asset: wheel.asset });
  const { id } = blocks[forgotten];
  const { seconds, result } = await timed(() => site.forget({ what: "block", block: id }, { meanwhile: "keep", reason: "a bench" }));
  const made = await modelsOf(site, result.turns[0].challengers);
  say(`forgotten and learnt anew in ${seconds.toFixed(1)} s`);
  const never = await timed(() => neverSeen(blocks.toSpliced(forgotten, 1), skabRuns().slice(0, runs).map(({ path }) => path)));
  const bytesDifferent = [...made].reduce((sum, [recipe, bytes]) => sum + differing(bytes, never.result.get(recipe) ?? new Uint8Array()), 0);
  return { bytesDifferent: bytesDifferent + Math.abs(made.size - never.result.size), seconds, refitSeconds: never.seconds };
}

/** The models of a site that takes in these blocks of the runs alone, and learns once. */
async function neverSeen(blocks: readonly Block[], paths: readonly string[]): Promise<Map<string, Uint8Array>> {
  return await onNewSite(async (site) => {
    const recordings = await Promise.all(paths.map((path) => readRecording(path, {})));
    for (const block of blocks) {
      const recording = recordings.find(({ file }) => file.digest === block.context.file?.digest);
      if (recording === undefined) throw new Error("Cannot go on: a block comes from none of the files");
      const { intake } = await site.import(recording, { asset: "pump", warmUpRows: skabWarmUp, startAt: block.start });
      await site.labelByTruth(recording, intake);
    }
    const { challengers } = await site.turn(await site.wheel(), "hand");
    return await modelsOf(site, challengers);
  });
}

async function modelsOf(site: Site, names: readonly string[]): Promise<Map<string, Uint8Array>> {
  return new Map(await Promise.all(names.map(async (name) => [(await site.store.records.model(name))?.recipe.name ?? "", site.exportModel(name)] as const)));
}

function differing(a: Uint8Array, b: Uint8Array): number {
  let count = Math.abs(a.length - b.length);
  for (let at = 0; at < Math.min(a.length, b.length); at++) if (a[at] !== b[at]) count++;
  return count;
}

/** The records without sums, nodes and judgements, which the ledger says nothing of and which are large. */
function copySlim(path: string, directory: string, name: string): void {
  const to = join(directory, name);
  const source = new DatabaseSync(join(path, "records.sqlite"), { readOnly: true });
  source.prepare("VACUUM INTO ?").run(to);
  source.close();
  const slim = new DatabaseSync(to);
  slim.exec("DELETE FROM sum; DELETE FROM node; DELETE FROM judged; VACUUM");
  slim.close();
}

function tamper(path: string, directory: string, head: LedgerHead, { say }: Run): Tampers {
  const slim = join(directory, "slim");
  mkdirSync(slim);
  copySlim(path, slim, "records.sqlite");
  copyFileSync(join(directory, "yesterday.sqlite"), join(slim, "yesterday.sqlite"));
  const result = tamperWith({ directory: slim, yesterday: join(slim, "yesterday.sqlite"), head, scratch: join(directory, "scratch") }, tampersTried, 11);
  say(`${result.found} of ${result.tried} tampers found`);
  return result;
}
