import { hash32 } from "../learn/random.ts";
import type { Leaf } from "../learn/total.ts";
import { anybody } from "../review/hears.ts";
import type { Block } from "../schema/block.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { BlockLesson, Part } from "./kinds/kind.ts";
import { kindOf } from "./kinds/kinds.ts";
import { labelsFor } from "./kinds/labels-for.ts";
import type { FrozenMap } from "./maps.ts";
import { labelsDigest, sumName } from "./names.ts";
import type { Ports } from "./ports.ts";

/** Makes a leaf of what a block teaches, or finds the one that is there; `null` of a block that cannot teach. */
type LeafMaker = (lesson: BlockLesson) => Promise<Leaf | null>;

/** The sums of real blocks under a map, in id order; those that are not there yet are made. Blocks that cannot teach are left out. */
export async function sumsOf(wheel: Wheel, frozen: FrozenMap, blocks: readonly Block[], part: Part, ports: Ports): Promise<Leaf[]> {
  // They calibrate too, so nothing may be heard here that only may teach.
  const labelsOf = part === "warm-up" ? () => [] : await labelsFor(kindOf(wheel), wheel, "threshold", ports);
  const leafOf = await leafMaker(wheel, frozen, ports);
  const leaves: Leaf[] = [];
  for (const block of blocks) {
    const leaf = await leafOf({ block, labels: labelsOf(block), part });
    if (leaf !== null) leaves.push(leaf);
  }
  return leaves;
}

/** What may teach beside real blocks: real ones of which labels say more to who also hears models and simulators, and blocks that these made. */
export interface Generated {
  readonly real: readonly Block[];
  readonly made: readonly Block[];
}

/**
 * The sums of what models or simulators made under a map: of blocks made by them, and of what their labels alone say of real ones. At
 * most `most`, those of the lowest hash of their id, so that nobody chooses which; in that order.
 */
export async function generatedSums(wheel: Wheel, frozen: FrozenMap, { real, made }: Generated, most: number, ports: Ports): Promise<Leaf[]> {
  const kind = kindOf(wheel);
  const [heard, known] = [await labelsFor(kind, wheel, "train", ports), await labelsFor(kind, wheel, "threshold", ports)];
  const onReal = real.flatMap((block): BlockLesson[] => {
    const [labels, besides] = [heard(block), known(block)];
    return labels.length > besides.length ? [{ block, labels, part: "whole", hears: anybody, besides }] : [];
  });
  const lessons = [...onReal, ...made.map((block): BlockLesson => ({ block, labels: heard(block), part: "whole", hears: anybody }))];
  const drawn = lessons.map((lesson) => ({ lesson, lot: hash32(lesson.block.id, 0x9e4e7a)})).toSorted((a, b) => a.lot - b.lot || (a.lesson.block.id < b.lesson.block.id ? -1 : 1));
  const leafOf = await leafMaker(wheel, frozen, ports);
  const leaves: Leaf[] = [];
  for (const { lesson } of drawn) {
    if (leaves.length >= most) break;
    const leaf = await leafOf(lesson);
    if (leaf !== null) leaves.push(leaf);
  }
  return leaves;
}

async function leafMaker(wheel: Wheel, frozen: FrozenMap, ports: Ports): Promise<LeafMaker> {
  const { records } = ports.store;
  const kind = kindOf(wheel);
  const known = new Set((await records.sumNames(wheel.id, frozen.digest)).map(({ name }) => name));
  const when = await whenByName(wheel, ports);
  return async (lesson) => {
    const { block, part, hears } = lesson;
    if (!kind.canTeach(wheel, lesson, frozen.map)) return null;
    const labels = labelsDigest(lesson.labels);
    const name = sumName(block, { labels, map: frozen.digest, part, when, isGenerated: hears !== undefined });
    if (!known.has(name)) {
      const bytes = await kind.sum(wheel, lesson, frozen.map, ports);
      await records.write([{ put: "sum", value: { name, wheel: wheel.id, block: block.id, blockRevision: block.revision, labelsDigest: labels, mapDigest: frozen.digest, bytes } }]);
    }
    return { name, block: block.id, start: block.start };
  };
}

/** The condition under which the asset runs, with its signal by name. */
async function whenByName({ when, asset }: Wheel, { store }: Ports): Promise<Wheel["when"]> {
  if (when === null) return null;
  const signal = (await store.records.signals(asset)).find(({ id }) => id === when.signal)?.name ?? when.signal;
  return { ...when, signal };
}
