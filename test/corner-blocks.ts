import { paramsOf, type Learnt } from "../src/learn/learner.ts";
import { condition } from "../src/learn/learners/condition.ts";
import { scoreOf } from "../src/learn/model.ts";
import { normalFrom, randomFrom } from "../src/learn/random.ts";
import { sumOf, type Sum, type TaughtItem } from "../src/learn/sum.ts";
import type { Leaf } from "../src/learn/total.ts";
import { taughtBy, type Library } from "./conformance/learner.ts";
import { naiveGram } from "./naive-gram.ts";

/** Features of made-up items: the first two lie where a place draws them, the others are noise. */
export const cornerFeatures = 6;
const day = 86_400_000_000;
export const cornerLayout = { levels: 2, plain: cornerFeatures, all: cornerFeatures };

/** Where an item's first two features lie. */
export type Place = (random: () => number) => readonly [number, number];

const about = (at: number, random: () => number): number => at + 0.2 * normalFrom(random);
const side = (random: () => number): number => (random() < 0.5 ? -1 : 1);

/** In two corners of a square that lie across from each other. */
export const normalCorners: Place = (random) => {
  const at = side(random);
  return [about(at, random), about(-at, random)];
};
/** In the two others, which no plane parts from them, and which lie no further from the middle. */
export const otherCorners: Place = (random) => {
  const at = side(random);
  return [about(at, random), about(at, random)];
};

export function cornerItems(count: number, seed: number, place: Place): Float32Array[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => Float32Array.from([...place(random), ...Array.from({ length: cornerFeatures - 2 }, () => 0.5 * normalFrom(random))]));
}

/** A block: 30 normal items, and 20 of a fault if it has one. */
export interface CornerBlock {
  readonly normal: Place;
  readonly fault?: Place | null;
}

/** Sums of blocks, three a day. */
export async function cornerLibrary(blocks: readonly CornerBlock[]): Promise<Library> {
  const [leaves, sums]: [Leaf[], Map<string, Sum>] = [[], new Map()];
  for (const [at, { normal, fault = null }] of blocks.entries()) {
    const taught = (place: Place, count: number, seed: number, truth: "normal" | "fault") => cornerItems(count, seed + at, place).map((features): TaughtItem => ({ features, truth, met: true }));
    const items = [...taught(normal, 30, 1, "normal"), ...(fault === null ? [] : taught(fault, 20, 1001, "fault"))];
    const block = `B${String(at).padStart(3, "0")}`;
    sums.set(`sum-${block}`, await sumOf(items, cornerFeatures, block, naiveGram));
    leaves.push({ name: `sum-${block}`, block, start: Math.floor(at / 3) * day });
  }
  return { leaves, sums };
}

/** What blocks teach the condition, with parameters at their defaults. */
export const cornerLearnt = (library: Library, kept?: Map<string, Sum>): Learnt => condition.learn(taughtBy(library, kept), cornerLayout, paramsOf(condition, {}));

/** The share of items at which a model alarms. */
export const alarmShare = (answer: Learnt, items: readonly Float32Array[]): number => items.filter((item) => scoreOf(answer, item) >= 1).length / items.length;

/** Thirty blocks of which the first so many hold a fault. */
export const thirtyBlocks = (normal: Place, fault: Place, faults: number): Promise<Library> => cornerLibrary(Array.from({ length: 30 }, (_, block) => ({ normal, fault: block < faults ? fault : null })));
