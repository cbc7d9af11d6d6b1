import type { Features } from "../matrix.ts";
import { randomFrom } from "../random.ts";
import type { Bins } from "./bins.ts";
import { BoostedTrees, type GrownLeaf, type TreeRule } from "./boosted-tree.ts";
import { closeJobs } from "./crew.ts";
import { ForestWriter, leafOf, type Forest } from "./forest.ts";
import { derivatives, meanLoss, rawOutputs, startOf, weightedQuantile, type Loss } from "./losses.ts";
import type { SplitMemory } from "./split-memory.ts";

/** What boosted trees are grown on. */
export interface BoostPlan extends TreeRule {
  readonly bins: Bins;
  readonly loss: Loss;
  readonly targets: Float64Array;
  /** 1 on average. */
  readonly weights: Float64Array;
  readonly rounds: number;
  readonly seed: number;
  /** Items that do not teach, to find out after how many rounds to stop; and how many to wait for a better one. */
  readonly held: Held | null;
  readonly patience: number;
}

export interface Held {
  readonly features: Features;
  readonly targets: Float64Array;
  readonly weights: Float64Array;
}

/** Trees whose sum, from `start` on, is each raw output. */
export interface Boosted {
  /** By output; a tree a round. */
  readonly forests: readonly Forest[];
  readonly start: Float64Array;
  readonly gains: Float64Array;
  /** The rounds after which the held items' loss was least; all of them where none are held. */
  readonly rounds: number;
  /** By round, of the held items. */
  readonly losses: readonly number[];
}

/**
 * Kernel: gradient-boosted trees by second-order steps on binned features.
 *
 * `memory` is this fit's own; with `isShared` others may help in it, and come away when this is done.
 * Equal plans give equal trees, whoever helps and in whatever order the items are.
 * Sources: see BoostedTrees and derivatives(). Ours: sums on a grid, which makes them exact.
 */
export function boost(plan: BoostPlan, memory: SplitMemory): Boosted {
  try {
    return grown(plan, memory);
  } finally {
    closeJobs(memory);
  }
}

function grown(plan: BoostPlan, memory: SplitMemory): Boosted {
  const { bins, loss, targets, weights, held } = plan;
  const outputs = rawOutputs(loss);
  const start = startOf(loss, targets, weights);
  const carries = loss.kind === "squared" && memory.second.length === 0 && memory.active.length === bins.columns;
  const trees = new BoostedTrees(bins, memory, plan, carries);
  const writers = Array.from({ length: outputs }, () => new ForestWriter(1));
  const raw = repeated(start, bins.rows);
  const heldRaw = held === null ? null : repeated(start, held.features.rows);
  const heldColumns = held === null ? null : byColumn(held.features);
  const first = new Float64Array(bins.rows * outputs);
  const second = new Float64Array(memory.second.length * outputs);
  const losses: number[] = held === null || heldRaw === null ? [] : [meanLoss(loss, held.targets, held.weights, heldRaw)];
  let best = 0;
  let round = 0;
  for (; round < plan.rounds && round - best < plan.patience; round++) {
    const carried = trees.growOn(writers[0]);
    if (carried === null) derivatives(loss, targets, weights, raw, first, second);
    let isStill = true;
    for (const [output, writer] of writers.entries()) {
      if (carried === null) chooseColumns(memory, plan.seed + round * outputs + output);
      const slice = (of: Float64Array) => of.subarray(output * bins.rows, (output + 1) * bins.rows);
      const leaves = carried ?? trees.grow(slice(first), slice(second), writer);
      isStill &&= leaves.length === 1;
      for (const leaf of leaves) settle(plan, memory, leaf, writer, raw, output);
      if (heldColumns !== null && heldRaw !== null) addTree(writer, round, heldColumns, heldRaw, output, outputs);
    }
    if (held === null || heldRaw === null) best = round + 1;
    else {
      losses.push(meanLoss(loss, held.targets, held.weights, heldRaw));
      if (losses[round + 1] < losses[best]) best = round + 1;
    }
    if (isStill && memory.active.length === bins.columns) break; // and every later round would be too
  }
  return { forests: writers.map((writer) => writer.forest()), start, gains: trees.gains, rounds: best, losses };
}

/** A leaf's value into the tree and onto its items' outputs. A quantile's leaf takes that quantile of what is left. */
function settle({ loss, targets, weights, shrinkage }: BoostPlan, { items }: SplitMemory, leaf: GrownLeaf, writer: ForestWriter, raw: Float64Array, output: number): void {
  const outputs = rawOutputs(loss);
  let { value } = leaf;
  if (loss.kind === "quantile") {
    const own = items.slice(leaf.from, leaf.to).sort();
    const rest = Float64Array.from(own, (item) => targets[item] - raw[item]);
    const step = shrinkage * weightedQuantile(rest, Float64Array.from(own, (item) => weights[item]), loss.level);
    value = Math.min(leaf.upper, Math.max(leaf.lower, step));
  }
  writer.set(writer.addLeaf(leaf.node), value);
  for (let at = leaf.from; at < leaf.to; at++) raw[items[at] * outputs + output] += value;
}

function addTree(writer: ForestWriter, tree: number, columns: Float32Array, raw: Float64Array, output: number, outputs: number): void {
  const grown = writer.view();
  const rows = raw.length / outputs;
  for (let row = 0; row < rows; row++) raw[row * outputs + output] += grown.values[leafOf(grown, tree, columns, row, rows)];
}

/** Column-major: a tree asks for few columns of all items, which then stay in the cache. */
function byColumn({ rows, columns, values }: Features): Float32Array {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) turned[column * rows + row] = values[row * columns + column];
  return turned;
}

/** The columns that a tree may split: all of them, or as many as there is room for, drawn by seed. */
function chooseColumns({ active, known }: SplitMemory, seed: number): void {
  const columns = Int32Array.from(known.keys());
  if (active.length < columns.length) {
    const random = randomFrom(seed);
    for (let at = 0; at < active.length; at++) {
      const drawn = at + Math.floor(random() * (columns.length - at));
      const column = columns[drawn];
      columns[drawn] = columns[at];
      columns[at] = column;
    }
  }
  active.set(columns.subarray(0, active.length).sort());
}

function repeated(start: Float64Array, rows: number): Float64Array {
  return Float64Array.from({ length: rows * start.length }, (_, at) => start[at % start.length]);
}
