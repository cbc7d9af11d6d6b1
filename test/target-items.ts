import type { Taught } from "../src/learn/learner.ts";
import { normalFrom, randomFrom } from "../src/learn/random.ts";
import { emptyTargetSum, mergeTargets, targetSumOf, type TargetSum } from "../src/learn/target-sum.ts";
import { naiveGram } from "./naive-gram.ts";

/** Made-up items: features by row (NaN unknown), each with its target and the number of its group. */
export interface MadeItems {
  readonly rows: readonly (readonly number[])[];
  readonly targets: readonly string[] | readonly number[];
  readonly group: readonly number[];
}

/** How items are made: hidden factors move the features, and the first factors the target. */
export interface ItemsPlan {
  readonly seed: number;
  readonly rows: number;
  readonly features: number;
  readonly groups: number;
  /** 0 where the target is a number. */
  readonly classes: number;
  /** How much noise the target has, or how far classes overlap: 1 is half-way. */
  readonly noise: number;
  readonly gaps?: number;
}

export function madeItems({ seed, rows, features, groups, classes, noise, gaps = 0 }: ItemsPlan): MadeItems {
  const random = randomFrom(seed);
  const mixing = Array.from({ length: features * 3 }, () => normalFrom(random));
  const targets: (string | number)[] = [];
  const made = Array.from({ length: rows }, (_, row) => {
    const hidden = [normalFrom(random), normalFrom(random), normalFrom(random)];
    const own = row % Math.max(classes, 1);
    hidden[0] = classes > 0 ? 3 * own + noise * hidden[0] : hidden[0];
    targets.push(classes > 0 ? `class ${own}` : 40 + 5 * hidden[0] - 3 * hidden[1] + noise * normalFrom(random));
    const item = Array.from({ length: features }, (_unused, j) => 0.3 + hidden.reduce((sum, value, k) => sum + mixing[j * 3 + k] * value, 0) + 0.2 * normalFrom(random));
    return item.map((value) => (random() < gaps ? NaN : Math.fround(value)));
  });
  return { rows: made, targets: targets.map((target) => (typeof target === "number" ? Math.fround(target) : target)) as string[] | number[], group: made.map((_, row) => Math.floor((row * groups) / rows)) };
}

/** The sum of some of the items, as one block. */
export async function sumOfItems({ rows, targets, group }: MadeItems, keep: (row: number) => boolean, features = rows[0]?.length ?? 1): Promise<TargetSum> {
  let sum = emptyTargetSum(features);
  for (const one of new Set(group)) {
    const places = rows.flatMap((_, row) => (keep(row) && group[row] === one ? [row] : []));
    if (places.length === 0) continue;
    const own = places.map((row) => targets[row]);
    const block = {
      features: { rows: places.length, columns: features, values: Float32Array.from(places.flatMap((row) => rows[row])) },
      targets: typeof own[0] === "string" ? (own as string[]) : Float64Array.from(own as number[]),
    };
    sum = mergeTargets(sum, await targetSumOf(block, `block ${one}`, naiveGram));
  }
  return sum;
}

/** The items as a learner is given them: the total, and each group. */
export async function taughtOf(items: MadeItems): Promise<Taught<TargetSum>> {
  const groups = [...new Set(items.group)].toSorted((a, b) => a - b);
  return { total: await sumOfItems(items, () => true), groups: await Promise.all(groups.map((group) => sumOfItems(items, (row) => items.group[row] === group))) };
}

/** Features of items as a head is given them. */
export function featuresOf(rows: readonly (readonly number[])[]): { rows: number; columns: number; values: Float32Array } {
  return { rows: rows.length, columns: rows[0]?.length ?? 0, values: Float32Array.from(rows.flat()) };
}
