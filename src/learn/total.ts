import { digest } from "../digest.ts";
import type { Micros } from "../schema/time.ts";
import { merge, type Sum } from "./sum.ts";

/** One block's sum, by name: the digest of what made it. */
export interface Leaf {
  readonly name: string;
  readonly block: string;
  readonly start: Micros;
}

/** A node of the fixed tree. A leaf has no children; a node of one child is that child. */
export interface TotalNode {
  readonly name: string;
  readonly children: readonly TotalNode[];
}

/** Where sums of leaves come from, and where those of nodes may be kept between turns. */
export interface SumSource<S = Sum> {
  leaf(name: string): S;
  /** The sum of a node made earlier, or `null`. */
  recall(name: string): S | null;
  keep(name: string, sum: S): void;
}

/**
 * The fixed tree over a set of blocks: block, quarter of a day, day, ten days, month, year, in id order.
 * The levels between keep every node's children few, so that one path costs the same in any month.
 *
 * It is a pure function of the *set*: leaving a block out changes the nodes above it and no others,
 * so forgetting rebuilds one path, and equal sets give equal bytes whatever the history.
 * Returns: the root; `null` for no leaves.
 */
export function treeOf(leaves: readonly Leaf[]): TotalNode | null {
  const ordered = [...leaves].sort((a, b) => (a.block < b.block ? -1 : 1));
  const level = (from: readonly Leaf[], digits: readonly number[]): TotalNode => {
    const [length, ...rest] = digits;
    if (length === undefined) return nodeOf(from.map(({ name }) => ({ name, children: [] })));
    return nodeOf(groupBy(from, ({ start }) => quarterOf(start).slice(0, length)).map((group) => level(group, rest)));
  };
  return ordered.length === 0 ? null : level(ordered, [4, 7, 9, 10, 12]); // year, month, tens of days, day, quarter of "2020-03-09/2"
}

/** The total of a tree: sums merged from its leaves up, each node's children in order. */
export const totalOf = (node: TotalNode, source: SumSource): Sum => totalBy(merge, node, source);

/** The same of any sums that two can be merged of, exactly. */
export function totalBy<S>(mergeTwo: (a: S, b: S) => S, node: TotalNode, source: SumSource<S>): S {
  if (node.children.length === 0) return source.leaf(node.name);
  const known = source.recall(node.name);
  if (known !== null) return known;
  const sum = node.children.map((child) => totalBy(mergeTwo, child, source)).reduce(mergeTwo);
  source.keep(node.name, sum);
  return sum;
}

function nodeOf(children: readonly TotalNode[]): TotalNode {
  const [only] = children;
  if (children.length === 1 && only !== undefined) return only;
  return { name: digest(`node\n${children.map(({ name }) => name).join("\n")}`), children };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

/** Day in UTC and quarter of it: "2020-03-09/2" is from 12 to 18 o'clock. */
function quarterOf(time: Micros): string {
  const date = new Date(time / 1000);
  return `${date.toISOString().slice(0, 10)}/${Math.floor(date.getUTCHours() / 6)}`;
}
