import type { Features } from "../matrix.ts";

/**
 * Trees whose leaves add up: an item's outputs are the sums of the values of the leaves it comes to.
 *
 * At a node an item goes left when its feature is at or below the threshold, or unknown and the node
 * says so. Nodes of all trees lie in one list.
 */
export interface Forest {
  readonly outputs: number;
  /** By tree: its first node. */
  readonly roots: Int32Array;
  /** By node: the feature it asks for; below 0 in a leaf. */
  readonly feature: Int32Array;
  readonly threshold: Float32Array;
  readonly unknownLeft: Uint8Array;
  /** By node: where items go on; in a leaf `left` is its place in `values`. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Leaves × outputs. */
  readonly values: Float64Array;
}

/** A forest under construction. */
export class ForestWriter {
  readonly outputs: number;
  readonly #roots: number[] = [];
  #nodes = 0;
  #leaves = 0;
  #feature = new Int32Array(1024);
  #threshold = new Float32Array(1024);
  #unknownLeft = new Uint8Array(1024);
  #left = new Int32Array(1024);
  #right = new Int32Array(1024);
  #values = new Float64Array(1024);

  constructor(outputs: number) {
    this.outputs = outputs;
  }

  /** The next node is the first of a tree. */
  beginTree(): void {
    this.#roots.push(this.#nodes);
  }

  /** Adds a node that is a leaf until `split` says otherwise, and gives its place. */
  addNode(): number {
    if (this.#nodes === this.#feature.length) this.#grow();
    this.#feature[this.#nodes] = -1;
    return this.#nodes++;
  }

  split(node: number, feature: number, threshold: number, unknownLeft: boolean, left: number, right: number): void {
    this.#feature[node] = feature;
    this.#threshold[node] = threshold;
    this.#unknownLeft[node] = unknownLeft ? 1 : 0;
    this.#left[node] = left;
    this.#right[node] = right;
  }

  /** Makes room for the values of a leaf and gives their first place in `values`. */
  addLeaf(node: number): number {
    const at = this.#leaves * this.outputs;
    if (at + this.outputs > this.#values.length) this.#values = widened(this.#values, new Float64Array(2 * this.#values.length + this.outputs));
    this.#left[node] = this.#leaves++;
    return at;
  }

  set(at: number, value: number): void {
    this.#values[at] = value;
  }

  /** What is written so far, not copied: good until something is added. */
  view(): Forest {
    return {
      outputs: this.outputs,
      roots: Int32Array.from(this.#roots),
      feature: this.#feature,
      threshold: this.#threshold,
      unknownLeft: this.#unknownLeft,
      left: this.#left,
      right: this.#right,
      values: this.#values,
    };
  }

  forest(): Forest {
    return {
      outputs: this.outputs,
      roots: Int32Array.from(this.#roots),
      feature: this.#feature.slice(0, this.#nodes),
      threshold: this.#threshold.slice(0, this.#nodes),
      unknownLeft: this.#unknownLeft.slice(0, this.#nodes),
      left: this.#left.slice(0, this.#nodes),
      right: this.#right.slice(0, this.#nodes),
      values: this.#values.slice(0, this.#leaves * this.outputs),
    };
  }

  #grow(): void {
    const size = 2 * this.#feature.length;
    this.#feature = widened(this.#feature, new Int32Array(size));
    this.#threshold = widened(this.#threshold, new Float32Array(size));
    this.#unknownLeft = widened(this.#unknownLeft, new Uint8Array(size));
    this.#left = widened(this.#left, new Int32Array(size));
    this.#right = widened(this.#right, new Int32Array(size));
  }
}

function widened<A extends Int32Array | Float32Array | Float64Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

/** The trees of several forests in their order. All have the same outputs. */
export function joinForests(forests: readonly Forest[]): Forest {
  const { outputs } = forests[0] ?? { outputs: 1 };
  const nodes = forests.reduce((sum, { feature }) => sum + feature.length, 0);
  const joined = {
    outputs,
    roots: new Int32Array(forests.reduce((sum, { roots }) => sum + roots.length, 0)),
    feature: new Int32Array(nodes),
    threshold: new Float32Array(nodes),
    unknownLeft: new Uint8Array(nodes),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    values: new Float64Array(forests.reduce((sum, { values }) => sum + values.length, 0)),
  };
  let [tree, node, value] = [0, 0, 0];
  for (const one of forests) {
    joined.roots.set(one.roots.map((root) => root + node), tree);
    joined.feature.set(one.feature, node);
    joined.threshold.set(one.threshold, node);
    joined.unknownLeft.set(one.unknownLeft, node);
    joined.left.set(one.left.map((to, at) => to + (one.feature[at] < 0 ? value / outputs : node)), node);
    joined.right.set(one.right.map((to, at) => (one.feature[at] < 0 ? 0 : to + node)), node);
    joined.values.set(one.values, value);
    tree += one.roots.length;
    node += one.feature.length;
    value += one.values.length;
  }
  return joined;
}

const rowsAtOnce = 256; // whose features stay in the cache while the trees pass by

/**
 * Adds the outputs of trees `from` to `to` to `sums`, items × outputs.
 *
 * Cost: trees × depth comparisons an item. The order of adding is that of the trees, for each item.
 */
export function addOutputs(forest: Forest, { rows, columns, values: features }: Features, sums: Float64Array, from = 0, to = forest.roots.length): void {
  const { outputs, values } = forest;
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const last = Math.min(rows, first + rowsAtOnce);
    for (let tree = from; tree < to; tree++) {
      for (let row = first; row < last; row++) {
        const leaf = leafOf(forest, tree, features, row * columns);
        if (outputs === 1) sums[row] += values[leaf];
        else for (let output = 0; output < outputs; output++) sums[row * outputs + output] += values[leaf * outputs + output];
      }
    }
  }
}

/** The leaf that an item comes to in one tree; its features begin at `at` and are `stride` apart. */
export function leafOf({ roots, feature, threshold, unknownLeft, left, right }: Forest, tree: number, features: Float32Array, at: number, stride = 1): number {
  let node = roots[tree];
  for (let asked = feature[node]; asked >= 0; asked = feature[node]) {
    const value = features[at + asked * stride];
    const isLeft = value <= threshold[node] || (unknownLeft[node] === 1 && value !== value);
    node = isLeft ? left[node] : right[node];
  }
  return left[node];
}
