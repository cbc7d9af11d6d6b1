import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { naiveGram } from "../../test/naive-gram.ts";
import { diagonalOf, emptyMoments, fullScatter, mergeMoments, momentsOf, weighMoments } from "./moments.ts";

const columns = 4;
const value = fc.integer({ min: -1000, max: 1000 }).map((n) => n / 8);
const rowsOf = fc.array(fc.array(value, { minLength: columns, maxLength: columns }).map((row) => Float32Array.from(row)), { minLength: 1, maxLength: 9 });

test("momentsOf() is the mean and the scatter by their definition", async () => {
  await fc.assert(
    fc.asyncProperty(rowsOf, async (rows) => {
      const moments = await momentsOf(Object.freeze(rows), columns, naiveGram);
      const mean = Array.from({ length: columns }, (_, j) => rows.reduce((sum, row) => sum + row[j], 0) / rows.length);
      assert.equal(moments.count, rows.length);
      const full = fullScatter(moments);
      for (let i = 0; i < columns; i++) {
        assert.ok(Math.abs(moments.mean[i] - mean[i]) < 1e-9);
        for (let j = 0; j < columns; j++) {
          const scatter = rows.reduce((sum, row) => sum + (row[i] - mean[i]) * (row[j] - mean[j]), 0);
          assert.ok(Math.abs(full[i * columns + j] - scatter) < 1e-6 && full[i * columns + j] === full[j * columns + i]);
        }
      }
    }),
  );
});

test("weighMoments() of a whole weight equals every row as often, and leaves its argument as it was", async () => {
  await fc.assert(
    fc.asyncProperty(rowsOf, fc.integer({ min: 1, max: 4 }), async (rows, weight) => {
      const once = await momentsOf(rows, columns, naiveGram);
      const before = structuredClone(once);
      const [weighed, often] = [weighMoments(once, weight), await momentsOf(rows.flatMap((row) => Array.from({ length: weight }, () => row)), columns, naiveGram)];
      assert.deepEqual(once, before);
      assert.equal(weighed.count, often.count);
      for (const [at, one] of often.scatter.entries()) assert.ok(Math.abs(weighed.scatter[at] - one) < 1e-6);
    }),
  );
});

test("diagonalOf() is the diagonal of fullScatter()", async () => {
  await fc.assert(
    fc.asyncProperty(rowsOf, async (rows) => {
      const moments = await momentsOf(rows, columns, naiveGram);
      const full = fullScatter(moments);
      assert.deepEqual([...diagonalOf(moments)], Array.from({ length: columns }, (_, j) => full[j * columns + j]));
    }),
  );
});

test("mergeMoments() with nothing changes nothing, and refuses other columns", async () => {
  const some = await momentsOf([Float32Array.of(1, 2), Float32Array.of(3, 5)], 2, naiveGram);
  assert.deepEqual(mergeMoments(some, emptyMoments(2)), some);
  assert.deepEqual(mergeMoments(emptyMoments(2), some), some);
  assert.throws(() => mergeMoments(some, emptyMoments(3)), { name: "RangeError", message: /2 and 3 columns/ });
});
