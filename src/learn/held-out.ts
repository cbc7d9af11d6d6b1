import type { Taught } from "./learner.ts";
import type { Features } from "./matrix.ts";
import { mergeTargets, type TargetSum } from "./target-sum.ts";

/** A held-out group of blocks, and the sum of all other groups. */
export interface HeldOut {
  readonly group: TargetSum;
  readonly rest: TargetSum;
}

/**
 * Each group with the sum of the others; none when fewer than two groups hold an item, so that nothing
 * can be held out.
 *
 * Cost: groups² merges, once for each `taught`.
 */
export function heldOutOf(taught: Taught<TargetSum>): readonly HeldOut[] {
  const known = made.get(taught);
  if (known !== undefined) return known;
  const groups = taught.groups.filter(({ lessons }) => lessons.size > 0);
  const held = groups.length < 2 ? [] : groups.map((group) => ({ group, rest: groups.filter((other) => other !== group).reduce(mergeTargets) }));
  made.set(taught, held);
  return held;
}

/** Several learners of one turn ask for the same, and the sums are large. */
const made = new WeakMap<Taught<TargetSum>, readonly HeldOut[]>();

/** How many items a sum was made of. */
export const itemsIn = ({ lessons }: TargetSum): number => [...lessons.values()].reduce((sum, { items }) => sum + items, 0);

/** The classes in their order, those that a sum knows nothing of as "", so that no item is judged by what it could not know. */
export const knownClasses = ({ lessons }: TargetSum, classes: readonly string[]): string[] => classes.map((name) => (lessons.has(name) ? name : ""));

/** Some kept items with the number of each one's class. */
export interface ClassItems {
  readonly features: Features;
  readonly truth: Int32Array;
  /** How many items each stands for. */
  readonly weights: Float64Array;
}

/** At least this many kept items of each class are judged, where there are so many. */
const fewestOfAClass = 20;

/**
 * About `most` of a sum's kept items, those of lowest key, of each class in its share.
 *
 * `classes` numbers the classes; items of a class that is not among them are left out.
 */
export function someItemsOf(sum: TargetSum, classes: readonly string[], most: number): ClassItems {
  const all = itemsIn(sum);
  const chosen = classes.flatMap((name, truth) => {
    const sample = sum.lessons.get(name)?.sample;
    if (sample === undefined) return [];
    const items = sample.items.slice(0, Math.max(fewestOfAClass, Math.ceil((most * sample.population) / all)));
    return items.map((item) => ({ item, truth, weight: sample.population / items.length }));
  });
  const values = new Float32Array(chosen.length * sum.features);
  for (const [row, { item }] of chosen.entries()) values.set(item.subarray(0, sum.features), row * sum.features);
  return {
    features: { rows: chosen.length, columns: sum.features, values },
    truth: Int32Array.from(chosen, ({ truth }) => truth),
    weights: Float64Array.from(chosen, ({ weight }) => weight),
  };
}
