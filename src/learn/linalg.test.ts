import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cholesky, eigenSymmetric, invertLower, solveCholesky, squaredLength } from "./linalg.ts";
import { normalFrom, randomFrom } from "./random.ts";

/** A random symmetric positive definite matrix: G Gᵀ + n I. */
function positive(n: number, seed: number): Float64Array {
  const random = randomFrom(seed);
  const g = Float64Array.from({ length: n * n }, () => normalFrom(random));
  const a = product(g, transpose(g, n), n);
  for (let i = 0; i < n; i++) a[i * n + i] += n;
  return a;
}
function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const c = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) for (let k = 0; k < n; k++) c[i * n + j] += a[i * n + k] * b[k * n + j];
  return c;
}
const transpose = (a: Float64Array, n: number) => a.map((_, at) => a[(at % n) * n + Math.floor(at / n)]);
const largest = (a: Float64Array) => a.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
const sizes = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer());

test("cholesky() gives a lower factor whose product with its transpose is the matrix", () => {
  fc.assert(
    fc.property(sizes, ([n, seed]) => {
      const a = positive(n, seed);
      const l = cholesky(a, n);
      assert.ok(l !== null);
      assert.ok(largest(product(l, transpose(l, n), n).map((x, i) => x - a[i])) < 1e-10 * largest(a));
      for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) assert.equal(l[i * n + j], 0);
    }),
  );
});

test("cholesky() is null for a matrix that is not positive definite", () => {
  assert.equal(cholesky(Float64Array.of(1, 2, 2, 1), 2), null);
  assert.equal(cholesky(Float64Array.of(0), 1), null);
  assert.equal(cholesky(Float64Array.of(NaN), 1), null);
});

test("invertLower() gives the inverse, and solveCholesky() the solution, leaving inputs as they were", () => {
  fc.assert(
    fc.property(sizes, ([n, seed]) => {
      const a = positive(n, seed);
      const l = cholesky(a, n) as Float64Array;
      const identity = product(l, invertLower(l, n), n);
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) assert.ok(Math.abs(identity[i * n + j] - (i === j ? 1 : 0)) < 1e-10);
      const b = Float64Array.from({ length: n }, (_, i) => i - 1);
      const copy = b.slice();
      const x = solveCholesky(l, n, b);
      assert.deepEqual(b, copy);
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += a[i * n + k] * x[k];
        assert.ok(Math.abs(sum - b[i]) < 1e-9 * n);
      }
    }),
  );
});

test("eigenSymmetric() diagonalises: A v = λ v, values falling, vectors orthonormal", () => {
  fc.assert(
    fc.property(sizes, ([n, seed]) => {
      const a = positive(n, seed);
      const copy = a.slice();
      const { values, vectors } = eigenSymmetric(a, n);
      assert.deepEqual(a, copy);
      const gram = product(transpose(vectors, n), vectors, n);
      for (let j = 0; j < n; j++) {
        if (j > 0) assert.ok(values[j - 1] >= values[j]);
        for (let i = 0; i < n; i++) {
          let av = 0;
          for (let k = 0; k < n; k++) av += a[i * n + k] * vectors[k * n + j];
          assert.ok(Math.abs(av - values[j] * vectors[i * n + j]) < 1e-9 * values[0]);
          assert.ok(Math.abs(gram[i * n + j] - (i === j ? 1 : 0)) < 1e-10);
        }
      }
    }),
  );
});

test("squaredLength() is the squared length of L x, for any number of rows", () => {
  for (const n of [1, 3, 4, 7, 8, 13]) {
    const l = Float64Array.from({ length: n * n }, (_, at) => (at % n <= Math.floor(at / n) ? Math.sin(at + 1) : 0));
    const x = Float64Array.from({ length: n }, (_, j) => Math.cos(3 * j));
    let naive = 0;
    for (let i = 0; i < n; i++) naive += x.reduce((sum, value, j) => sum + l[i * n + j] * value, 0) ** 2;
    assert.ok(Math.abs(squaredLength(l, n, x) - naive) <= 1e-12 * naive, `${n} rows`);
  }
});
