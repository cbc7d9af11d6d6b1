import { canonicalJson, digest } from "../digest.ts";
import type { Leaf } from "../learn/total.ts";
import type { Block } from "../schema/block.ts";
import type { Model } from "../schema/model.ts";
import { blockOrigin } from "../schema/origin.ts";
import type { Recipe } from "../schema/recipe.ts";
import type { Turn } from "../schema/turn.ts";
import type { Wheel } from "../schema/wheel.ts";
import { softwareVersion } from "../version.ts";
import type { BlockLesson, Part } from "./kinds/kind.ts";
import { kindOf } from "./kinds/kinds.ts";
import type { LearnReply } from "./learning.ts";
import type { FrozenMap } from "./maps.ts";
import { labelsDigest, sumName } from "./names.ts";
import type { Ports } from "./ports.ts";

/** A turn's challengers, and why a recipe made none. */
export interface Challengers {
  readonly models: readonly Model[];
  readonly whyNot: readonly string[];
}

/** A challenger for each recipe of the wheel, from the totals of the chosen blocks. Stored, not in force. */
export async function learn(wheel: Wheel, turn: Turn, blocks: readonly Block[], part: Part, ports: Ports): Promise<Challengers> {
  const models: Model[] = [];
  const whyNot: string[] = [];
  const nodesUsed = new Set<string>();
  for (const recipe of wheel.recipes) {
    const map = await kindOf(wheel).freeze(wheel, recipe.map, ports);
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
  const { recipe, map, blocks, part } = lesson;
  const { records, models } = ports.store;
  const leaves = await sumsOf(wheel, map, blocks, part, ports);
  const { totalDigest, reply } = await solve(wheel, recipe, map, leaves, true, ports);
  for (const name of reply.used) nodesUsed.add(name);
  if ("why" in reply) return reply.why;

  const name = models.put(reply.model);
  const known = await records.model(name);
  const model: Model = known ?? {
    digest: name,
    site: wheel.site,
    wheel: wheel.id,
    turn: turn.id,
    recipe,
    mapDigest: map.digest,
    totalDigest,
    blocks: part === "whole" ? leaves.map(({ block }) => block) : [],
    threshold: 1,
    provisional: reply.provisional,
    bytes: reply.model.length,
    createdAt: ports.now(),
    origin: blockOrigin(blocks.map(({ origin }) => origin)),
    software: softwareVersion,
  };
  await records.write([{ put: "model", value: model }]);
  return model;
}

/** Has a model made of these sums; `isTurn` with what it says of how sure it is, and with the nodes kept that had to be merged for it. */
export async function solve(wheel: Wheel, recipe: Recipe, map: FrozenMap, leaves: readonly Leaf[], isTurn: boolean, ports: Ports): Promise<{ totalDigest: string; reply: Exclude<LearnReply, { more: true }> }> {
  const totalDigest = digest(canonicalJson(leaves.map(({ name }) => name)));
  const metadata = await describe(wheel, recipe, map, totalDigest, ports);
  const request = { directory: ports.store.directory, nodePrefix: nodePrefix(wheel), recipe, leaves, metadata, calibrates: isTurn, keepsNodes: isTurn, ...kindOf(wheel).request(map.map) };
  for (;;) {
    const reply = await ports.learning.learn(request);
    if (isTurn) await ports.store.records.write(reply.nodes.map((value) => ({ put: "node", value })));
    if (!("more" in reply)) return { totalDigest, reply };
  }
}

/** Before the names of the nodes that are kept for a wheel. */
export const nodePrefix = ({ id }: Pick<Wheel, "id">): string => `${id}/`;

/** Inner nodes that the newest trees do not hold are of no more use, and large. */
async function forgetNodes(wheel: Wheel, used: ReadonlySet<string>, { store }: Ports): Promise<void> {
  const stale = (await store.records.nodeNames(nodePrefix(wheel))).filter((name) => !used.has(name));
  await store.records.write(stale.map((name) => ({ drop: "node", name })));
}

/** The sums of blocks under a map, in id order; those that are not there yet are made. Blocks that cannot teach are left out. */
export async function sumsOf(wheel: Wheel, frozen: FrozenMap, blocks: readonly Block[], part: Part, ports: Ports): Promise<Leaf[]> {
  const { records } = ports.store;
  const kind = kindOf(wheel);
  const known = new Set((await records.sumNames(wheel.id, frozen.digest)).map(({ name }) => name));
  const labelsOf = part === "warm-up" ? () => [] : await kind.labels(wheel, ports);
  const when = await whenByName(wheel, ports);
  const leaves: Leaf[] = [];
  for (const block of blocks) {
    const lesson: BlockLesson = { block, labels: labelsOf(block), part };
    if (!kind.canTeach(wheel, lesson, frozen.map)) continue;
    const labels = labelsDigest(lesson.labels);
    const name = sumName(block, { labels, map: frozen.digest, part, when });
    if (!known.has(name)) {
      const bytes = await kind.sum(wheel, lesson, frozen.map, ports);
      await records.write([{ put: "sum", value: { name, wheel: wheel.id, block: block.id, blockRevision: block.revision, labelsDigest: labels, mapDigest: frozen.digest, bytes } }]);
    }
    leaves.push({ name, block: block.id, start: block.start });
  }
  return leaves;
}

/** The condition under which the asset runs, with its signal by name. */
async function whenByName({ when, asset }: Wheel, { store }: Ports): Promise<Wheel["when"]> {
  if (when === null) return null;
  const signal = (await store.records.signals(asset)).find(({ id }) => id === when.signal)?.name ?? when.signal;
  return { ...when, signal };
}

/** What travels in the model file: enough to use it without the site it came from. */
async function describe(wheel: Wheel, recipe: Recipe, { map, digest: mapDigest }: FrozenMap, total: string, { store }: Ports): Promise<Record<string, string>> {
  const signals = new Map((await store.records.signals(wheel.asset)).map((signal) => [signal.id, signal]));
  const inputs = wheel.signals.map((id) => ({ name: signals.get(id)?.name ?? id, unit: signals.get(id)?.unit ?? null }));
  return {
    "millrace.format": "1",
    "millrace.kind": wheel.kind,
    "millrace.wheel": wheel.name,
    "millrace.signals": JSON.stringify(inputs),
    "millrace.grid": canonicalJson(wheel.grid),
    "millrace.recipe": canonicalJson(recipe),
    "millrace.map": mapDigest,
    "millrace.total": total,
    ...kindOf(wheel).metadata(wheel, map),
  };
}
