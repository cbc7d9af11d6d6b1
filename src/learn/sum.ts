import { emptyMoments, mergeMoments, momentsOf, type Gram, type Moments } from "./moments.ts";
import { hash32 } from "./random.ts";
import { itemSampleOf, mergeItemSamples, type ItemSample } from "./item-sample.ts";
import type { Features } from "./matrix.ts";

/** What an item's truth is. `assumed`: nobody said, and nothing spoke against normal. */
export const truths = ["fault", "normal", "assumed"] as const;
export type Truth = (typeof truths)[number];

/** What the items of one truth taught. */
export interface Lesson {
  readonly moments: Moments;
  readonly sample: ItemSample;
}

/**
 * What a block taught, or a set of blocks: for each truth the moments of its items' features and a
 * fixed-size sample of them. The parts that a ridge needs (cross products with the truth) follow from
 * the moments of the two truths.
 */
export interface Sum {
  readonly features: number;
  readonly lessons: Readonly<Record<Truth, Lesson>>;
}

/** Items kept a truth. 256 give a 95 % quantile to about ±1.4 % of rank. */
export const sampleSize = 256;

export function emptySum(features: number): Sum {
  return { features, lessons: lessonsOf(() => ({ moments: emptyMoments(features), sample: emptySample() })) };
}

/**
 * The sum of a block's items.
 *
 * Input: features, items × features, NaN where unknown: such items teach nothing; the truth of each
 * item, `null` where it must not teach; `block`, whose id with the item's place seeds the sample.
 * Cost: items × features² multiply-adds in `gram`.
 */
export async function sumOf(features: Features, truth: readonly (Truth | null)[], block: string, gram: Gram): Promise<Sum> {
  const lessons: Partial<Record<Truth, Lesson>> = {};
  for (const name of truths) lessons[name] = await lessonOf(features, truth, name, block, gram);
  return { features: features.columns, lessons: lessons as Record<Truth, Lesson> };
}

async function lessonOf(features: Features, truth: readonly (Truth | null)[], name: Truth, block: string, gram: Gram): Promise<Lesson> {
  const { columns, values } = features;
  const rows: Float32Array[] = [];
  const keys: number[] = [];
  for (let i = 0; i < features.rows; i++) {
    if (truth[i] !== name) continue;
    const row = values.slice(i * columns, (i + 1) * columns);
    if (row.some(Number.isNaN)) continue;
    rows.push(row);
    keys.push(itemKey(block, i));
  }
  return { moments: await momentsOf(rows, columns, gram), sample: itemSampleOf(sampleSize, Float64Array.from(keys), rows) };
}

/** What two disjoint sets of blocks taught together. Neither argument is changed. */
export function merge(a: Sum, b: Sum): Sum {
  if (a.features !== b.features) throw new RangeError(`Cannot merge sums: ${a.features} and ${b.features} features`);
  return {
    features: a.features,
    lessons: lessonsOf((name) => ({
      moments: mergeMoments(a.lessons[name].moments, b.lessons[name].moments),
      sample: mergeItemSamples(a.lessons[name].sample, b.lessons[name].sample),
    })),
  };
}

function lessonsOf(make: (name: Truth) => Lesson): Record<Truth, Lesson> {
  return { fault: make("fault"), normal: make("normal"), assumed: make("assumed") };
}

/** 53 bits from the block's id and the item's place in it. */
function itemKey(block: string, item: number): number {
  const text = `${block}/${item}`;
  return hash32(text, 0x51ed270b) * 2 ** 21 + (hash32(text, 0x2545f491) >>> 11);
}

const emptySample = (): ItemSample => ({ size: sampleSize, keys: new Float64Array(0), items: [] });
