import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { naiveGram } from "../../test/naive-gram.ts";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { engineGram } from "./gram.ts";
import { onnxEngine } from "./onnx.ts";

test("engineGram() agrees with three loops to the digits of a double, is symmetric, and changes nothing", async () => {
  const gram = await engineGram(onnxEngine);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 12 }), fc.constantFrom(1e-6, 1, 1e6), fc.integer(), async (rows, columns, size, seed) => {
      const random = randomFrom(seed);
      const x = Float64Array.from({ length: rows * columns }, () => size * normalFrom(random));
      const before = x.slice();
      const [seen, expected] = [await gram(x, rows, columns), await naiveGram(x, rows, columns)];
      assert.deepEqual(x, before);
      assert.equal(seen.length, columns * columns);
      for (const [at, value] of expected.entries()) assert.ok(Math.abs(seen[at] - value) <= 1e-12 * size * size * rows, `${seen[at]}, expected ${value}`);
      for (let i = 0; i < columns; i++) for (let j = 0; j < i; j++) assert.ok(Math.abs(seen[i * columns + j] - seen[j * columns + i]) <= 1e-12 * size * size * rows);
    }),
    { numRuns: 50 },
  );
});

test("engineGram() repeats to the bit", async () => {
  const random = randomFrom(1);
  const x = Float64Array.from({ length: 300 * 60 }, () => normalFrom(random));
  const [one, other] = [await engineGram(onnxEngine), await engineGram(onnxEngine)];
  assert.deepEqual(await one(x, 300, 60), await other(x, 300, 60));
});
