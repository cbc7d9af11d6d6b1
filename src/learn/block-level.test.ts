import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { blockLevel } from "./block-level.ts";
import { conformalLevel } from "./conformal.ts";
import { normalFrom, randomFrom } from "./random.ts";

/** Values that wander by block, `each` a block. */
function made(seed: number, count: number, each: number): { values: Float64Array; blocks: Int32Array } {
  const random = randomFrom(seed);
  const levels = Array.from({ length: count }, () => normalFrom(random));
  return { values: Float64Array.from({ length: count * each }, (_, at) => levels[Math.floor(at / each)] + 0.3 * normalFrom(random)), blocks: Int32Array.from({ length: count * each }, (_, at) => Math.floor(at / each)) };
}

test("blockLevel() is the conformal level once blocks bear it out", () => {
  const { values, blocks } = made(1, 150, 20);
  assert.deepEqual(blockLevel(values, blocks, 0.01), conformalLevel(values, blocks, 0.99));
});

test("blockLevel() with few blocks is exceeded in a share of new ones nearer to the one asked for than the largest value seen is", () => {
  let [own, largest, all] = [0, 0, 0];
  for (let seed = 1; seed <= 200; seed++) {
    const { values, blocks } = made(seed, 12, 20);
    const { level, provisional } = blockLevel(values, blocks, 0.01);
    assert.ok(provisional);
    const most = Math.max(...values);
    const next = made(seed + 1000, 50, 20).values;
    for (const value of next) {
      all++;
      if (value > level) own++;
      if (value > most) largest++;
    }
  }
  assert.ok(own / all < 0.015, `${own / all} exceed it`);
  assert.ok(largest / all > 2 * (own / all), `${largest / all} exceed the largest seen`);
});

test("blockLevel() is never below the largest value seen, follows the unit, and says nothing of nothing", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 12 }), fc.double({ min: 0.01, max: 100, noNaN: true }), (seed, count, unit) => {
      const { values, blocks } = made(seed, count, 7);
      const { level } = blockLevel(values, blocks, 0.01);
      assert.ok(level >= Math.max(...values));
      const scaled = blockLevel(values.map((value) => unit * value), blocks, 0.01).level;
      assert.ok(Math.abs(scaled - unit * level) <= 1e-9 * Math.abs(scaled) + 1e-12);
    }),
    { numRuns: 50 },
  );
  assert.ok(Number.isNaN(blockLevel(Float64Array.of(NaN), [0], 0.01).level));
  assert.equal(blockLevel(Float64Array.of(3, NaN, 1), [0, 0, 0], 0.01).level, 3);
});
