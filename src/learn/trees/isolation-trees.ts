import type { Features } from "../matrix.ts";
import { randomFrom, type Random } from "../random.ts";
import { ForestWriter, type Forest } from "./forest.ts";
import { keyOf, thresholdOf } from "./keys.ts";

/** How isolation trees are grown. */
export interface IsolationPlan {
  readonly trees: number;
  /** Items that each tree is grown on. */
  readonly sample: number;
  readonly seed: number;
}

/** How many questions it takes on average to single out one of `items`: an unsuccessful search in a binary tree. */
export function usualDepth(items: number): number {
  if (items <= 1) return 0;
  if (items === 2) return 1;
  return 2 * (Math.log(items - 1) + 0.5772156649015329) - (2 * (items - 1)) / items;
}

/**
 * Isolation trees: each is grown on a few items, splits at random, and ends at a depth of
 * log2(items). The leaves' values are depths, those of leaves with several items as deep as a tree of
 * them would be; their sum is the mean over the trees.
 *
 * Cost: trees × sample × depth, whatever the number of items. Items unknown at a split go to the side
 * that chance said.
 * Source: Liu, Ting and Zhou, "Isolation forest", ICDM 2008. Ours: unknown values.
 */
export function growIsolationTrees(features: Features, { trees, sample, seed }: IsolationPlan): Forest {
  const writer = new ForestWriter(1);
  for (let tree = 0; tree < trees; tree++) {
    const random = randomFrom(seed + Math.imul(tree + 1, 0x9e3779b1));
    growTree(features, drawn(features.rows, Math.min(sample, features.rows), random), random, trees, writer);
  }
  return writer.forest();
}

/** Different whole numbers below `all`, in drawn order (Floyd's method; Bentley, "Programming pearls", 1987). */
function drawn(all: number, count: number, random: Random): Int32Array {
  const seen = new Set<number>();
  for (let top = all - count; top < all; top++) {
    const one = Math.floor(random() * (top + 1));
    seen.add(seen.has(one) ? top : one);
  }
  return Int32Array.from(seen);
}

function growTree(features: Features, items: Int32Array, random: Random, trees: number, into: ForestWriter): void {
  const deepest = Math.ceil(Math.log2(Math.max(2, items.length)));
  const order = Int32Array.from({ length: features.columns }, (_, column) => column);
  const spare = new Int32Array(items.length);
  into.beginTree();
  const open = [{ node: into.addNode(), from: 0, to: items.length, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, from, to, depth } = next;
    const split = depth === deepest || to - from < 2 ? null : drawSplit(features, items, from, to, order, random);
    if (split === null) {
      into.set(into.addLeaf(node), (depth + usualDepth(to - from)) / trees);
      continue;
    }
    const middle = part(features, items, spare, from, to, split);
    const left = into.addNode();
    const right = into.addNode();
    into.split(node, split.feature, split.threshold, split.unknownLeft, left, right);
    open.push({ node: right, from: middle, to, depth: depth + 1 }, { node: left, from, to: middle, depth: depth + 1 });
  }
}

interface Split {
  readonly feature: number;
  readonly threshold: number;
  readonly unknownLeft: boolean;
}

/** A split of a feature, drawn among those that differ within the node, at a place drawn between its least and greatest value. */
function drawSplit({ columns, values }: Features, items: Int32Array, from: number, to: number, order: Int32Array, random: Random): Split | null {
  for (let tried = 0; tried < columns; tried++) {
    const at = tried + Math.floor(random() * (columns - tried));
    const feature = order[at];
    order[at] = order[tried];
    order[tried] = feature;
    let least = Infinity;
    let most = -Infinity;
    for (let i = from; i < to; i++) {
      const value = bounded(values[items[i] * columns + feature]);
      if (value < least) least = value;
      if (value > most) most = value;
    }
    if (!(least < most) || keyOf(least) === keyOf(most)) continue;
    const key = Math.min(keyOf(most) - 1, keyOf(least + random() * (most - least)));
    return { feature, threshold: thresholdOf(key), unknownLeft: random() < 0.5 };
  }
  return null;
}

const bounded = (value: number): number => Math.max(-3e38, Math.min(3e38, value));

function part({ columns, values }: Features, items: Int32Array, spare: Int32Array, from: number, to: number, { feature, threshold, unknownLeft }: Split): number {
  let left = from;
  let right = 0;
  for (let i = from; i < to; i++) {
    const item = items[i];
    const value = values[item * columns + feature];
    if (value <= threshold || (unknownLeft && Number.isNaN(value))) items[left++] = item;
    else spare[right++] = item;
  }
  items.set(spare.subarray(0, right), left);
  return left;
}
