import { codePlace, type Bins } from "../src/learn/trees/bins.ts";
import type { TreeRule } from "../src/learn/trees/boosted-tree.ts";

/** A tree as nested nodes: a value, or a question with two sides. */
export interface NaiveNode {
  items: number[];
  value: number;
  split?: { gain: number; column: number; cut: number; unknownLeft: boolean; sides: [NaiveNode, NaiveNode] };
}

type Found = { gain: number; column: number; cut: number; unknownLeft: boolean; sides: [number[], number[]] };

/** A boosted tree by trying every split of every leaf, adding up from scratch each time. */
export function naiveBoostedTree({ rows, columns, codes, thresholds }: Bins, first: Float64Array, second: Float64Array, rule: TreeRule): NaiveNode {
  const slope = (items: readonly number[]) => items.reduce((sum, item) => sum + first[item], 0);
  const curve = (items: readonly number[]) => items.reduce((sum, item) => sum + second[item], 0);
  const score = (items: readonly number[]) => slope(items) ** 2 / (curve(items) + rule.penalty);
  const leaf = (items: number[]): NaiveNode => ({ items, value: (-rule.shrinkage * slope(items)) / (curve(items) + rule.penalty) });
  const bestOf = (items: readonly number[]): Found | null => {
    let best: Found | null = null;
    for (let column = 0; column < columns; column++) {
      const code = (item: number) => codes[codePlace(rows, column) + 4 * item];
      const unknown = items.filter((item) => code(item) === 255);
      for (const unknownLeft of unknown.length > 0 ? [false, true] : [false]) {
        for (let cut = 0; cut <= thresholds[column].length; cut++) {
          const goesLeft = (item: number) => (code(item) === 255 ? unknownLeft : code(item) <= cut);
          const sides: [number[], number[]] = [items.filter(goesLeft), items.filter((item) => !goesLeft(item))];
          if (sides.some((side) => side.length < rule.leastLeaf || curve(side) < rule.leastSecond)) continue;
          const gain = score(sides[0]) + score(sides[1]) - score(items);
          if (gain > 1e-9 * score(items) && gain > (best?.gain ?? 0)) best = { gain, column, cut, unknownLeft: unknown.length > 0 ? unknownLeft : 2 * sides[0].length > items.length, sides };
        }
      }
    }
    return best;
  };
  const root = leaf(Array.from({ length: rows }, (_, item) => item));
  const leaves = [{ node: root, best: bestOf(root.items) }];
  while (leaves.length < rule.leaves) {
    const next = leaves.reduce((one, other) => ((other.best?.gain ?? 0) > (one.best?.gain ?? 0) ? other : one));
    if (next.best === null) break;
    const sides: [NaiveNode, NaiveNode] = [leaf(next.best.sides[0]), leaf(next.best.sides[1])];
    next.node.split = { ...next.best, sides };
    leaves.splice(leaves.indexOf(next), 1, ...sides.map((node) => ({ node, best: bestOf(node.items) })));
  }
  return root;
}
