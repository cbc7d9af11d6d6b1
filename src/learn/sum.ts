import { itemSampleOf, mergeItemSamples, type ItemSample } from "./item-sample.ts";
import { emptyMoments, mergeMoments, momentsOf, weighMoments, diagonalOf, type Gram, type Moments } from "./moments.ts";
import { hash32 } from "./random.ts";

/** What an item's truth is. `assumed`: nobody said, and nothing spoke against normal. */
export const truths = ["fault", "normal", "assumed"] as const;
export type Truth = (typeof truths)[number];

/**
 * What the items of one truth taught. The moments weigh a block as one, however long it is, so
 * their `count` is the number of blocks; `items` is how many items that were.
 */
export interface Lesson {
  readonly items: number;
  readonly moments: Moments;
  /** Each feature's variance about its block's own mean, summed over blocks: features. */
  readonly within: Float64Array;
  /** Of the items as a model would have met them on the line: what thresholds are calibrated on. */
  readonly sample: ItemSample;
}

/**
 * What a block taught, or a set of blocks: for each truth the moments of its items' features and a
 * fixed-size sample of them. The parts that a ridge needs (cross products with the truth) follow from
 * the moments of the truths.
 */
export interface Sum {
  readonly features: number;
  readonly lessons: Readonly<Record<Truth, Lesson>>;
}

/** Items that teach: one feature vector each, its truth, and whether the line would have met it so. */
export interface TaughtItem {
  readonly features: Float32Array;
  readonly truth: Truth;
  readonly met: boolean;
}

/** Items kept a truth. 512 give a 95 % quantile to about ±1 % of rank. */
export const sampleSize = 512;

export function emptySum(features: number): Sum {
  return { features, lessons: lessonsOf(() => ({ items: 0, moments: emptyMoments(features), within: new Float64Array(features), sample: itemSampleOf(sampleSize, new Float64Array(0), []) })) };
}

/**
 * The sum of one block.
 *
 * Input: its items, none with a NaN feature; `block`, whose id with the item's place seeds the sample.
 * Cost: items × features² multiply-adds in `gram`.
 */
export async function sumOf(items: readonly TaughtItem[], features: number, block: string, gram: Gram): Promise<Sum> {
  const lessons: Partial<Record<Truth, Lesson>> = {};
  for (const truth of truths) {
    const own = items.flatMap((item, place) => (item.truth === truth ? [{ ...item, place }] : []));
    const raw = await momentsOf(own.map((item) => item.features), features, gram);
    const moments = own.length === 0 ? raw : weighMoments(raw, 1 / own.length);
    const met = own.filter((item) => item.met);
    const keys = Float64Array.from(met, ({ place }) => itemKey(block, place));
    lessons[truth] = {
      items: own.length,
      moments,
      within: diagonalOf(moments),
      sample: itemSampleOf(sampleSize, keys, met.map((item) => item.features)),
    };
  }
  return { features, lessons: lessons as Record<Truth, Lesson> };
}

/** What two disjoint sets of blocks taught together. Neither argument is changed. */
export function merge(a: Sum, b: Sum): Sum {
  if (a.features !== b.features) throw new RangeError(`Cannot merge sums: ${a.features} and ${b.features} features`);
  return {
    features: a.features,
    lessons: lessonsOf((truth) => ({
      items: a.lessons[truth].items + b.lessons[truth].items,
      moments: mergeMoments(a.lessons[truth].moments, b.lessons[truth].moments),
      within: a.lessons[truth].within.map((value, j) => value + b.lessons[truth].within[j]),
      sample: mergeItemSamples(a.lessons[truth].sample, b.lessons[truth].sample),
    })),
  };
}

function lessonsOf(make: (truth: Truth) => Lesson): Record<Truth, Lesson> {
  return { fault: make("fault"), normal: make("normal"), assumed: make("assumed") };
}

/** 53 bits from the block's id and the item's place in it: the order in which samples keep items. */
export function itemKey(block: string, item: number): number {
  const text = `${block}/${item}`;
  return hash32(text, 0x51ed270b) * 2 ** 21 + (hash32(text, 0x2545f491) >>> 11);
}
