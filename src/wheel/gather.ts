import type { Taught } from "../learn/learner.ts";
import { sumFromBytes, sumToBytes } from "../learn/sum-codec.ts";
import { merge, truths, type Sum } from "../learn/sum.ts";
import { targetSumFromBytes, targetSumToBytes } from "../learn/target-sum-codec.ts";
import { mergeTargets, type TargetSum } from "../learn/target-sum.ts";
import type { Weights } from "../learn/within.ts";
import { totalBy, treeOf, type Leaf, type SumSource, type TotalNode } from "../learn/total.ts";
import { openRecordsReadOnly, type Records } from "../store/records.ts";

/** Held-out groups that thresholds and intervals are calibrated on; a refit for each. */
const groups = 5;

/** A node of the tree of sums, to be kept for the next turn. */
export interface KeptNode {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** How sums of one sort are stored and merged. */
export interface SumForm<S> {
  readonly name: string;
  readonly toBytes: (sum: S) => Uint8Array;
  readonly fromBytes: (bytes: Uint8Array) => S;
  readonly merge: (a: S, b: S) => S;
  /** Blocks of each truth of a condition, items of each class of a target. */
  readonly weights: (sum: S) => Weights;
}

export const conditionSums: SumForm<Sum> = { name: "condition", toBytes: sumToBytes, fromBytes: sumFromBytes, merge, weights: ({ lessons }) => new Map(truths.map((truth) => [truth, lessons[truth].moments.count])) };
export const targetSums: SumForm<TargetSum> = { name: "target", toBytes: targetSumToBytes, fromBytes: targetSumFromBytes, merge: mergeTargets, weights: ({ lessons }) => new Map(Array.from(lessons, ([name, { items }]) => [name, items])) };

/** Bytes of new nodes at which gathering stops to hand them over: a turn may have gigabytes of them, and what the process that writes them has held once it hardly gives back. */
const mostNodeBytes = 32 * 2 ** 20;

/** Total and held-out groups of leaves, and the nodes that had to be merged for them. */
export interface Gathered<S> {
  /** `null` when it stopped half-way: to be asked for again once the nodes are written, and goes on from there. */
  readonly taught: Taught<S> | null;
  readonly nodes: readonly KeptNode[];
  /** Names of all nodes of the trees that were summed: the ones worth keeping. */
  readonly used: readonly string[];
}

/**
 * Sums up the leaves as the records have them. `prefix` stands before the name of each node that is kept.
 *
 * Memory: a few sums a level of the tree, and `most` bytes of nodes; where `most` is `Infinity`, all nodes that are new.
 */
export function gather<S>(form: SumForm<S>, directory: string, prefix: string, leaves: readonly Leaf[], most = mostNodeBytes): Gathered<S> {
  const records = openRecordsReadOnly(directory);
  const used = nodesOver(leaves).map((name) => prefix + name);
  const { source, nodes } = sumSource(form, records, prefix, most);
  try {
    const [total, ...held] = treesOver(leaves).map((tree) => totalBy(form.merge, tree, source));
    return { taught: { total, groups: held }, nodes, used };
  } catch (error) {
    if (error !== enough) throw error;
    return { taught: null, nodes, used };
  } finally {
    records.close();
  }
}

/** Thrown, and caught, where gathering stops half-way. */
const enough = new Error("enough nodes to be written first");

/** Sums as the records have them; nodes merged on the way are kept in `nodes`. */
function sumSource<S>(form: SumForm<S>, records: Records, prefix: string, most: number): { source: SumSource<S>; nodes: KeptNode[] } {
  const nodes: KeptNode[] = [];
  let bytesKept = 0;
  const source: SumSource<S> = {
    leaf: (name) => form.fromBytes(records.sums([name])[0]),
    recall(name) {
      const bytes = records.node(prefix + name);
      return bytes === null ? null : form.fromBytes(bytes);
    },
    keep(name, sum) {
      const bytes = form.toBytes(sum);
      nodes.push({ name: prefix + name, bytes });
      bytesKept += bytes.length;
      if (bytesKept > most) throw enough;
    },
  };
  return { source, nodes };
}

/** The trees that are summed: of all leaves, and of each held-out group. */
const treesOver = (leaves: readonly Leaf[]): TotalNode[] => [leaves, ...heldOutGroups(leaves)].map(treeOf).filter((tree) => tree !== null);

/** The names of all nodes of the trees over some leaves. */
export const nodesOver = (leaves: readonly Leaf[]): string[] => [...new Set(treesOver(leaves).flatMap(innerNames))];

/** The names of a tree's nodes, leaves left out. */
const innerNames = ({ name, children }: TotalNode): string[] => (children.length === 0 ? [] : [name, ...children.flatMap(innerNames)]);

/** Every fifth block in id order: a new block joins one group and leaves the others as they were. */
export function heldOutGroups(leaves: readonly Leaf[]): Leaf[][] {
  const ordered = leaves.toSorted((a, b) => (a.block < b.block ? -1 : 1));
  return Array.from({ length: Math.min(groups, ordered.length) }, (_, group) => ordered.filter((_leaf, at) => at % groups === group));
}

/** Sums of single blocks, one after the other. */
export function* eachSum<S>({ fromBytes }: SumForm<S>, directory: string, leaves: readonly Leaf[]): Generator<S> {
  const records = openRecordsReadOnly(directory);
  try {
    for (const { name } of leaves) yield fromBytes(records.sums([name])[0]);
  } finally {
    records.close();
  }
}

/** The same all at once. */
export function sumsOfLeaves<S>(form: SumForm<S>, directory: string, leaves: readonly Leaf[]): S[] {
  return [...eachSum(form, directory, leaves)];
}
