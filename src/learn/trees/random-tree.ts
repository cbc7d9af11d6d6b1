import { randomFrom, type Random } from "../random.ts";
import type { ForestWriter } from "./forest.ts";
import { keyOf, thresholdOf, unknownKey, type Keys } from "./keys.ts";
import { purityOf, purityOfSides } from "./purity.ts";

/** What trees that know nothing of each other are grown on; every number in memory that threads share. */
export interface TreePlan {
  /** Classes, or 0 where the target is a number. */
  readonly classes: number;
  /** By item: its class, or its value on a grid (see exact.ts). */
  readonly targets: Float64Array;
  /** By item, on a grid. */
  readonly weights: Float64Array;
  /** Features tried at each split. */
  readonly tried: number;
  /** Fewest items of a leaf. */
  readonly leastLeaf: number;
  readonly seed: number;
  /** What the leaves' values are multiplied by: 1 / trees makes their sum a mean. */
  readonly scale: number;
}

/** What extremely randomised trees are grown on. */
export interface RandomPlan extends TreePlan {
  readonly keys: Keys;
  /** The same keys row-major. */
  readonly byRow: Int32Array;
}

/** Items of which some nodes are made, with what is known of them: all items, or few of them copied close together. */
interface Ground {
  /** Column-major, so many `rows` a column. */
  readonly keys: Int32Array;
  readonly rows: number;
  /** In the order of the nodes. */
  readonly items: Int32Array;
  readonly targets: Float64Array;
  readonly weights: Float64Array;
}

/** Keys that stay in a core's own cache, about; measured. */
const nearKeys = 60_000;

/** How a node may be split: at or below the key goes left. */
interface Split {
  score: number;
  feature: number;
  key: number;
  unknownLeft: boolean;
}

/**
 * Grows extremely randomised trees: at each node a few features are tried, each at one place drawn
 * evenly between its least and greatest value there, and the best by squared error (numbers) or Gini
 * impurity (classes) is taken. Unknown values go to the side that scores better, or to the larger
 * one where the node saw none.
 *
 * Cost a tree: items × features tried × depth. The order of the items does not matter.
 * Source: Geurts, Ernst and Wehenkel, "Extremely randomized trees", Machine Learning 63, 2006.
 * Ours: unknown values.
 */
export class RandomTrees {
  readonly #plan: RandomPlan;
  readonly #whole: Ground;
  readonly #near: Ground;
  #ground: Ground;
  /** Whether all items weigh 1. */
  readonly #isEven: boolean;
  readonly #spare: Int32Array;
  /** Of the node at hand, in its order: targets times weight, classes, weights, keys of the feature tried. */
  readonly #values: Float64Array;
  readonly #classOf: Int32Array;
  readonly #weights: Float64Array;
  readonly #keys: Int32Array;
  /** Features in the order in which they are tried: the first ones are drawn anew at each node. */
  readonly #order: Int32Array;
  readonly #all: Float64Array;
  readonly #left: Float64Array;
  readonly #counts: Int32Array;
  readonly #unknown: Float64Array;
  /** Of the feature tried: its least and greatest known key, and how many items are unknown. */
  readonly #span = { least: 0, most: 0, unknown: 0 };
  /** By feature: what its splits gained, all trees together. */
  readonly gains: Float64Array;

  constructor(plan: RandomPlan) {
    const { rows, columns } = plan.keys;
    this.#plan = plan;
    this.#whole = { keys: plan.keys.keys, rows, items: new Int32Array(rows), targets: plan.targets, weights: plan.weights };
    this.#near = groundFor(Math.max(16, Math.min(2048, Math.floor(nearKeys / columns))), columns);
    this.#ground = this.#whole;
    this.#isEven = plan.weights.every((weight) => weight === 1);
    this.#spare = new Int32Array(rows);
    this.#values = new Float64Array(rows);
    this.#classOf = new Int32Array(rows);
    this.#weights = new Float64Array(rows);
    this.#keys = new Int32Array(rows);
    this.#order = new Int32Array(columns);
    const sums = Math.max(1, plan.classes) + 1; // the last one is the weight
    this.#all = new Float64Array(sums);
    this.#left = new Float64Array(sums);
    this.#counts = new Int32Array(sums);
    this.#unknown = new Float64Array(sums);
    this.gains = new Float64Array(columns);
  }

  grow(tree: number, into: ForestWriter): void {
    const random = randomFrom(this.#plan.seed + Math.imul(tree + 1, 0x9e3779b1));
    const { rows } = this.#plan.keys;
    for (let row = 0; row < rows; row++) this.#whole.items[row] = row;
    for (let column = 0; column < this.#order.length; column++) this.#order[column] = column;
    into.beginTree();
    this.#ground = this.#whole;
    let outside = 0; // open nodes that do not lie on near ground
    const open = [{ node: into.addNode(), from: 0, to: rows }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { node } = next;
      let { from, to } = next;
      if (open.length < outside) this.#ground = this.#whole;
      if (this.#ground === this.#whole && to - from <= this.#near.rows) {
        this.#bringNear(from, to);
        outside = open.length;
        to -= from;
        from = 0;
      }
      this.#enter(from, to);
      const split = this.#isDone(from, to) ? null : this.#best(from, to, random);
      if (split === null) {
        this.#leaf(into, into.addLeaf(node));
        continue;
      }
      this.gains[split.feature] += split.score - purityOf(this.#all);
      const middle = this.#part(from, to, split);
      const left = into.addNode();
      const right = into.addNode();
      into.split(node, split.feature, thresholdOf(split.key), split.unknownLeft, left, right);
      open.push({ node: right, from: middle, to }, { node: left, from, to: middle });
    }
  }

  /** Copies what is known of a small node's items close together: all nodes below it are grown there. */
  #bringNear(from: number, to: number): void {
    const { byRow, keys: { columns }, targets, weights } = this.#plan;
    const near = this.#near;
    for (let at = from, i = 0; at < to; at++, i++) {
      const row = this.#whole.items[at];
      near.items[i] = i;
      near.targets[i] = targets[row];
      near.weights[i] = weights[row];
      for (let column = 0, key = row * columns, to = i; column < columns; column++, key++, to += near.rows) near.keys[to] = byRow[key];
    }
    this.#ground = near;
  }

  /** Takes the node's targets and weights side by side and sums them. */
  #enter(from: number, to: number): void {
    const { classes } = this.#plan;
    const { items, targets, weights } = this.#ground;
    const all = this.#all;
    const weight = this.#all.length - 1;
    all.fill(0);
    for (let at = from, i = 0; at < to; at++, i++) {
      const item = items[at];
      const own = weights[item];
      this.#weights[i] = own;
      all[weight] += own;
      if (classes > 0) {
        this.#classOf[i] = targets[item];
        all[targets[item]] += own;
      } else {
        const value = own * targets[item];
        this.#values[i] = value;
        all[0] += value;
      }
    }
  }

  #isDone(from: number, to: number): boolean {
    const { classes, leastLeaf } = this.#plan;
    const { items, targets } = this.#ground;
    if (to - from < 2 * leastLeaf) return true;
    const first = targets[items[from]];
    if (classes > 0) return this.#all[first] === this.#all[classes];
    for (let at = from + 1; at < to; at++) if (targets[items[at]] !== first) return false;
    return true;
  }

  #best(from: number, to: number, random: Random): Split | null {
    const order = this.#order;
    const best: Split = { score: purityOf(this.#all) * (1 + 1e-12), feature: -1, key: 0, unknownLeft: false };
    let left = this.#plan.tried;
    for (let at = 0; at < order.length && left > 0; at++) {
      const drawn = at + Math.floor(random() * (order.length - at));
      const feature = order[drawn];
      order[drawn] = order[at];
      order[at] = feature;
      if (this.#tryFeature(feature, from, to, random, best)) left--;
    }
    return best.feature < 0 ? null : best;
  }

  /** Whether the feature differs within the node; `best` becomes its split when that scores better. */
  #tryFeature(feature: number, from: number, to: number, random: Random, best: Split): boolean {
    this.#take(feature, from, to);
    const { least, most, unknown } = this.#span;
    if (least === unknownKey || (least === most && unknown === 0)) return false;
    const key = least === most ? most : drawnKey(least, most, random);
    this.#score(to - from, feature, key, unknown, best);
    return true;
  }

  /** Takes the node's keys of a feature side by side and finds their span, without a branch. */
  #take(feature: number, from: number, to: number): void {
    const { keys: source, rows, items } = this.#ground;
    const offset = feature * rows;
    const own = this.#keys;
    let least = source[offset + items[from]];
    let most = least;
    for (let at = from, i = 0; at < to; at++, i++) {
      const key = source[offset + items[at]];
      own[i] = key;
      const below = key - least;
      const above = most - key;
      least += below & (below >> 31);
      most -= above & (above >> 31);
    }
    this.#span.least = least;
    this.#span.most = most;
    this.#span.unknown = 0;
    if (most === unknownKey) this.#leaveUnknown(to - from);
  }

  #leaveUnknown(count: number): void {
    let most = -unknownKey;
    let unknown = 0;
    for (let i = 0; i < count; i++) {
      if (this.#keys[i] === unknownKey) unknown++;
      else most = Math.max(most, this.#keys[i]);
    }
    this.#span.most = most;
    this.#span.unknown = unknown;
  }

  #score(count: number, feature: number, key: number, unknown: number, best: Split): void {
    const { leastLeaf, classes } = this.#plan;
    const left = classes > 0 ? this.#countLeft(count, key) : this.#sumLeft(count, key);
    const known = count - unknown;
    if (unknown > 0) this.#sumUnknown(count);
    for (let side = 0; side < (unknown > 0 ? 2 : 1); side++) {
      const many = side === 1 ? left + unknown : left;
      if (side === 1) for (let j = 0; j < this.#left.length; j++) this.#left[j] += this.#unknown[j];
      if (many < leastLeaf || count - many < leastLeaf) continue;
      const score = purityOfSides(this.#all, this.#left);
      if (score > best.score) {
        best.score = score;
        best.feature = feature;
        best.key = key;
        best.unknownLeft = unknown > 0 ? side === 1 : 2 * left > known;
      }
    }
  }

  /** Keys differ by less than 2^31, so the sign of a difference says which side an item takes, without a branch. */
  #sumLeft(count: number, key: number): number {
    const keys = this.#keys;
    const values = this.#values;
    const weights = this.#weights;
    let left = 0;
    let sum = 0;
    let weight = 0;
    if (this.#isEven) {
      for (let i = 0; i < count; i++) {
        const isLeft = (keys[i] - key - 1) >>> 31;
        left += isLeft;
        sum += isLeft * values[i];
      }
      weight = left;
    } else {
      for (let i = 0; i < count; i++) {
        const isLeft = (keys[i] - key - 1) >>> 31;
        left += isLeft;
        sum += isLeft * values[i];
        weight += isLeft * weights[i];
      }
    }
    this.#left[0] = sum;
    this.#left[1] = weight;
    return left;
  }

  #countLeft(count: number, key: number): number {
    const keys = this.#keys;
    const classOf = this.#classOf;
    const weights = this.#weights;
    const counts = this.#counts;
    const sums = this.#left;
    for (let j = 0; j < sums.length; j++) sums[j] = counts[j] = 0;
    let left = 0;
    let weight = 0;
    if (this.#isEven) {
      for (let i = 0; i < count; i++) {
        const isLeft = (keys[i] - key - 1) >>> 31;
        left += isLeft;
        counts[classOf[i]] += isLeft;
      }
      for (let j = 0; j < sums.length; j++) sums[j] = counts[j];
      weight = left;
    } else {
      for (let i = 0; i < count; i++) {
        const own = ((keys[i] - key - 1) >>> 31) * weights[i];
        left += (keys[i] - key - 1) >>> 31;
        weight += own;
        sums[classOf[i]] += own;
      }
    }
    sums[sums.length - 1] = weight;
    return left;
  }

  #sumUnknown(count: number): void {
    const { classes } = this.#plan;
    const sums = this.#unknown.fill(0);
    for (let i = 0; i < count; i++) {
      if (this.#keys[i] !== unknownKey) continue;
      if (classes > 0) sums[this.#classOf[i]] += this.#weights[i];
      else sums[0] += this.#values[i];
      sums[sums.length - 1] += this.#weights[i];
    }
  }

  /** Puts the items that go left before the others, each side in the order it had. */
  #part(from: number, to: number, { feature, key, unknownLeft }: Split): number {
    const { keys, rows, items } = this.#ground;
    const spare = this.#spare;
    const offset = feature * rows;
    let left = from;
    let right = 0;
    for (let at = from; at < to; at++) {
      const item = items[at];
      const own = keys[offset + item];
      const isLeft = own === unknownKey && unknownLeft ? 1 : (own - key - 1) >>> 31;
      items[left] = item;
      spare[right] = item;
      left += isLeft;
      right += 1 - isLeft;
    }
    for (let i = 0; i < right; i++) items[left + i] = spare[i];
    return left;
  }

  #leaf(into: ForestWriter, at: number): void {
    const { scale } = this.#plan;
    const last = this.#all.length - 1;
    for (let j = 0; j < last; j++) into.set(at + j, (scale * this.#all[j]) / this.#all[last]);
  }
}

const groundFor = (rows: number, columns: number): Ground => ({
  keys: new Int32Array(rows * columns),
  rows,
  items: new Int32Array(rows),
  targets: new Float64Array(rows),
  weights: new Float64Array(rows),
});

/** A key from `least` to the one below `most`, drawn evenly between the values that they stand for. */
function drawnKey(least: number, most: number, random: Random): number {
  const low = thresholdOf(least);
  const high = Math.min(3e38, thresholdOf(most));
  return Math.max(least, Math.min(most - 1, keyOf(low + random() * (high - low))));
}
