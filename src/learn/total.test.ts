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
interface Block {
  readonly items: number;
  readonly offset: number;
  readonly spread: number;
  readonly day: number;
  readonly seed: number;
}

async function leafSum({ items, offset, spread, seed }: Block, id: string): Promise<Sum> {
  const random = randomFrom(seed);
  const taught = Array.from({ length: items }, () => ({
    features: Float32Array.from({ length: columns }, () => offset + spread * (random() - 0.5)),
    truth: truths[Math.floor(random() * 3)],
    met: random() < 0.5,
  }));
  return await sumOf(taught, columns, id, naiveGram);
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

test("totalOf() counts every block once a truth and every item once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(block, { minLength: 1, maxLength: 6 }), async (blocks) => {
      const { leaves, sums } = await library(blocks);
      const whole = sumFromBytes(total(leaves, sums));
      for (const truth of truths) {
        const parts = [...sums.values()].map((sum) => sum.lessons[truth]);
        assert.ok(Math.abs(whole.lessons[truth].moments.count - parts.filter(({ items }) => items > 0).length) < 1e-9);
        assert.equal(whole.lessons[truth].items, parts.reduce((n, { items }) => n + items, 0));
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

test("sumOf() weighs a block as one, samples only items met on the line, and changes nothing it was given", async () => {
  const items = [1, 2, 6].map((x) => Object.freeze({ features: Float32Array.of(x), truth: "normal" as const, met: x > 1 }));
  const { normal, fault } = (await sumOf(Object.freeze(items), 1, "B", naiveGram)).lessons;
  assert.deepEqual(items.map(({ features }) => features[0]), [1, 2, 6]);
  assert.equal(normal.moments.count, 1);
  assert.equal(normal.moments.mean[0], 3);
  assert.ok(Math.abs(normal.moments.scatter[0] - 14 / 3) < 1e-12);
  assert.equal(normal.items, 3);
  assert.deepEqual(normal.sample.items.map(([x]) => x).toSorted((a, b) => a - b), [2, 6]);
  assert.equal(normal.sample.population, 2);
  assert.equal(fault.items + fault.moments.count, 0);
});

test("merge() keeps the same sample however the items were grouped", async () => {
  const random = randomFrom(3);
  const part = (count: number, id: string) =>
    sumOf(Array.from({ length: count }, () => ({ features: Float32Array.of(random()), truth: "normal" as const, met: true })), 1, id, naiveGram);
  const [a, b, c] = [await part(300, "a"), await part(400, "b"), await part(500, "c")];
  const [left, right] = [merge(merge(a, b), c).lessons.normal.sample, merge(a, merge(c, b)).lessons.normal.sample];
  assert.deepEqual(left, right);
  assert.equal(left.items.length, 512);
  assert.equal(left.population, 1200);
});
