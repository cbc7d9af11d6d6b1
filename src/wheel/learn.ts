import { canonicalJson, digest } from "../digest.ts";
import type { Leaf } from "../learn/total.ts";
import type { Model } from "../schema/model.ts";
import { blockOrigin } from "../schema/origin.ts";
import type { Recipe } from "../schema/recipe.ts";
import type { Turn } from "../schema/turn.ts";
import type { Wheel } from "../schema/wheel.ts";
import { softwareVersion } from "../version.ts";
import type { Part } from "./kinds/kind.ts";
import { kindOf } from "./kinds/kinds.ts";
import { generatedSums, sumsOf, type Generated } from "./leaves.ts";
import type { LearnReply, Offered } from "./learning.ts";
import type { FrozenMap } from "./maps.ts";
import type { Ports } from "./ports.ts";
import { recipesOf } from "./recipes-of.ts";

/** A turn's challengers, and why a recipe made none. */
export interface Challengers {
  readonly models: readonly Model[];
  readonly whyNot: readonly string[];
}

/** A challenger for each recipe of the wheel, from the totals of the chosen blocks. Stored, not in force. */
export async function learn(wheel: Wheel, turn: Turn, blocks: Generated, part: Part, ports: Ports): Promise<Challengers> {
  const models: Model[] = [];
  const whyNot: string[] = [];
  const nodesUsed = new Set<string>();
  for (const recipe of part === "whole" ? recipesOf(wheel) : wheel.recipes) {
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
  readonly blocks: Generated;
  readonly part: Part;
}

async function learnRecipe(wheel: Wheel, turn: Turn, lesson: Lesson, nodesUsed: Set<string>, ports: Ports): Promise<Model | string> {
  const { recipe, map, blocks, part } = lesson;
  const { records, models } = ports.store;
  const leaves = await sumsOf(wheel, map, blocks.real, part, ports);
  const offered = recipe.generated === undefined ? null : { atMost: recipe.generated, leaves: await generatedSums(wheel, map, blocks, Math.floor(recipe.generated * leaves.length), ports) };
  const { totalDigest, reply } = await solve(wheel, { recipe, map, leaves, offered }, true, ports);
  for (const name of reply.used) nodesUsed.add(name);
  if ("why" in reply) return reply.why;
  const { generated } = reply;

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
    blocks: part === "whole" ? [...new Set([...leaves.map(({ block }) => block), ...(generated?.blocks ?? [])])].toSorted() : [],
    ...(generated !== undefined && { generated }),
    threshold: 1,
    provisional: reply.provisional,
    bytes: reply.model.length,
    createdAt: ports.now(),
    origin: blockOrigin([...blocks.real, ...blocks.made.filter(({ id }) => generated?.blocks.includes(id))].map(({ origin }) => origin)),
    software: softwareVersion,
  };
  await records.write([{ put: "model", value: model }]);
  return model;
}

/** What a model is to be solved from. */
export interface Problem {
  readonly recipe: Recipe;
  readonly map: FrozenMap;
  readonly leaves: readonly Leaf[];
  /** What models or simulators made, for a recipe that lets it teach. */
  readonly offered: Offered | null;
}

/** Has a model made of these sums; `isTurn` with what it says of how sure it is, and with the nodes kept that had to be merged for it. */
export async function solve(wheel: Wheel, { recipe, map, leaves, offered }: Problem, isTurn: boolean, ports: Ports): Promise<{ totalDigest: string; reply: Exclude<LearnReply, { more: true }> }> {
  const names = leaves.map(({ name }) => name);
  const totalDigest = digest(canonicalJson(offered === null ? names : { names, generated: offered.leaves.map(({ name }) => name), atMost: offered.atMost }));
  const metadata = await describe(wheel, recipe, map, totalDigest, ports);
  const request = { directory: ports.store.directory, nodePrefix: nodePrefix(wheel), recipe, leaves, ...(offered !== null && { offered }), metadata, calibrates: isTurn, keepsNodes: isTurn, ...kindOf(wheel).request(map.map) };
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
