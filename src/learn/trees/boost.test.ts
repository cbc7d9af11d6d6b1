import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { naiveBoostedTree, type NaiveNode } from "../../../test/naive-boosting.ts";
import { normalFrom, randomFrom } from "../random.ts";
import { binColumns, codePlace, sharedCodes, type Bins } from "./bins.ts";
import { boost, type Boosted, type BoostPlan } from "./boost.ts";
import { BoostedTrees, type GrownLeaf, type TreeRule } from "./boosted-tree.ts";
import { openJobs } from "./crew.ts";
import { addOutputs, ForestWriter, type Forest } from "./forest.ts";
import { keysOf } from "./keys.ts";
import { hasSecond, logistic, softmax, weightedQuantile, type Loss } from "./losses.ts";
import { splitMemory } from "./split-memory.ts";

const rule: TreeRule = { leaves: 6, leastLeaf: 3, leastSecond: 0.01, penalty: 0.5, shrinkage: 0.25, isShared: false };

function madeRows(seed: number, rows: number, gaps = 0.2): number[][] {
  const random = randomFrom(seed);
  return Array.from({ length: rows }, () => [normalFrom(random), random() < gaps ? NaN : normalFrom(random), Math.floor(4 * random()), 5, NaN].map(Math.fround));
}
const featuresOf = (rows: readonly (readonly number[])[]) => ({ rows: rows.length, columns: rows[0].length, values: Float32Array.from(rows.flat()) });
function binned(rows: readonly (readonly number[])[], most = 255): Bins {
  const keys = keysOf(featuresOf(rows));
  const codes = sharedCodes(rows.length, keys.columns);
  return { rows: rows.length, columns: keys.columns, codes, thresholds: binColumns(keys, codes, 0, keys.columns, most) };
}

test("bins hold what lies between their thresholds, about evenly, one value each where there are few", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 700 }), fc.constantFrom(2, 7, 255), (seed, count, most) => {
      const rows = madeRows(seed, count);
      const { codes, thresholds } = binned(rows, most);
      for (const [column, own] of thresholds.entries()) {
        assert.ok(own.length < most && own.every((value, bin) => bin === 0 || value > own[bin - 1]));
        const counts = Array.from({ length: own.length + 1 }, () => 0);
        for (const [row, values] of rows.entries()) {
          const code = codes[codePlace(count, column) + 4 * row];
          assert.equal(code, Number.isNaN(values[column]) ? 255 : own.filter((threshold) => values[column] > threshold).length);
          if (code < 255) counts[code]++;
        }
        const different = new Set(rows.map((values) => values[column]).filter((value) => !Number.isNaN(value))).size;
        if (different <= most) assert.equal(own.length, Math.max(0, different - 1));
        else if (column < 2) assert.ok(Math.max(...counts) <= Math.ceil(count / most) + 1, counts.join(" "));
      }
    }),
    { numRuns: 60 },
  );
});

function assertSameTree(forest: Forest, leaves: readonly GrownLeaf[], node: number, naive: NaiveNode, bins: Bins): void {
  if (naive.split === undefined) {
    const leaf = leaves.find((one) => one.node === node);
    assert.ok(leaf !== undefined && Math.abs(leaf.value - naive.value) <= 1e-9 * (1 + Math.abs(naive.value)), `${leaf?.value}, expected ${naive.value}`);
    assert.equal(leaf.to - leaf.from, naive.items.length);
    return;
  }
  const { column, cut, unknownLeft, sides } = naive.split;
  assert.deepEqual([forest.feature[node], forest.threshold[node], forest.unknownLeft[node]], [column, bins.thresholds[column][cut] ?? Infinity, unknownLeft ? 1 : 0]);
  assertSameTree(forest, leaves, forest.left[node], sides[0], bins);
  assertSameTree(forest, leaves, forest.right[node], sides[1], bins);
}

test("a boosted tree is that of its naive twin, split by split: with and without second derivatives, unknown values, few bins", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 60 }), fc.boolean(), fc.constantFrom(255, 5), (seed, count, curved, most) => {
      const bins = binned(madeRows(seed, count), most);
      const random = randomFrom(seed + 1);
      // Small fractions of two, so that sums are exact here as on the kernel's grid.
      const first = Float64Array.from({ length: count }, () => Math.round(64 * normalFrom(random)) / 16);
      const second = new Float64Array(count).fill(1).map((one) => (curved ? (1 + Math.floor(16 * random())) / 16 : one));
      const memory = splitMemory(bins, bins.columns, rule.leaves, curved, null);
      const writer = new ForestWriter(1);
      const grower = new BoostedTrees(bins, memory, rule);
      grower.grow(first, second, writer); // a tree before it leaves nothing behind
      const again = new ForestWriter(1);
      const leaves = grower.grow(first, second, again);
      assertSameTree(again.forest(), leaves, 0, naiveBoostedTree(bins, first, second, rule), bins);
    }),
    { numRuns: 200 },
  );
});

test("a tree that follows from the last one's leaves is the tree that is grown afresh", () => {
  let follows = 0;
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 120 }), fc.constantFrom(255, 5), fc.constantFrom(1, 6), (seed, count, most, leaves) => {
      const bins = binned(madeRows(seed, count), most);
      const random = randomFrom(seed + 1);
      const first = Float64Array.from({ length: count }, () => Math.round(64 * normalFrom(random)) / 16);
      const second = new Float64Array(count).fill(1);
      const own = { ...rule, leaves };
      const memory = splitMemory(bins, bins.columns, leaves, false, null);
      const [follower, followed] = [new BoostedTrees(bins, memory, own, true), new ForestWriter(1)];
      assert.equal(follower.growOn(followed), null);
      let last = follower.grow(first, second, followed);
      for (let tree = 1; tree < 5; tree++) {
        for (const { from, to, value } of last) for (const item of memory.items.subarray(from, to)) first[item] += value;
        const afresh = new ForestWriter(1);
        const expected = new BoostedTrees(bins, splitMemory(bins, bins.columns, leaves, false, null), own, true).grow(first, second, afresh);
        const next = follower.growOn(followed);
        if (next !== null) follows++;
        last = next ?? follower.grow(first, second, followed); // the gradients have outgrown their grid
        const [seen, whole] = [followed.forest(), afresh.forest()];
        const nodes = seen.roots[tree];
        for (const key of ["feature", "threshold", "unknownLeft"] as const) assert.deepEqual([...seen[key].subarray(nodes)], [...whole[key]]);
        for (const [at, leaf] of last.entries()) assert.deepEqual([leaf.from, leaf.to, leaf.node - nodes], [expected[at].from, expected[at].to, expected[at].node]);
        for (const [at, { value }] of last.entries()) assert.ok(Math.abs(value - expected[at].value) <= 1e-9 * (1 + Math.abs(value)));
      }
    }),
    { numRuns: 100 },
  );
  assert.ok(follows > 300, `${follows} of 400`);
});

test("a tree that may split some columns only is the naive one of these columns alone, wherever they lie", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 10, max: 60 }), fc.subarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], { minLength: 4 }), (seed, count, active) => {
      const left = madeRows(seed, count);
      const right = madeRows(seed + 2, count);
      const rows = left.map((row, at) => [...row, ...right[at]]);
      const random = randomFrom(seed + 1);
      const first = Float64Array.from({ length: count }, () => Math.round(64 * normalFrom(random)) / 16);
      const second = new Float64Array(count).fill(1);
      const memory = splitMemory(binned(rows), active.length, rule.leaves, false, null);
      memory.active.set(active);
      const writer = new ForestWriter(1);
      const leaves = new BoostedTrees(binned(rows), memory, rule).grow(first, second, writer);
      const forest = writer.forest();
      const alone = binned(rows.map((row) => active.map((column) => row[column])));
      assertSameTree({ ...forest, feature: forest.feature.map((column) => active.indexOf(column)) }, leaves, 0, naiveBoostedTree(alone, first, second, rule), alone);
    }),
    { numRuns: 100 },
  );
});

function boosted(rows: readonly (readonly number[])[], targets: Float64Array, loss: Loss, more: Partial<BoostPlan> & { readonly monotone?: Int32Array; readonly active?: number } = {}): Boosted {
  const bins = binned(rows);
  const weights = more.weights ?? new Float64Array(targets.length).fill(1);
  const memory = splitMemory(bins, more.active ?? bins.columns, more.leaves ?? rule.leaves, hasSecond(loss) || more.weights !== undefined, more.monotone ?? null);
  openJobs(memory);
  return boost({ ...rule, bins, loss, targets, weights, rounds: 12, seed: 1, held: null, patience: 1, ...more }, memory);
}

function rawOf({ forests, start }: Boosted, rows: readonly (readonly number[])[]): number[][] {
  const features = featuresOf(rows);
  const each = forests.map((forest) => {
    const sums = new Float64Array(rows.length);
    addOutputs(forest, features, sums);
    return sums;
  });
  return rows.map((_, row) => each.map((sums, output) => start[output] + sums[row]));
}

/** Boosting written out: derivatives by hand, a naive tree an output and round, its values added. */
function naiveRaw(rows: readonly (readonly number[])[], targets: Float64Array, classes: number, rounds: number, start: Float64Array): number[][] {
  const bins = binned(rows);
  const raw = rows.map(() => [...start]);
  for (let round = 0; round < rounds; round++) {
    const chances = raw.map((own) => {
      const shares = Float64Array.from(own);
      softmax(shares);
      return shares;
    });
    for (const output of start.keys()) {
      const isNumber = classes === 0;
      const chance = (row: number) => (classes === 2 ? logistic(raw[row][0]) : chances[row][output]);
      const truth = (row: number) => (classes === 2 ? targets[row] : Number(targets[row] === output));
      const first = Float64Array.from(rows, (_, row) => (isNumber ? raw[row][0] - targets[row] : chance(row) - truth(row)));
      const second = Float64Array.from(rows, (_, row) => (isNumber ? 1 : (classes > 2 ? classes / (classes - 1) : 1) * chance(row) * (1 - chance(row))));
      const add = (node: NaiveNode): void => (node.split === undefined ? node.items.forEach((item) => (raw[item][output] += node.value)) : node.split.sides.forEach(add));
      add(naiveBoostedTree(bins, first, second, rule));
    }
  }
  return raw;
}

test("boost() is boosting written out: numbers, two classes, three classes", () => {
  const rows = madeRows(21, 80);
  for (const classes of [0, 2, 3]) {
    const random = randomFrom(4);
    const targets = Float64Array.from(rows, ([a, b, c]) => (classes === 0 ? 50 + 3 * a + c + normalFrom(random) : Number(a + 0.5 * normalFrom(random) > 0) + (classes === 3 && b > 0.5 ? 1 : 0)));
    const model = boosted(rows, targets, classes === 0 ? { kind: "squared" } : { kind: "classes", classes }, { rounds: 4 });
    const naive = naiveRaw(rows, targets, classes, 4, model.start);
    for (const [row, seen] of rawOf(model, rows).entries()) for (const [output, value] of seen.entries()) assert.ok(Math.abs(value - naive[row][output]) <= 1e-6, `${classes} classes, item ${row}: ${value}, expected ${naive[row][output]}`);
  }
});

test("items may come in any order, and a weight of two is being there twice", () => {
  const rows = madeRows(30, 120);
  const targets = Float64Array.from(rows, ([a, , c]) => Math.round(16 * (a + c)) / 16);
  const order = rows.map((_, at) => (at * 49) % 120);
  const turned = boosted(order.map((at) => rows[at]), Float64Array.from(order, (at) => targets[at]), { kind: "squared" });
  const straight = boosted(rows, targets, { kind: "squared" });
  assert.deepEqual(turned, straight);

  const twice = boosted([...rows, ...rows], Float64Array.from([...targets, ...targets]), { kind: "squared" }, { leastLeaf: 1, penalty: 0 });
  const heavy = boosted(rows, targets, { kind: "squared" }, { weights: new Float64Array(120).fill(2), leastLeaf: 1, penalty: 0 });
  for (const [row, [value]] of rawOf(twice, rows).entries()) assert.ok(Math.abs(value - rawOf(heavy, rows)[row][0]) < 1e-6);
});

test("a monotone feature's output never turns, whatever the others are; without the rule it does", () => {
  const random = randomFrom(8);
  const rows = Array.from({ length: 400 }, () => [normalFrom(random), normalFrom(random)].map(Math.fround));
  const targets = Float64Array.from(rows, ([a, b]) => a + 2 * Math.sin(3 * a) + b * a + normalFrom(random));
  const turns = (monotone: Int32Array | undefined, direction: number) => {
    const model = boosted(rows, targets, { kind: "squared" }, { rounds: 30, ...(monotone === undefined ? {} : { monotone }) });
    const along = [-2, 0, 1].flatMap((b) => Array.from({ length: 60 }, (_, at) => [at / 10 - 3, b]));
    const raw = rawOf(model, along).map(([value]) => value);
    return raw.filter((value, at) => at % 60 > 0 && direction * (value - raw[at - 1]) < -1e-12).length;
  };
  assert.ok(turns(undefined, 1) > 5);
  assert.equal(turns(Int32Array.of(1, 0), 1), 0);
  assert.equal(turns(Int32Array.of(-1, 0), -1), 0);
});

test("a quantile is passed by its share of items, also where the noise differs", () => {
  const random = randomFrom(12);
  const rows = Array.from({ length: 1500 }, () => [Math.fround(random())]);
  const targets = Float64Array.from(rows, ([a]) => 10 * a + (0.2 + 2 * a) * normalFrom(random));
  for (const level of [0.1, 0.5, 0.9]) {
    const raw = rawOf(boosted(rows, targets, { kind: "quantile", level }, { rounds: 40, leastLeaf: 60, penalty: 0 }), rows);
    for (const half of [0, 1]) {
      const own = rows.flatMap(([a], row) => (Math.floor(2 * a) === half ? [row] : []));
      const below = own.filter((row) => targets[row] <= raw[row][0]).length / own.length;
      assert.ok(Math.abs(below - level) < 0.05, `${level} of half ${half}: ${below}`);
    }
  }
  assert.equal(weightedQuantile(Float64Array.of(3, 1, 2), Float64Array.of(1, 1, 8), 0.5), 2);
});

test("held items end the rounds where their loss is least, and noise ends them at once", () => {
  const rows = madeRows(40, 300);
  const random = randomFrom(3);
  const of = (signal: number) => Float64Array.from(rows, ([a]) => signal * a + normalFrom(random));
  const run = (signal: number) => {
    const targets = of(signal);
    const held = { features: featuresOf(rows), targets: of(signal), weights: new Float64Array(300).fill(1) };
    return boosted(rows, targets, { kind: "squared" }, { held, rounds: 200, patience: 20 });
  };
  const model = run(3);
  assert.equal(model.losses[model.rounds], Math.min(...model.losses));
  assert.ok(model.rounds > 5 && model.losses.length < 201, `${model.rounds} of ${model.losses.length}`);
  assert.ok(run(0).rounds <= 3);
});

test("with a share of the columns each tree keeps to its own, and all get their turn", () => {
  const random = randomFrom(2);
  const rows = Array.from({ length: 200 }, () => Array.from({ length: 6 }, () => Math.fround(normalFrom(random))));
  const targets = Float64Array.from(rows, (row) => row.reduce((sum, value) => sum + value, 0));
  const { forests, gains } = boosted(rows, targets, { kind: "squared" }, { active: 2, rounds: 40 });
  const [forest] = forests;
  for (const [tree, root] of forest.roots.entries()) {
    const used = new Set(forest.feature.slice(root, forest.roots[tree + 1] ?? forest.feature.length).filter((feature) => feature >= 0));
    assert.ok(used.size <= 2);
  }
  assert.ok(gains.every((gain) => gain > 0));
});
