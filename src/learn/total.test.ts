import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { naiveGram } from "../../test/naive-gram.ts";
import { fullScatter, mergeMoments, momentsOf } from "./moments.ts";
import { randomFrom } from "./random.ts";
import { sumFromBytes, sumToBytes } from "./sum-codec.ts";
import { emptySum, merge, sumOf, truths, type Sum } from "./sum.ts";
import { totalOf, treeOf, type Leaf } from "./total.ts";

const columns = 3;
const day = 86_400_000_000;

/** A block of hard numbers: offsets up to 1e6 spreads away, spreads from 1e-3 to 1e3, all truths. */
const block = fc.record({
  items: fc.integer({ min: 1, max: 20 }),
  offset: fc.constantFrom(0, 1, -1e3, 1e6),
  spread: fc.constantFrom(1e-3, 1, 1e3),
  day: fc.integer({ min: 0, max: 800 }),
  seed: fc.integer(),
});
type Block = typeof block extends fc.Arbitrary<infer T> ? T : never;

async function leafSum({ items, offset, spread, seed }: Block, id: string): Promise<Sum> {
  const random = randomFrom(seed);
  const values = Float32Array.from({ length: items * columns }, () => offset + spread * (random() - 0.5));
  const truth = Array.from({ length: items }, () => truths[Math.floor(random() * 3)] ?? null);
  return await sumOf({ rows: items, columns, values }, truth, id, naiveGram);
}

async function library(blocks: readonly Block[]): Promise<{ leaves: Leaf[]; sums: Map<string, Sum> }> {
  const sums = new Map<string, Sum>();
  const leaves: Leaf[] = [];
  for (const [i, one] of blocks.entries()) {
    const id = `B${String(i).padStart(4, "0")}`;
    sums.set(`sum-${id}`, await leafSum(one, id));
    leaves.push({ name: `sum-${id}`, block: id, start: one.day * day });
  }
  return { leaves, sums };
}

function total(leaves: readonly Leaf[], sums: Map<string, Sum>, kept?: Map<string, Sum>): Uint8Array {
  const root = treeOf(leaves);
  assert.ok(root !== null);
  return sumToBytes(
    totalOf(root, {
      leaf: (name) => sums.get(name) as Sum,
      recall: (name) => kept?.get(name) ?? null,
      keep: (name, sum) => void kept?.set(name, sum),
    }),
  );
}

test("totalOf() is the same to the byte whatever the order of arrival", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(block, { minLength: 1, maxLength: 12 }), fc.integer(), async (blocks, seed) => {
      const { leaves, sums } = await library(blocks);
      const random = randomFrom(seed);
      const shuffled = leaves.map((leaf) => ({ leaf, at: random() })).sort((a, b) => a.at - b.at);
      assert.deepEqual(total(shuffled.map(({ leaf }) => leaf), sums), total(leaves, sums));
    }),
  );
});

test("totalOf() without a block equals never having seen it, also with nodes kept from before and a block 1e6 spreads away", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(block, { minLength: 2, maxLength: 12 }), fc.nat(), async (blocks, pick) => {
      const far = { ...blocks[pick % blocks.length], offset: 1e6, spread: 1 };
      const { leaves, sums } = await library([...blocks, far]);
      const kept = new Map<string, Sum>();
      total(leaves, sums, kept);
      const without = leaves.slice(0, -1);
      assert.deepEqual(total(without, sums, kept), total(without, sums));
    }),
  );
});

test("totalOf() agrees with the moments of all items at once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(block, { minLength: 1, maxLength: 6 }), async (blocks) => {
      const { leaves, sums } = await library(blocks);
      const whole = sumFromBytes(total(leaves, sums));
      for (const name of truths) {
        const parts = [...sums.values()].map((sum) => sum.lessons[name].moments);
        const count = parts.reduce((n, part) => n + part.count, 0);
        assert.equal(whole.lessons[name].moments.count, count);
      }
    }),
  );
});

test("mergeMoments() keeps the digits of a small spread far from zero", async () => {
  const rows = (offset: number) => Array.from({ length: 50 }, (_, i) => Float32Array.of(offset + (i % 5)));
  const merged = mergeMoments(await momentsOf(rows(1e6), 1, naiveGram), await momentsOf(rows(1e6), 1, naiveGram));
  assert.equal(merged.mean[0], 1e6 + 2);
  assert.equal(fullScatter(merged)[0], 200); // 100 values, each a fifth at distance 2, 1, 0, 1, 2
});

test("treeOf() has one path of changed nodes when one block is left out", () => {
  const leaves = Array.from({ length: 40 }, (_, i) => ({ name: `s${i}`, block: `B${String(i).padStart(3, "0")}`, start: i * 20 * day }));
  const names = (node: ReturnType<typeof treeOf>): Set<string> => new Set(node === null ? [] : [node.name, ...node.children.flatMap((child) => [...names(child)])]);
  const before = names(treeOf(leaves));
  const changed = [...names(treeOf(leaves.slice(1)))].filter((name) => !before.has(name));
  assert.ok(changed.length <= 4, `${changed.length} nodes changed`);
});

test("sumFromBytes() gives back every bit, and refuses what is not a sum", async () => {
  const sum = await leafSum({ items: 9, offset: 1e6, spread: 1e-3, day: 0, seed: 7 }, "B");
  assert.deepEqual(sumFromBytes(sumToBytes(sum)), sum);
  assert.deepEqual(sumFromBytes(sumToBytes(emptySum(4))), emptySum(4));
  const bytes = sumToBytes(sum);
  assert.throws(() => sumFromBytes(bytes.slice(0, -4)), /end too soon/);
  assert.throws(() => sumFromBytes(Uint8Array.of(1, 2, 3)), /something else/);
  assert.throws(() => sumFromBytes(Uint8Array.of(...bytes, 0, 0, 0, 0)), /too many/);
});

test("sumOf() leaves out items of unknown features or truth, and changes nothing it was given", async () => {
  const values = Float32Array.of(1, 2, 3, NaN, 5, 6, 7, 8, 9);
  const copy = values.slice();
  const sum = await sumOf({ rows: 3, columns: 3, values }, Object.freeze(["normal", "normal", null]), "B", naiveGram);
  assert.deepEqual(values, copy);
  assert.equal(sum.lessons.normal.moments.count, 1);
  assert.equal(sum.lessons.fault.moments.count + sum.lessons.assumed.moments.count, 0);
});

test("merge() keeps the same sample however the items were grouped", async () => {
  const random = randomFrom(3);
  const values = Float32Array.from({ length: 900 }, () => random());
  const part = (from: number, to: number, id: string) =>
    sumOf({ rows: to - from, columns: 1, values: values.slice(from, to) }, Array.from({ length: to - from }, () => "normal" as const), id, naiveGram);
  const [a, b, c] = await Promise.all([part(0, 300, "a"), part(300, 600, "b"), part(600, 900, "c")]);
  assert.deepEqual(merge(merge(a, b), c).lessons.normal.sample, merge(a, merge(c, b)).lessons.normal.sample);
  assert.equal(merge(merge(a, b), c).lessons.normal.sample.items.length, 256);
});
