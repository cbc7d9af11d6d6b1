import type { Forest } from "../src/learn/trees/forest.ts";

/** An item's outputs by walking each tree from its root, one question at a time. */
export function naiveOutputs(forest: Forest, item: readonly number[]): number[] {
  const sums = Array.from({ length: forest.outputs }, () => 0);
  for (const root of forest.roots) {
    const leaf = naiveLeaf(forest, root, item);
    for (const output of sums.keys()) sums[output] += forest.values[forest.left[leaf] * forest.outputs + output];
  }
  return sums;
}

/** The node that is the leaf which an item comes to. */
export function naiveLeaf(forest: Forest, root: number, item: readonly number[]): number {
  if (forest.feature[root] < 0) return root;
  const value = item[forest.feature[root]];
  const goesLeft = Number.isNaN(value) ? forest.unknownLeft[root] === 1 : value <= forest.threshold[root];
  return naiveLeaf(forest, goesLeft ? forest.left[root] : forest.right[root], item);
}
