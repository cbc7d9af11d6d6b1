import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { itemSampleOf, mergeItemSamples, type ItemSample } from "./item-sample.ts";

const keyed = fc.uniqueArray(fc.integer({ min: 0, max: 1e6 }), { maxLength: 40 });
const sampleOf = (size: number, keys: readonly number[]): ItemSample => itemSampleOf(size, Float64Array.from(keys), keys.map((key) => Float32Array.of(key)));

test("itemSampleOf() keeps the items of the lowest keys, each with its own, and counts them all", () => {
  fc.assert(
    fc.property(keyed, fc.integer({ min: 0, max: 12 }), (keys, size) => {
      const frozen = Object.freeze([...keys]);
      const { population, keys: kept, items } = sampleOf(size, frozen);
      const lowest = keys.toSorted((a, b) => a - b).slice(0, size);
      assert.deepEqual([population, [...kept], items.map(([key]) => key)], [keys.length, lowest, lowest]);
    }),
  );
});

test("mergeItemSamples() keeps what one sample of all items would have, however they were parted", () => {
  fc.assert(
    fc.property(keyed, fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 40, maxLength: 40 }), fc.integer({ min: 1, max: 12 }), (keys, parts, size) => {
      const parted = [0, 1, 2, 3].map((part) => sampleOf(size, keys.filter((_, i) => parts[i] === part)));
      assert.deepEqual(parted.reduce(mergeItemSamples), sampleOf(size, keys));
      assert.deepEqual(parted.reduceRight(mergeItemSamples), sampleOf(size, keys));
    }),
  );
});

test("mergeItemSamples() refuses samples of different sizes", () => {
  assert.throws(() => mergeItemSamples(sampleOf(2, [1]), sampleOf(3, [2])), { name: "RangeError", message: /sizes 2 and 3/ });
});
