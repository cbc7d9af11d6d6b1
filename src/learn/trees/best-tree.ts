import { randomFrom } from "../random.ts";
import type { ForestWriter } from "./forest.ts";
import { purityOf, purityOfSides } from "./purity.ts";
import type { TreePlan } from "./random-tree.ts";
import { unknownRank, type Ranks } from "./ranks.ts";

/** What the trees of a random forest are grown on; every number in memory that threads share. */
export interface BestPlan extends TreePlan {
  readonly ranks: Ranks;
}

/** Items up to which a node's are sorted where their ranks are many: a rank and a place fit into 31 bits. */
const smallNode = 2048;

/** How a node may be split: at or below the rank goes left. */
interface Split {
  score: number;
  feature: number;
  rank: number;
  unknownLeft: boolean;
}

/**
 * Grows classification trees: at each node a few features are drawn, and of all borders between their values the one
 * is taken that is best by Gini impurity. Unknown values go to the side that scores better, or to the larger one where the
 * node saw none.
 *
 * Cost a tree: items × features tried × depth, where nodes are small also the logarithm of their items. The order of the items does not matter.
 * Source: Breiman, "Random forests", Machine Learning 45, 2001. Ours: unknown values; and all items teach
 * each tree, since a sample of them would depend on their order: trees differ by the features drawn.
 */
export class BestTrees {
  readonly #plan: BestPlan;
  readonly #items: Int32Array;
  readonly #spare: Int32Array;
  /** Of the node at hand, in its order. */
  readonly #codes: Uint16Array;
  readonly #classOf: Int32Array;
  readonly #weights: Float64Array;
  /** Features in the order in which they are tried: the first ones are drawn anew at each node. */
  readonly #order: Int32Array;
  /** By rank from the node's least on and class: weight; by rank: items. */
  #histogram = new Float64Array(0);
  #counts = new Int32Array(0);
  /** Ranks and places of a small node's known items, to be sorted. */
  readonly #sorting = new Int32Array(smallNode);
  /** By class: weight of the items whose value is unknown. */
  readonly #unknown: Float64Array;
  /** By class; the last one is their sum. */
  readonly #all: Float64Array;
  readonly #left: Float64Array;
  /** By feature: what its splits gained, all trees together. */
  readonly gains: Float64Array;

  constructor(plan: BestPlan) {
    const { ranks: { rows, columns }, classes } = plan;
    this.#plan = plan;
    this.#items = new Int32Array(rows);
    this.#spare = new Int32Array(rows);
    this.#codes = new Uint16Array(rows);
    this.#classOf = new Int32Array(rows);
    this.#weights = new Float64Array(rows);
    this.#order = new Int32Array(columns);
    this.#unknown = new Float64Array(classes);
    this.#all = new Float64Array(classes + 1);
    this.#left = new Float64Array(classes + 1);
    this.gains = new Float64Array(columns);
  }

  grow(tree: number, into: ForestWriter): void {
    const { ranks: { rows, thresholds }, seed } = this.#plan;
    const random = randomFrom(seed + Math.imul(tree + 1, 0x9e3779b1));
    for (let row = 0; row < rows; row++) this.#items[row] = row;
    for (let column = 0; column < this.#order.length; column++) this.#order[column] = column;
    into.beginTree();
    const open = [{ node: into.addNode(), from: 0, to: rows }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { node, from, to } = next;
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
      into.split(node, split.feature, thresholds[split.feature][split.rank] ?? Infinity, split.unknownLeft, left, right);
      open.push({ node: right, from: middle, to }, { node: left, from, to: middle });
    }
  }

  /** Takes the node's classes and weights side by side and sums them. */
  #enter(from: number, to: number): void {
    const { classes, targets, weights } = this.#plan;
    const all = this.#all.fill(0);
    for (let at = from, i = 0; at < to; at++, i++) {
      const item = this.#items[at];
      const own = weights[item];
      this.#weights[i] = own;
      this.#classOf[i] = targets[item];
      all[targets[item]] += own;
      all[classes] += own;
    }
  }

  #isDone(from: number, to: number): boolean {
    const { classes, leastLeaf } = this.#plan;
    return to - from < 2 * leastLeaf || this.#all[this.#classOf[0]] === this.#all[classes];
  }

  #best(from: number, to: number, random: () => number): Split | null {
    const order = this.#order;
    const best: Split = { score: purityOf(this.#all) * (1 + 1e-12), feature: -1, rank: 0, unknownLeft: false };
    let left = this.#plan.tried;
    for (let at = 0; at < order.length && left > 0; at++) {
      const drawn = at + Math.floor(random() * (order.length - at));
      const feature = order[drawn];
      order[drawn] = order[at];
      order[at] = feature;
      if (this.#tryFeature(feature, from, to, best)) left--;
    }
    return best.feature < 0 ? null : best;
  }

  /** Whether the feature differs within the node; `best` becomes its best split when that scores better. */
  #tryFeature(feature: number, from: number, to: number, best: Split): boolean {
    const { ranks: { rows, codes } } = this.#plan;
    const place = feature * rows;
    let [least, most, unknown] = [unknownRank, -1, 0];
    for (let at = from, i = 0; at < to; at++, i++) {
      const code = codes[place + this.#items[at]];
      this.#codes[i] = code;
      if (code === unknownRank) unknown++;
      else {
        if (code < least) least = code;
        if (code > most) most = code;
      }
    }
    if (most < 0 || (least === most && unknown === 0)) return false;
    if (unknown > 0) this.#sumUnknown(to - from);
    this.#left.fill(0);
    if (to - from <= smallNode && most - least > to - from) this.#scanSorted(to - from, feature, unknown, best);
    else this.#scanCounted(to - from, feature, { least, most, unknown }, best);
    return true;
  }

  #sumUnknown(count: number): void {
    this.#unknown.fill(0);
    for (let i = 0; i < count; i++) if (this.#codes[i] === unknownRank) this.#unknown[this.#classOf[i]] += this.#weights[i];
  }

  /** Few items of many ranks: one after the other in their order. */
  #scanSorted(count: number, feature: number, unknown: number, best: Split): void {
    let known = 0;
    for (let i = 0; i < count; i++) if (this.#codes[i] !== unknownRank) this.#sorting[known++] = this.#codes[i] * smallNode + i;
    const sorted = this.#sorting.subarray(0, known).sort();
    for (let at = 0; at < known; at++) {
      const i = sorted[at] % smallNode;
      this.#add(this.#classOf[i], this.#weights[i]);
      const rank = this.#codes[i];
      if (at + 1 === known || this.#codes[sorted[at + 1] % smallNode] !== rank) this.#offerBoth(at + 1, count, unknown, best, feature, rank);
    }
  }

  /** Many items, or few ranks: rank by rank. */
  #scanCounted(count: number, feature: number, { least, most, unknown }: { least: number; most: number; unknown: number }, best: Split): void {
    const { classes } = this.#plan;
    const ranks = most - least + 1;
    if (this.#counts.length < ranks) {
      this.#counts = new Int32Array(ranks);
      this.#histogram = new Float64Array(ranks * classes);
    }
    const counts = this.#counts.fill(0, 0, ranks);
    const histogram = this.#histogram.fill(0, 0, ranks * classes);
    for (let i = 0; i < count; i++) {
      const code = this.#codes[i];
      if (code === unknownRank) continue;
      histogram[(code - least) * classes + this.#classOf[i]] += this.#weights[i];
      counts[code - least]++;
    }
    let many = 0;
    for (let rank = 0; rank < ranks; rank++) {
      if (counts[rank] === 0) continue;
      many += counts[rank];
      for (let j = 0; j < classes; j++) this.#add(j, histogram[rank * classes + j]);
      this.#offerBoth(many, count, unknown, best, feature, least + rank);
    }
  }

  /** Adds a weight of a class to the left side, or takes it away: exact on the grid. */
  #add(one: number, weight: number): void {
    this.#left[one] += weight;
    this.#left[this.#left.length - 1] += weight;
  }

  /** The split with so many known items on the left, and where some are unknown also with these there. */
  #offerBoth(many: number, count: number, unknown: number, best: Split, feature: number, rank: number): void {
    if (unknown === 0) {
      this.#offer(many, count, best, feature, rank, 2 * many > count);
      return;
    }
    this.#offer(many, count, best, feature, rank, false);
    for (let j = 0; j < this.#unknown.length; j++) this.#add(j, this.#unknown[j]);
    this.#offer(many + unknown, count, best, feature, rank, true);
    for (let j = 0; j < this.#unknown.length; j++) this.#add(j, -this.#unknown[j]);
  }

  /** Takes the split with so many items on the left if it is allowed and better. */
  #offer(many: number, count: number, best: Split, feature: number, rank: number, unknownLeft: boolean): void {
    const { leastLeaf } = this.#plan;
    if (many < leastLeaf || count - many < leastLeaf) return;
    const score = purityOfSides(this.#all, this.#left);
    if (score > best.score) {
      best.score = score;
      best.feature = feature;
      best.rank = rank;
      best.unknownLeft = unknownLeft;
    }
  }

  /** Puts the items that go left before the others, each side in the order it had. */
  #part(from: number, to: number, { feature, rank, unknownLeft }: Split): number {
    const { ranks: { rows, codes } } = this.#plan;
    const place = feature * rows;
    let left = from;
    let right = 0;
    for (let at = from; at < to; at++) {
      const item = this.#items[at];
      const code = codes[place + item];
      if (code === unknownRank ? unknownLeft : code <= rank) this.#items[left++] = item;
      else this.#spare[right++] = item;
    }
    this.#items.set(this.#spare.subarray(0, right), left);
    return left;
  }

  #leaf(into: ForestWriter, at: number): void {
    const last = this.#all.length - 1;
    for (let j = 0; j < last; j++) into.set(at + j, (this.#plan.scale * this.#all[j]) / this.#all[last]);
  }
}
