import { canonicalJson, digest } from "../digest.ts";
import type { TeachingBlock } from "../learn/teach.ts";
import type { Leaf } from "../learn/total.ts";
import { faultsOf } from "../review/truth.ts";
import type { Block } from "../schema/block.ts";
import type { Label } from "../schema/label.ts";
import type { Model } from "../schema/model.ts";
import type { Recipe } from "../schema/recipe.ts";
import type { Turn } from "../schema/turn.ts";
import type { Wheel } from "../schema/wheel.ts";
import { freezeMap, type FrozenMap } from "./maps.ts";
import { labelsDigest, sumName } from "./names.ts";
import type { Ports } from "./ports.ts";
import { readBlock, readTruth } from "./rows.ts";

/** A turn's challengers, and why a recipe made none. */
export interface Challengers {
  readonly models: readonly Model[];
  readonly whyNot: readonly string[];
}

/** Which part of the blocks teaches: all of each, or only the warm-up of the very first. */
export type Part = "whole" | "warm-up";

/** A challenger for each recipe of the wheel, from the totals of the chosen blocks. Stored, not in force. */
export async function learn(wheel: Wheel, turn: Turn, blocks: readonly Block[], part: Part, ports: Ports): Promise<Challengers> {
  const models: Model[] = [];
  const whyNot: string[] = [];
  const nodesUsed = new Set<string>();
  for (const recipe of wheel.recipes) {
    const map = await freezeMap(wheel, recipe.map, ports);
    const made = map === null ? "there is no block to take a baseline from" : await learnRecipe(wheel, turn, { recipe, map, blocks, part }, nodesUsed, ports);
    if (typeof made === "string") whyNot.push(`Recipe ${recipe.name} made no model: ${made}.`);
    else models.push(made);
  }
  await forgetNodes(wheel, nodesUsed, ports);
  return { models, whyNot };
}

/** What one model is learnt from. */
interface Lesson {
  readonly recipe: Recipe;
  readonly map: FrozenMap;
  readonly blocks: readonly Block[];
  readonly part: Part;
}

async function learnRecipe(wheel: Wheel, turn: Turn, lesson: Lesson, nodesUsed: Set<string>, ports: Ports): Promise<Model | string> {
  const { recipe, map: { map, digest: mapDigest }, blocks, part } = lesson;
  const { records, models } = ports.store;
  const leaves = await sumsOf(wheel, { map, digest: mapDigest }, blocks, part, ports);
  const totalDigest = digest(canonicalJson(leaves.map(({ name }) => name)));
  const metadata = await describe(wheel, recipe, map.window, mapDigest, totalDigest, ports);
  const reply = await ports.learning.learn({ directory: ports.store.directory, nodePrefix: nodePrefix(wheel), map, recipe, leaves, metadata });
  for (const name of reply.used) nodesUsed.add(name);
  await records.write(reply.nodes.map((value) => ({ put: "node", value })));
  if ("why" in reply) return reply.why;

  const name = models.put(reply.model);
  const known = await records.model(name);
  const model: Model = known ?? {
    digest: name,
    site: wheel.site,
    wheel: wheel.id,
    turn: turn.id,
    recipe,
    mapDigest,
    totalDigest,
    blocks: part === "whole" ? leaves.map(({ block }) => block) : [],
    threshold: 1,
    provisional: reply.provisional,
    bytes: reply.model.length,
    createdAt: ports.now(),
  };
  await records.write([{ put: "model", value: model }]);
  return model;
}

/** Before the names of the nodes that are kept for a wheel. */
export const nodePrefix = ({ id }: Pick<Wheel, "id">): string => `${id}/`;

/** Inner nodes that the newest trees do not hold are of no more use, and large. */
async function forgetNodes(wheel: Wheel, used: ReadonlySet<string>, { store }: Ports): Promise<void> {
  const stale = (await store.records.nodeNames(nodePrefix(wheel))).filter((name) => !used.has(name));
  await store.records.write(stale.map((name) => ({ drop: "node", name })));
}

/** The sums of blocks under a map, in id order; those that are not there yet are made. Blocks that cannot teach are left out. */
async function sumsOf(wheel: Wheel, frozen: FrozenMap, blocks: readonly Block[], part: Part, ports: Ports): Promise<Leaf[]> {
  const { records } = ports.store;
  const known = new Set((await records.sumNames(wheel.id, frozen.digest)).map(({ name }) => name));
  const leaves: Leaf[] = [];
  const labels = part === "warm-up" ? [] : await records.labels({ asset: wheel.asset });
  for (const block of blocks) {
    const said = labels.filter(({ start, end }) => end > block.start && start < block.end);
    if (!canTeach(wheel, block, said, frozen.map.window)) continue;
    const saidDigest = labelsDigest(said);
    const name = sumName(block, saidDigest, frozen.digest, part);
    if (!known.has(name)) await makeSum(wheel, frozen, block, { name, labels: saidDigest, part }, ports);
    leaves.push({ name, block: block.id, start: block.start });
  }
  return leaves;
}

/** Not a block shorter than a window, nor one whose warm-up holds a fault: its baseline would not be normal. */
function canTeach({ grid }: Wheel, { start, end, warmUpEnd }: Block, labels: readonly Label[], window: number): boolean {
  if (end - start < window * grid.period) return false;
  return warmUpEnd === null || faultsOf(labels, { start, end: warmUpEnd }).length === 0;
}

async function makeSum(wheel: Wheel, frozen: FrozenMap, block: Block, { name, labels, part }: { name: string; labels: string; part: Part }, ports: Ports): Promise<void> {
  const { times, rows, warmUpRows } = await readBlock(wheel, block, ports);
  const { truth } = await readTruth(block, times, ports);
  const whole: TeachingBlock = { rows, warmUpRows, truth };
  const taught = part === "whole" ? whole : warmUpOf(whole);
  const bytes = await ports.learning.sum(frozen.map, block.id, taught);
  await ports.store.records.write([{ put: "sum", value: { name, wheel: wheel.id, block: block.id, blockRevision: block.revision, labelsDigest: labels, mapDigest: frozen.digest, bytes } }]);
}

/** The warm-up alone, about which nobody has said anything yet. */
function warmUpOf({ rows, warmUpRows }: TeachingBlock): TeachingBlock {
  const { columns, values } = rows;
  return { rows: { rows: warmUpRows, columns, values: values.slice(0, warmUpRows * columns) }, warmUpRows, truth: new Uint8Array(warmUpRows).fill(2) };
}

/** What travels in the model file: enough to use it without the site it came from. */
async function describe(wheel: Wheel, recipe: Recipe, window: number, map: string, total: string, { store }: Ports): Promise<Record<string, string>> {
  const signals = new Map((await store.records.signals(wheel.asset)).map((signal) => [signal.id, signal]));
  const inputs = wheel.signals.map((id) => ({ name: signals.get(id)?.name ?? id, unit: signals.get(id)?.unit ?? null }));
  return {
    "millrace.format": "1",
    "millrace.kind": wheel.kind,
    "millrace.wheel": wheel.name,
    "millrace.signals": JSON.stringify(inputs),
    "millrace.window": String(window),
    "millrace.grid": canonicalJson(wheel.grid),
    "millrace.alarm": canonicalJson({ threshold: 1, ...wheel.alarm }),
    "millrace.warm-up-rows": String(wheel.warmUpRows),
    "millrace.recipe": canonicalJson(recipe),
    "millrace.map": map,
    "millrace.total": total,
  };
}
