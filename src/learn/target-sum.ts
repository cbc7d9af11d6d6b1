import { itemSampleOf, mergeItemSamples, type ItemSample } from "./item-sample.ts";
import type { Features } from "./matrix.ts";
import { emptyMoments, mergeMoments, momentsOf, type Gram, type Moments } from "./moments.ts";
import { itemKey } from "./sum.ts";

/** What the items of one class taught, or all items where the target is a number. */
export interface TargetLesson {
  readonly items: number;
  /** Of the features, unknown ones as 0, and of the target after them (0 where it is a class): features + 1 columns. */
  readonly moments: Moments;
  /** The same vectors, unknown features as NaN. */
  readonly sample: ItemSample;
}

/**
 * What a block with a target taught, or a set of blocks: moments and a fixed-size sample of its items.
 *
 * Where the target is a class there is one lesson a class, by its name; where it is a number there is
 * one lesson, named "".
 */
export interface TargetSum {
  readonly features: number;
  readonly lessons: ReadonlyMap<string, TargetLesson>;
}

/** One block's items with their targets. */
export interface TargetItems {
  /** Items × features, NaN where unknown. */
  readonly features: Features;
  /** By item: its class, or its value; NaN and "" teach nothing. */
  readonly targets: readonly string[] | Float64Array;
}

/** Items kept a lesson: all of most tables; a hundred megabytes at 700 features. */
export const targetSampleSize = 40_000;

export function emptyTargetSum(features: number): TargetSum {
  return { features, lessons: new Map() };
}

/**
 * The sum of one block. `block` is its id: with the item's place it seeds the sample.
 *
 * Cost: items × features² multiply-adds in `gram`.
 */
export async function targetSumOf({ features, targets }: TargetItems, block: string, gram: Gram): Promise<TargetSum> {
  const byClass = new Map<string, number[]>();
  for (let item = 0; item < features.rows; item++) {
    const target = targets[item];
    if (target === "" || Number.isNaN(target)) continue;
    const name = typeof target === "string" ? target : "";
    const own = byClass.get(name) ?? [];
    byClass.set(name, own);
    own.push(item);
  }
  const lessons = new Map<string, TargetLesson>();
  for (const name of [...byClass.keys()].toSorted()) {
    const places = byClass.get(name) ?? [];
    const vectors = places.map((item) => vectorOf(features, item, name === "" ? Number(targets[item]) : 0));
    const known = vectors.map((vector) => (hasGap(vector) ? vector.map((value) => (Number.isNaN(value) ? 0 : value)) : vector));
    const keys = Float64Array.from(places, (item) => itemKey(block, item));
    lessons.set(name, {
      items: places.length,
      moments: await momentsOf(known, features.columns + 1, gram),
      sample: itemSampleOf(targetSampleSize, keys, vectors),
    });
  }
  return { features: features.columns, lessons };
}

function hasGap(vector: Float32Array): boolean {
  for (let j = 0; j < vector.length; j++) if (Number.isNaN(vector[j])) return true;
  return false;
}

function vectorOf({ columns, values }: Features, item: number, target: number): Float32Array {
  const vector = new Float32Array(columns + 1);
  vector.set(values.subarray(item * columns, (item + 1) * columns));
  vector[columns] = target;
  return vector;
}

/** What two disjoint sets of blocks taught together. Neither argument is changed. */
export function mergeTargets(a: TargetSum, b: TargetSum): TargetSum {
  if (a.features !== b.features) throw new RangeError(`Cannot merge sums: ${a.features} and ${b.features} features`);
  const names = [...new Set([...a.lessons.keys(), ...b.lessons.keys()])].toSorted();
  return { features: a.features, lessons: new Map(names.map((name) => [name, mergeLessons(a.lessons.get(name), b.lessons.get(name), a.features)])) };
}

function mergeLessons(a: TargetLesson | undefined, b: TargetLesson | undefined, features: number): TargetLesson {
  if (a === undefined || b === undefined) return a ?? b ?? { items: 0, moments: emptyMoments(features + 1), sample: itemSampleOf(targetSampleSize, new Float64Array(0), []) };
  return { items: a.items + b.items, moments: mergeMoments(a.moments, b.moments), sample: mergeItemSamples(a.sample, b.sample) };
}

/** The classes of a sum in their order; none where the target is a number. */
export function classesOf({ lessons }: TargetSum): string[] {
  return [...lessons.keys()].filter((name) => name !== "");
}

/** The kept items of a sum in one piece: what learners that are not sums learn from. */
export interface Examples {
  readonly features: Features;
  /** By item: its value, or the number of its class in `classesOf`. */
  readonly targets: Float64Array;
  /** How many items each stands for: 1 until a lesson outgrew its sample. */
  readonly weights: Float64Array;
}

export function examplesOf(sum: TargetSum): Examples {
  const lessons = [...sum.lessons];
  const rows = lessons.reduce((count, [, { sample }]) => count + sample.items.length, 0);
  const values = new Float32Array(rows * sum.features);
  const [targets, weights] = [new Float64Array(rows), new Float64Array(rows)];
  let row = 0;
  for (const [number, [name, { sample }]] of lessons.entries()) {
    for (const vector of sample.items) {
      values.set(vector.subarray(0, sum.features), row * sum.features);
      targets[row] = name === "" ? vector[sum.features] : number;
      weights[row] = sample.population / sample.items.length;
      row++;
    }
  }
  return { features: { rows, columns: sum.features, values }, targets, weights };
}
