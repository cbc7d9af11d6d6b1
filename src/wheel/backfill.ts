import type { Leaf } from "../learn/total.ts";
import type { Block } from "../schema/block.ts";
import type { Recipe } from "../schema/recipe.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Fact } from "../store/records/facts.ts";
import { digest } from "../digest.ts";
import { proveBlock } from "./evidence.ts";
import { kindOf } from "./kinds/kinds.ts";
import { solve } from "./learn.ts";
import { sumsOf } from "./leaves.ts";
import type { FrozenMap } from "./maps.ts";
import type { Ports } from "./ports.ts";
import { readBlock } from "./rows.ts";

/** Parts that blocks without evidence are judged in; each is judged by a model of the blocks before it, and the first judges nothing. */
const parts = 5;

/**
 * Makes the evidence of recipes whole: blocks that came before a recipe had a model are judged by models
 * taught on earlier blocks only, once. Where anything is better than nothing there is no need for it. Not for recipes by
 * which generated labels teach: who made these may have known the blocks that came later.
 *
 * Cost: at most four models a recipe, for blocks that were never judged.
 */
export async function backfill(wheel: Wheel, blocks: readonly Block[], ports: Ports): Promise<void> {
  const kind = kindOf(wheel);
  if (kind.reference === null) return;
  const touched = new Map<string, Block>();
  for (const recipe of wheel.recipes) {
    const map = await kind.freeze(wheel, recipe.map, ports);
    if (map === null) continue;
    const leaves = await sumsOf(wheel, map, blocks, "whole", ports);
    const taught = blocks.filter(({ id }) => leaves.some(({ block }) => block === id));
    for (const block of await judgeUnseen({ wheel, recipe, map, leaves }, taught, ports)) touched.set(block.id, block);
  }
  for (const block of touched.values()) await proveBlock(wheel, block, ports);
}

interface Lesson {
  readonly wheel: Wheel;
  readonly recipe: Recipe;
  readonly map: FrozenMap;
  readonly leaves: readonly Leaf[];
}

/** Judges the blocks that this recipe has never judged, part by part; returns them. */
async function judgeUnseen({ wheel, recipe, map, leaves }: Lesson, blocks: readonly Block[], ports: Ports): Promise<Block[]> {
  const { records } = ports.store;
  const judged = new Set((await records.judged({ wheel: wheel.id, recipe: recipe.name, role: "recipe" })).map(({ block, blockRevision }) => `${block} ${blockRevision}`));
  const unseen = blocks.filter(({ id, revision }) => !judged.has(`${id} ${revision}`));
  const done: Block[] = [];
  for (const part of partsOf(unseen, blocks)) {
    const earlier = leaves.filter(({ block }) => block < part[0].id);
    const { reply } = await solve(wheel, { recipe, map, leaves: earlier, offered: null }, false, ports);
    if ("why" in reply) continue;
    const facts: Fact[] = [];
    await kindOf(wheel).judging(wheel, reply.model, ports, async (judge) => {
      for (const block of part) {
        const { scores } = await judge(block, await readBlock(wheel, block, ports));
        facts.push({ put: "judged", value: { wheel: wheel.id, block: block.id, blockRevision: block.revision, model: digest(reply.model), recipe: recipe.name, role: "recipe", start: block.start, period: wheel.grid.period, scores, at: ports.now() } });
      }
    });
    await records.write(facts);
    done.push(...part);
  }
  return done;
}

/** The blocks without evidence in order, cut so that each part has as many blocks before it as are worth a new model. */
function partsOf(unseen: readonly Block[], all: readonly Block[]): Block[][] {
  const place = new Map(all.map(({ id }, at) => [id, Math.floor((at * parts) / all.length)]));
  const groups = Map.groupBy(unseen, ({ id }) => place.get(id) ?? 0);
  return [...groups].filter(([part]) => part > 0).toSorted(([a], [b]) => a - b).map(([, part]) => part);
}
