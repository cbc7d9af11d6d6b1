import { codePlace, unknownBin, type Bins } from "./bins.ts";
import { doJob } from "./crew.ts";
import { gridStep } from "./exact.ts";
import type { ForestWriter } from "./forest.ts";
import { facts, found, foundWidth, job, type SplitMemory } from "./split-memory.ts";

/** Items up to which a step of the gradients' grid stays below a ten-thousandth of their mean size. */
const mostCarried = 2 ** 18;

/** How one tree is grown. */
export interface TreeRule {
  readonly leaves: number;
  /** Fewest items of a leaf, and the least sum of second derivatives. */
  readonly leastLeaf: number;
  readonly leastSecond: number;
  /** Added to the second derivatives of a leaf: draws its value to 0 (L2). */
  readonly penalty: number;
  readonly shrinkage: number;
  /** Whether other threads help. */
  readonly isShared: boolean;
}

/** A leaf so far: its items lie from `from` to `to`, its histogram in `slot`; `packed` and `second` are its sums. */
interface Leaf {
  readonly node: number;
  readonly from: number;
  readonly to: number;
  readonly slot: number;
  readonly packed: number;
  readonly second: number;
  /** Between these its value stays, for the sake of features that may only raise or only lower it. */
  readonly lower: number;
  readonly upper: number;
  split: Split | null;
}

interface Split {
  readonly gain: number;
  readonly column: number;
  readonly cut: number;
  readonly unknownLeft: boolean;
  readonly leftPacked: number;
  readonly leftSecond: number;
}

/** A grown tree's leaf: the places of its items in `memory.items`, and its value. */
export interface GrownLeaf {
  readonly node: number;
  /** Where its histogram lies. */
  readonly slot: number;
  readonly from: number;
  readonly to: number;
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Grows one tree after another on the gradients it is given, the leaf with most to gain first.
 *
 * Cost a tree: each level adds up half of its items at most (the other half by subtraction), for each
 * column; all items once more unless it follows from the last tree; leaves × columns × 255 steps of search.
 * Source: Ke et al., "LightGBM", NeurIPS 2017, for leaf-wise growth on histograms.
 */
export class BoostedTrees {
  readonly #bins: Bins;
  readonly #memory: SplitMemory;
  readonly #rule: TreeRule;
  readonly #spare: Int32Array;
  readonly #sparePacked: Float64Array;
  readonly #spareSecond: Float64Array;
  readonly #goesLeft = new Uint8Array(256);
  readonly #carries: boolean;
  /** The leaves of the last tree, where the next one may follow from it. */
  #last: readonly GrownLeaf[] = [];
  /** What one step of the grids of gradients and second derivatives is worth. */
  #step = 1;
  #secondStep = 1;
  /** By column: what its splits gained. */
  readonly gains: Float64Array;

  /** With `carries` leaves' values are on the grid of the gradients, and `growOn` may be asked for. */
  constructor(bins: Bins, memory: SplitMemory, rule: TreeRule, carries = false) {
    this.#carries = carries && bins.rows <= mostCarried;
    this.#bins = bins;
    this.#memory = memory;
    this.#rule = rule;
    this.#spare = new Int32Array(bins.rows);
    this.#sparePacked = new Float64Array(bins.rows);
    this.#spareSecond = new Float64Array(memory.second.length);
    this.gains = new Float64Array(bins.columns);
  }

  /** Adds a tree to `into`, its leaves without values, and says what each leaf's value should be. */
  grow(first: Float64Array, second: Float64Array, into: ForestWriter): GrownLeaf[] {
    into.beginTree();
    return this.#growFrom(this.#root(into.addNode(), first, second), into);
  }

  /**
   * The same for the squared error of items that weigh alike, after the last tree's values were added to
   * its items' outputs: each value is then added to the gradients of its leaf, so the histograms of all
   * items follow from those of the leaves without a look at the items. `null` where the grid no longer
   * fits the gradients, or there is no last tree: then `grow` it.
   *
   * The columns must be those of the last tree. Cost: leaves × columns × 256 additions instead of
   * items × columns.
   */
  growOn(into: ForestWriter): GrownLeaf[] | null {
    if (this.#last.length === 0) return null;
    const root = this.#follow();
    if (root === null) return null;
    into.beginTree();
    return this.#growFrom({ ...root, node: into.addNode() }, into);
  }

  #growFrom(root: Leaf, into: ForestWriter): GrownLeaf[] {
    const leaves = [root];
    while (leaves.length < this.#rule.leaves) {
      const next = leaves.reduce((best, leaf) => ((leaf.split?.gain ?? 0) > (best.split?.gain ?? 0) ? leaf : best));
      if (next.split === null) break;
      this.gains[next.split.column] += next.split.gain * this.#step * this.#step;
      leaves.splice(leaves.indexOf(next), 1, ...this.#part(next, next.split, leaves.length, into));
    }
    const grown = leaves.map((leaf) => ({ ...leaf, value: this.#valueOf(leaf.packed, leaf.second, leaf) }));
    if (!this.#carries) return grown;
    const onGrid = grown.map((leaf) => ({ ...leaf, value: Math.round(leaf.value / this.#step) * this.#step }));
    this.#last = onGrid;
    return onGrid;
  }

  /** The gradients after the last tree, in the order of the items, and the first split by them. */
  #follow(): Leaf | null {
    const { items, packed, shifts, facts: given, job: now, rows } = this.#memory;
    const unit = given[facts.unit];
    const byItem = this.#sparePacked;
    let [sum, sizes] = [0, 0];
    for (const { from, to, value, slot } of this.#last) {
      const shift = value / this.#step;
      shifts[slot] = shift;
      for (let at = from; at < to; at++) {
        const moved = packed[at] + shift;
        byItem[items[at]] = moved;
        sum += moved;
        sizes += Math.abs(moved - unit);
      }
    }
    if (sizes > unit / 4 || sizes < unit / 32) return null; // they could spill over, or have grown fine for it
    packed.set(byItem);
    for (let row = 0; row < rows; row++) items[row] = row;
    now[job.carried] = this.#last.length;
    const root: Leaf = { node: 0, from: 0, to: rows, slot: 0, packed: sum, second: 0, lower: -Infinity, upper: Infinity, split: null };
    this.#search(root, null);
    now[job.carried] = 0;
    return root;
  }

  /** Puts the gradients on their grids and looks for the first split. */
  #root(node: number, first: Float64Array, second: Float64Array): Leaf {
    const { items, packed, second: seconds, facts: given, rows } = this.#memory;
    const unit = 2 ** (52 - Math.ceil(Math.log2(rows + 1)));
    this.#step = gridStep(first, Math.log2(unit) - 2);
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      items[row] = row;
      packed[row] = unit + Math.round(first[row] / this.#step);
      sum += packed[row];
    }
    let curve = 0;
    if (seconds.length > 0) {
      this.#secondStep = gridStep(second, 51);
      for (let row = 0; row < rows; row++) curve += seconds[row] = Math.round(second[row] / this.#secondStep);
    }
    given[facts.unit] = unit;
    given[facts.penalty] = this.#rule.penalty / this.#secondStep;
    given[facts.leastLeaf] = this.#rule.leastLeaf;
    given[facts.leastSecond] = this.#rule.leastSecond / this.#secondStep;
    const root: Leaf = { node, from: 0, to: rows, slot: 0, packed: sum, second: curve, lower: -Infinity, upper: Infinity, split: null };
    this.#search(root, null);
    return root;
  }

  /** Has the histograms of a leaf and, when there is one, of its larger sibling made, and their best splits found. */
  #search(small: Leaf, large: Leaf | null): void {
    const { job: now, facts: given } = this.#memory;
    const { leastLeaf } = this.#rule;
    if (!this.#carries && Math.max(small.to - small.from, (large?.to ?? 0) - (large?.from ?? 0)) < 2 * leastLeaf) return;
    now[job.from] = small.from;
    now[job.to] = small.to;
    now[job.small] = small.slot;
    now[job.large] = large?.slot ?? -1;
    given[facts.packed] = small.packed;
    given[facts.packed + 1] = large?.packed ?? 0;
    given[facts.second] = small.second;
    given[facts.second + 1] = large?.second ?? 0;
    doJob(this.#memory, this.#rule.isShared);
    small.split = this.#bestOf(0);
    if (large !== null) large.split = this.#bestOf(1);
  }

  /** Over the columns; of equal ones the lowest. */
  #bestOf(side: number): Split | null {
    const { active, found: seen } = this.#memory;
    let best = -1;
    for (let at = side * active.length; at < (side + 1) * active.length; at++) {
      const gain = seen[at * foundWidth + found.gain];
      if (gain > (best < 0 ? 0 : seen[best * foundWidth + found.gain])) best = at;
    }
    if (best < 0) return null;
    const from = best * foundWidth;
    return {
      gain: seen[from + found.gain],
      column: active[best % active.length],
      cut: seen[from + found.cut],
      unknownLeft: seen[from + found.unknownLeft] === 1,
      leftPacked: seen[from + found.leftPacked],
      leftSecond: seen[from + found.leftSecond],
    };
  }

  /** The two leaves that a leaf is split into; the larger one takes over its slot. */
  #part(leaf: Leaf, split: Split, free: number, into: ForestWriter): [Leaf, Leaf] {
    const middle = this.#order(leaf, split);
    const [leftNode, rightNode] = [into.addNode(), into.addNode()];
    const thresholds = this.#bins.thresholds[split.column];
    into.split(leaf.node, split.column, thresholds[split.cut] ?? Infinity, split.unknownLeft, leftNode, rightNode);
    const isLeftSmall = middle - leaf.from <= leaf.to - middle;
    const [rightPacked, rightSecond] = [leaf.packed - split.leftPacked, leaf.second - split.leftSecond];
    const direction = this.#memory.monotone[split.column];
    const between = (this.#valueOf(split.leftPacked, split.leftSecond, leaf) + this.#valueOf(rightPacked, rightSecond, leaf)) / 2;
    const bounds = (sign: number) => ({ lower: direction === sign ? between : leaf.lower, upper: direction === -sign ? between : leaf.upper });
    const left: Leaf = { node: leftNode, from: leaf.from, to: middle, slot: isLeftSmall ? free : leaf.slot, packed: split.leftPacked, second: split.leftSecond, ...bounds(-1), split: null };
    const right: Leaf = { node: rightNode, from: middle, to: leaf.to, slot: isLeftSmall ? leaf.slot : free, packed: rightPacked, second: rightSecond, ...bounds(1), split: null };
    if (this.#carries || free + 1 < this.#rule.leaves) this.#search(isLeftSmall ? left : right, isLeftSmall ? right : left);
    return [left, right];
  }

  /** Puts a leaf's items that go left before the others, each side in the order it had. */
  #order({ from, to }: Leaf, { column, cut, unknownLeft }: Split): number {
    const { items, packed, second, codes, rows } = this.#memory;
    const goesLeft = this.#goesLeft;
    goesLeft.fill(0).fill(1, 0, cut + 1);
    goesLeft[unknownBin] = unknownLeft ? 1 : 0;
    const spare = this.#spare;
    const sparePacked = this.#sparePacked;
    const spareSecond = this.#spareSecond;
    const offset = codePlace(rows, column);
    const withSecond = second.length > 0;
    let left = from;
    let right = 0;
    for (let at = from; at < to; at++) {
      const item = items[at];
      const isLeft = goesLeft[codes[offset + 4 * item]];
      items[left] = spare[right] = item;
      packed[left] = sparePacked[right] = packed[at];
      if (withSecond) second[left] = spareSecond[right] = second[at];
      left += isLeft;
      right += 1 - isLeft;
    }
    items.set(spare.subarray(0, right), left);
    packed.set(sparePacked.subarray(0, right), left);
    if (withSecond) second.set(spareSecond.subarray(0, right), left);
    return left;
  }

  /** The value at which the loss of a leaf's items would be least, shrunk and kept in bounds. */
  #valueOf(packed: number, second: number, { lower, upper }: { readonly lower: number; readonly upper: number }): number {
    const unit = this.#memory.facts[facts.unit];
    const count = Math.round(packed / unit);
    const slope = (packed - count * unit) * this.#step;
    const curve = this.#memory.second.length > 0 ? second * this.#secondStep : count;
    return Math.min(upper, Math.max(lower, (-this.#rule.shrinkage * slope) / (curve + this.#rule.penalty)));
  }
}
