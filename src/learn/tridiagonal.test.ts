import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inverse } from "../../test/naive-linalg.ts";
import { normalFrom, randomFrom } from "./random.ts";
import { solveShifted, towards, tridiagonalOf } from "./tridiagonal.ts";

/** A random n × n matrix of rank `rank`, positive semidefinite. */
function semidefinite(n: number, rank: number, seed: number): Float64Array {
  const random = randomFrom(seed);
  const factor = Float64Array.from({ length: n * rank }, () => normalFrom(random));
  return Float64Array.from({ length: n * n }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += factor[Math.floor(at / n) * rank + k] * factor[(at % n) * rank + k];
    return sum;
  });
}

test("solveShifted() solves as an explicit inverse does, for every shift, of any rank, and changes nothing it was given", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 12 }), fc.constantFrom(1e-3, 0.1, 1, 100), fc.integer(), (n, rank, shift, seed) => {
      const a = semidefinite(n, rank, seed);
      const random = randomFrom(seed + 1);
      const b = Float64Array.from({ length: n }, () => normalFrom(random));
      const [aBefore, bBefore] = [a.slice(), b.slice()];
      const reduced = tridiagonalOf(a, n);
      const turned = towards(reduced, b);
      const seen = solveShifted(reduced, shift, turned);
      assert.deepEqual([solveShifted(reduced, shift, turned), a, b], [seen, aBefore, bBefore]);
      const system = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_unused, j) => a[i * n + j] + (i === j ? shift : 0)));
      const expected = inverse(system).map((row) => row.reduce((sum, value, j) => sum + value * b[j], 0));
      for (const [i, value] of expected.entries()) assert.ok(Math.abs(seen[i] - value) <= 1e-8 * Math.max(1, Math.abs(value)), `${seen[i]}, expected ${value}`);
    }),
  );
});

test("tridiagonalOf() keeps trace and squares, and leaves a diagonal matrix alone", () => {
  const n = 40;
  const a = semidefinite(n, 25, 7);
  const { diagonal, beside } = tridiagonalOf(a, n);
  const squares = (x: Float64Array) => x.reduce((sum, value) => sum + value * value, 0);
  const trace = Array.from({ length: n }, (_, i) => a[i * n + i]).reduce((sum, value) => sum + value);
  assert.ok(Math.abs(diagonal.reduce((sum, value) => sum + value) - trace) < 1e-9 * trace);
  assert.ok(Math.abs(squares(diagonal) + 2 * squares(beside) - squares(a)) < 1e-9 * squares(a));

  const plain = tridiagonalOf(Float64Array.of(3, 0, 0, 0, 0, 0, 0, 0, 5), 3);
  assert.deepEqual([...plain.diagonal, ...plain.beside], [3, 0, 5, 0, 0, 0]);
  assert.deepEqual([...solveShifted(plain, 1, towards(plain, Float64Array.of(4, 2, 12)))], [1, 2, 2]);
});
