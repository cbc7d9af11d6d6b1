import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fitLevels, levelsOf } from "./levels.ts";

const level = fc.double({ min: -4, max: 4, noNaN: true });

test("levelsOf() is the largest level over its own usual distance, whichever it is", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(level, fc.double({ min: 0, max: 9, noNaN: true })), { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 50 }), (levels, blocks) => {
      const within = Float64Array.from([...levels.map(([, sum]) => sum), 1e9, 1e9]); // what lies past the levels plays no part
      const item = Float32Array.from([...levels.map(([value]) => value), 1e9, 1e9]);
      const expected = Math.max(...levels.map(([, sum], j) => Math.abs(item[j]) / Math.sqrt((sum + 2 * 0.25) / (blocks + 2) + 0.01)));
      const seen = levelsOf(fitLevels(within, blocks, levels.length), item);
      assert.ok(Math.abs(seen - expected) <= 1e-12 * Math.max(1, expected), `${seen}, expected ${expected}`);
    }),
  );
});

test("levelsOf() is unknown when any level is, wherever it stands", () => {
  const head = fitLevels(Float64Array.of(1, 1, 1), 3, 3);
  for (let j = 0; j < 3; j++) assert.ok(Number.isNaN(levelsOf(head, Float32Array.from([1, 2, 3], (value, i) => (i === j ? NaN : value)))));
  assert.equal(levelsOf(head, new Float32Array(3)), 0);
});

test("fitLevels() needs a normal block", () => {
  for (const blocks of [0, NaN]) assert.throws(() => fitLevels(new Float64Array(2), blocks, 2), { name: "RangeError", message: /no normal item/ });
});
