import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MillraceError } from "../errors.ts";
import type { Block } from "../schema/block.ts";
import type { Digest } from "../schema/id.ts";
import type { Label } from "../schema/label.ts";
import type { Model } from "../schema/model.ts";
import type { Making, Turn } from "../schema/turn.ts";
import type { Wheel } from "../schema/wheel.ts";
import { ModelFiles } from "../store/models.ts";
import { Records } from "../store/records.ts";
import type { Remote } from "../thread.ts";
import { thisBuild } from "./build.ts";
import { kindOf } from "./kinds/kinds.ts";
import { learn } from "./learn.ts";
import { learningProcess } from "./learning-process.ts";
import { generatedBlocks } from "./origin.ts";
import type { Ports } from "./ports.ts";
import { readBlock } from "./rows.ts";

/** One of a turn's models, made again. */
export interface Remade {
  readonly recipe: string;
  readonly recorded: Digest;
  /** What came out now; `null` when nothing did. */
  readonly made: Digest | null;
  /** Between the scores of both on the turn's blocks; 0 when they are the same bytes, `null` when that cannot be said. */
  readonly largestDifference: number | null;
}

/** A past turn, made again. */
export interface Reproduction {
  readonly turn: Turn;
  readonly models: readonly Remade[];
  /** Whether all models came out the same, bit for bit; false for a turn that made none. */
  readonly identical: boolean;
  /** What is not there any more, or is otherwise, in sentences. */
  readonly missing: readonly string[];
  /** Where this build or machine is another than that of the turn, in sentences. */
  readonly otherwise: readonly string[];
}

/** Blocks whose scores are compared where models differ. */
const comparedBlocks = 5;

/**
 * Makes the models of a past turn again: from its blocks, labels and wheel as they were then, in records of
 * their own, by the code that every turn runs. No sum and no node of then is used.
 *
 * Nothing of the site is changed. Throws `wheel.not-reproducible` for a turn that holds no account of its making.
 * Cost: that of the first turn over so many blocks.
 */
export async function reproduce(turn: Turn, ports: Ports): Promise<Reproduction> {
  const { making } = turn;
  if (making === undefined) throw unaccounted(turn);
  const missing: string[] = [];
  const wheel = await ports.store.records.wheelRevision(turn.wheel, making.wheelRevision);
  if (wheel === null) throw unaccounted(turn);
  const blocks = await blocksOf(turn, making, wheel, missing, ports);
  let best: Remade[] = [];
  for (const line of await lineStates(making, ports)) {
    const labels = await ports.store.records.labelsAsOf(wheel.asset, line);
    best = await inScratch(ports, (scratch) => remake(turn, making, { wheel, blocks, labels }, scratch, ports));
    if (isIdentical(best)) break;
  }
  missing.push(...(await forgottenSince(making, ports)));
  return { turn, models: best, identical: isIdentical(best), missing, otherwise: isIdentical(best) ? [] : differences(making) };
}

const isIdentical = (models: readonly Remade[]): boolean => models.length > 0 && models.every(({ recorded, made }) => recorded === made);

function unaccounted({ number }: Turn): MillraceError {
  return new MillraceError("wheel.not-reproducible", `Cannot make turn ${number} again: it holds no account of how it was made`, {
    hint: "Turns that an older version of Millrace recorded do not say enough; those recorded since do.",
  });
}

/** The turn's blocks in the revisions it read; what is gone, or is not as it was, is named. */
async function blocksOf(turn: Turn, making: Making, wheel: Wheel, missing: string[], { store: { records, telemetry } }: Ports): Promise<Block[]> {
  const keys = (await records.signals(wheel.asset)).filter(({ id }) => wheel.signals.includes(id)).map(({ key }) => key);
  const blocks: Block[] = [];
  for (const id of making.warmUp === null ? turn.blocks : [making.warmUp]) {
    const block = await records.blockRevision(id, making.revisions[id] ?? 1);
    if (block === null) {
      missing.push(`Block ${id} is gone: it was forgotten.`);
      continue;
    }
    blocks.push(block);
    const sequence = await telemetry.highestSequence({ keys, start: block.start, end: block.end });
    if (sequence === 0) missing.push(`The samples of block ${id} are gone.`);
    else if (sequence > block.sequence) missing.push(`Block ${id} has samples that came after the turn; those they took the place of are not kept.`);
  }
  return blocks;
}

/** How far the ledger may have gone when the turn read its labels: mostly one place. */
async function lineStates({ ledger: { from, to } }: Making, { store: { records } }: Ports): Promise<number[]> {
  const lines = await records.ledger({ from: from + 1, kinds: ["labels"] });
  return [...lines.map(({ number }) => number).filter((number) => number <= to).toReversed(), from];
}

/** Labels that the turn may have read and that were forgotten since. */
async function forgottenSince({ ledger: { to } }: Making, { store: { records } }: Ports): Promise<string[]> {
  const lines = await records.ledger({ from: to + 1, kinds: ["forget"] });
  return lines.flatMap((line) => (line.kind === "forget" && line.labels.length > 0 ? [`${line.labels.length} answers were forgotten since, by line ${line.number} of the ledger.`] : []));
}

function differences({ build }: Making): string[] {
  const now = thisBuild();
  const said = [
    ["The version was", build.version, now.version],
    ["The processor was", build.cpu, now.cpu],
    ["The digest of the code was", build.code.slice(0, 12), now.code.slice(0, 12)],
  ];
  return said.flatMap(([what, then, today]) => (then === today ? [] : [`${what} ${then}; it is ${today} now.`]));
}

interface AsOf {
  readonly wheel: Wheel;
  readonly blocks: readonly Block[];
  readonly labels: readonly Label[];
}

/** Work on a store of its own that is gone afterwards; samples are read from the site's. */
async function inScratch<T>(ports: Ports, work: (scratch: { readonly ports: Ports; readonly records: Records }) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "millrace-prove-"));
  mkdirSync(join(directory, "models"));
  const records = new Records(directory);
  const { learning, close } = learningProcess(); // one that remembers nothing
  try {
    records.open();
    const store = { ...ports.store, directory, records: asRemote(records), models: new ModelFiles(directory) };
    return await work({ ports: { ...ports, store, learning }, records });
  } finally {
    close();
    records.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The same calls as those on the site's records, which are in another thread. */
function asRemote(records: Records): Remote<Records> {
  return new Proxy(records, {
    get: (_, name) => async (...args: unknown[]) => await Reflect.apply(Reflect.get(records, name) as (...given: unknown[]) => unknown, records, args),
  }) as unknown as Remote<Records>;
}

async function remake(turn: Turn, making: Making, { wheel, blocks, labels }: AsOf, scratch: { ports: Ports; records: Records }, ports: Ports): Promise<Remade[]> {
  const { records } = ports.store;
  const [site, assets] = [await records.site(), await records.assets()];
  const signals = await Promise.all((await records.signals(wheel.asset)).map(async (signal) => (await records.signalRevision(signal.id, making.revisions[signal.id] ?? 1)) ?? signal));
  scratch.records.write([
    ...(site === null ? [] : [{ put: "site" as const, value: site }]),
    ...assets.map((value) => ({ put: "asset" as const, value })),
    ...signals.map((value) => ({ put: "signal" as const, value })),
    { put: "wheel", value: wheel },
    ...(await records.baselines(wheel.asset)).map((value) => ({ put: "baseline" as const, value })),
    ...blocks.map((value) => ({ put: "block" as const, value })),
    ...labels.map((value) => ({ put: "label" as const, value })),
  ]);
  const made = await generatedBlocks(wheel, blocks, scratch.ports);
  const taught = { real: blocks.filter((block) => !made.includes(block)), made };
  const again = (await learn(wheel, turn, taught, making.warmUp === null ? "whole" : "warm-up", scratch.ports)).models;
  const remade: Remade[] = [];
  for (const recorded of turn.challengers) {
    const model = await records.model(recorded);
    const same = again.find(({ recipe }) => recipe.name === model?.recipe.name) ?? null;
    const isSame = same?.digest === recorded;
    remade.push({ recipe: model?.recipe.name ?? "", recorded, made: same?.digest ?? null, largestDifference: isSame ? 0 : await largestDifference(recorded, same, { wheel, blocks, labels }, scratch.ports, ports) });
  }
  return remade;
}

/** The largest difference of the scores of two models on a turn's last blocks. */
async function largestDifference(recorded: Digest, again: Model | null, { wheel, blocks }: AsOf, scratch: Ports, ports: Ports): Promise<number | null> {
  if (again === null || !ports.store.models.has(recorded)) return null;
  let largest: number | null = null;
  for (const block of blocks.slice(-comparedBlocks)) {
    const rows = await readBlock(wheel, block, ports);
    const judge = async (model: Digest, by: Ports) => await kindOf(wheel).judging(wheel, by.store.models.read(model), by, (judgeOne) => judgeOne(block, rows));
    const [then, now] = await Promise.all([judge(recorded, ports), judge(again.digest, scratch)]);
    for (const [row, score] of then.scores.entries()) {
      const difference = Math.abs(score - now.scores[row]);
      if (Number.isFinite(difference)) largest = Math.max(largest ?? 0, difference);
    }
  }
  return largest;
}
