import type { Forest } from "./forest.ts";
import { keyOf, thresholdOf, unknownKey } from "./keys.ts";

/**
 * A forest made ready for many items: every tree is gone down the same number of steps, without a
 * branch, a leaf leading to itself. Pays where trees are about as deep everywhere.
 */
export interface Shallow {
  readonly roots: Int32Array;
  /** By tree: steps to its deepest leaf. */
  readonly depths: Int32Array;
  readonly feature: Int32Array;
  readonly key: Int32Array;
  /** By node: where items at or below its key go; the others go to the node after that. */
  readonly left: Int32Array;
  /** By node: a leaf's value. */
  readonly value: Float64Array;
}

/** Steps beyond which most of them would be taken within leaves. */
const deepest = 14;
const aboveAll = unknownKey - 1;

/** `null` where the forest has several outputs, deep trees, children that do not lie side by side, or thresholds that keys do not tell apart. */
export function shallowOf(forest: Forest): Shallow | null {
  const { roots, feature, threshold, left, right, values, outputs } = forest;
  if (outputs !== 1) return null;
  const isLeaf = (node: number) => feature[node] < 0;
  if (left.some((to, node) => !isLeaf(node) && right[node] !== to + 1)) return null;
  if (threshold.some((value, node) => !isLeaf(node) && thresholdOf(keyOf(value)) !== value)) return null;
  const depths = Int32Array.from(roots, (root) => depthOf(forest, root));
  if (depths.some((depth) => depth > deepest)) return null;
  return {
    roots,
    depths,
    feature: feature.map((asked) => Math.max(0, asked)),
    key: Int32Array.from(threshold, (value, node) => (isLeaf(node) ? aboveAll : keyOf(value))),
    left: left.map((to, node) => (isLeaf(node) ? node : to)),
    value: Float64Array.from(left, (to, node) => (isLeaf(node) ? values[to] : 0)),
  };
}

function depthOf(forest: Forest, root: number): number {
  let most = 0;
  const open = [{ node: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined && most <= deepest; next = open.pop()) {
    most = Math.max(most, next.depth);
    if (forest.feature[next.node] >= 0) for (const node of [forest.left[next.node], forest.right[next.node]]) open.push({ node, depth: next.depth + 1 });
  }
  return most;
}

/** Keys of some rows, row-major, into `keys`; false where one of them is unknown. */
export function takeKeys(values: Float32Array, from: number, to: number, keys: Int32Array): boolean {
  let isKnown = true;
  for (let at = from; at < to; at++) {
    const key = keyOf(values[at]);
    keys[at - from] = key;
    if (key === unknownKey) isKnown = false;
  }
  return isKnown;
}

/** Adds the trees' values for rows of keys to `sums` from `first` on. Four items go down side by side. */
export function addShallow({ roots, depths, feature, key, left, value }: Shallow, keys: Int32Array, columns: number, rows: number, sums: Float64Array, first: number): void {
  for (let tree = 0; tree < roots.length; tree++) {
    const root = roots[tree];
    const depth = depths[tree];
    let row = 0;
    for (; row + 4 <= rows; row += 4) {
      const at = row * columns;
      const at1 = at + columns;
      const at2 = at1 + columns;
      const at3 = at2 + columns;
      let node = root;
      let node1 = root;
      let node2 = root;
      let node3 = root;
      for (let step = 0; step < depth; step++) {
        node = left[node] + ((key[node] - keys[at + feature[node]]) >>> 31);
        node1 = left[node1] + ((key[node1] - keys[at1 + feature[node1]]) >>> 31);
        node2 = left[node2] + ((key[node2] - keys[at2 + feature[node2]]) >>> 31);
        node3 = left[node3] + ((key[node3] - keys[at3 + feature[node3]]) >>> 31);
      }
      sums[first + row] += value[node];
      sums[first + row + 1] += value[node1];
      sums[first + row + 2] += value[node2];
      sums[first + row + 3] += value[node3];
    }
    for (; row < rows; row++) {
      let node = root;
      for (let step = 0; step < depth; step++) node = left[node] + ((key[node] - keys[row * columns + feature[node]]) >>> 31);
      sums[first + row] += value[node];
    }
  }
}
