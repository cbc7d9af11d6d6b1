import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { naiveGram } from "../../../test/naive-gram.ts";
import { momentsOf } from "../moments.ts";
import { normalFrom, randomFrom } from "../random.ts";
import { bankOf, fitBank, type BankOptions } from "./bank.ts";

const columns = 4;
const options: BankOptions = { size: 100, neighbours: 3, shrinkage: 1, levels: 2, seed: 1 };

/** Items about two centres, a spread apart. */
function itemsOf(seed: number, count: number): Float32Array[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, (_, i) => Float32Array.from({ length: columns }, (_unused, j) => (i % 2 === 0 ? 2 : -2) * (j + 1) + 0.3 * normalFrom(random)));
}

const bankFrom = async (items: readonly Float32Array[], change: Partial<BankOptions> = {}) => fitBank(items, await momentsOf(items, columns, naiveGram), columns, { ...options, ...change });

test("bankOf() is the mean distance to the nearest items in units of each feature's spread, plus the level furthest off", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 4 }), async (seed, count, neighbours, levels) => {
      const items = itemsOf(seed, count);
      const head = await bankFrom(items, { neighbours, levels });
      const normal = await momentsOf(items, columns, naiveGram);
      const random = randomFrom(seed + 1);
      const item = Float32Array.from({ length: columns }, () => 4 * normalFrom(random));
      const spread = (j: number) => Math.sqrt((items.reduce((sum, one) => sum + (one[j] - normal.mean[j]) ** 2, 0) + 2 * 0.25) / (count + 2) + 0.01);
      const distances = items.map((one) => Math.sqrt(Array.from(item, (value, j) => ((value - one[j]) / spread(j)) ** 2).reduce((sum, value) => sum + value) / columns)).toSorted((a, b) => a - b);
      const nearest = distances.slice(0, neighbours);
      const level = Math.max(0, ...Array.from(head.levels.centres, (centre, j) => Math.abs(item[j] - centre) / head.levels.scales[j]));
      const expected = nearest.reduce((sum, value) => sum + value, 0) / nearest.length / head.distanceScale + level;
      const seen = bankOf(head, item);
      assert.ok(Math.abs(seen - expected) <= 1e-7 * Math.max(1, expected), `${seen}, expected ${expected}`);
    }),
    { numRuns: 60 },
  );
});

test("normal items score below 2, what lies between two forms of normal above, and a level far off further", async () => {
  const head = await bankFrom(itemsOf(1, 200));
  const usual = itemsOf(2, 200).map((item) => bankOf(head, item)).toSorted((a, b) => a - b);
  assert.ok(usual[180] < 2, `${usual[180]}`);
  const between = bankOf(head, new Float32Array(columns));
  assert.ok(between > 2.5, `${between}`);
  const far = bankOf(head, Float32Array.of(100, 4, 6, 8));
  assert.ok(far > bankOf(head, Float32Array.of(20, 4, 6, 8)) && far > 10);
});

test("bankOf() is unknown for any unknown feature", async () => {
  const head = await bankFrom(itemsOf(3, 20));
  for (let j = 0; j < columns; j++) assert.ok(Number.isNaN(bankOf(head, Float32Array.from({ length: columns }, (_, i) => (i === j ? NaN : 0)))));
});

test("fitBank() keeps no more than its size, learns from one item or equal ones, changes nothing, and needs one", async () => {
  const items = itemsOf(4, 60);
  const before = items.map((item) => item.slice());
  assert.equal((await bankFrom(items, { size: 7 })).remembered.length, 7 * columns);
  assert.deepEqual(items, before);
  assert.deepEqual(await bankFrom(items, { size: 7 }), await bankFrom(items, { size: 7 }));
  for (const few of [[items[0]], [items[0], items[0], items[0]]]) assert.equal(bankOf(await bankFrom(few), items[0]), 0);
  await assert.rejects(bankFrom([]), { name: "RangeError", message: /no normal item/ });
});
