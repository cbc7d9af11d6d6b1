import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { coresetOf } from "./coreset.ts";
import { normalFrom, randomFrom } from "./random.ts";

const pointsOf = (seed: number, count: number, columns: number): Float64Array => {
  const random = randomFrom(seed);
  return Float64Array.from({ length: count * columns }, () => normalFrom(random));
};
const squareOf = (points: Float64Array, columns: number, a: number, b: number): number =>
  Array.from({ length: columns }, (_, j) => (points[a * columns + j] - points[b * columns + j]) ** 2).reduce((sum, value) => sum + value, 0);

test("coresetOf() takes at each step the point that is farthest from those chosen, by all distances anew", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 2, max: 40 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 12 }), (seed, count, columns, size) => {
      const points = pointsOf(seed, count, columns);
      const before = points.slice();
      const chosen = coresetOf(points, columns, size, 1);
      assert.deepEqual(points, before);
      assert.equal(chosen.length, Math.min(size, count));
      if (count <= size) return;
      for (let at = 1; at < size; at++) {
        const known = [...chosen.subarray(0, at)];
        const reach: number[] = Array.from({ length: count }, (_, i) => Math.min(...known.map((one) => squareOf(points, columns, one, i))));
        assert.equal(reach[chosen[at]], Math.max(...reach));
      }
    }),
  );
});

test("coresetOf() leaves no point as far away as chance does, also through its projection, and repeats by seed", () => {
  const [count, columns, size] = [400, 60, 30];
  const points = pointsOf(3, count, columns);
  const chosen = coresetOf(points, columns, size, 7);
  assert.deepEqual(coresetOf(points, columns, size, 7), chosen);
  assert.equal(new Set(chosen).size, size);
  const reach = (of: readonly number[]): number => Math.max(...Array.from({ length: count }, (_, i) => Math.min(...of.map((one) => squareOf(points, columns, one, i)))));
  const grouped = Float64Array.from(points, (value, at) => value + (Math.floor(at / columns) % 25 === 0 ? 30 : 0)); // 16 points far off
  const seen = new Set([...coresetOf(grouped, columns, size, 7)].map((i) => i % 25 === 0));
  assert.ok(seen.has(true) && seen.has(false));
  assert.ok(reach([...chosen]) < 1.15 * reach(Array.from({ length: size }, (_, i) => i)));
});

test("coresetOf() needs no more than one of equal points", () => {
  assert.deepEqual([...coresetOf(new Float64Array(40), 2, 5, 1)], [0]);
  assert.deepEqual([...coresetOf(new Float64Array(0), 2, 5, 1)], []);
});
