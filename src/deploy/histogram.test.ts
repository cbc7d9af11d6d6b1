import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Histogram } from "./histogram.ts";

test("Histogram tells quantiles to within the width of a class", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 1e-4, max: 90, noNaN: true }), { minLength: 1, maxLength: 200 }), fc.double({ min: 0.01, max: 1, noNaN: true }), (values, share) => {
      const histogram = new Histogram();
      for (const value of values) histogram.add(value);
      const exact = values.toSorted((a, b) => a - b)[Math.ceil(share * values.length - 1e-9) - 1];
      const told = histogram.quantile(share);
      assert.ok(told >= exact * 0.999 && told <= exact * 1.1, `${told} for ${exact}`);
      assert.equal(histogram.count, values.length);
    }),
  );
});

test("Histogram counts what lies beyond its classes, and nothing is NaN", () => {
  const histogram = new Histogram();
  assert.ok(Number.isNaN(histogram.quantile(0.5)));
  histogram.add(-1);
  histogram.add(1e9, 3);
  assert.deepEqual([histogram.quantile(0.25), histogram.quantile(1), histogram.count], [50e-6, Infinity, 4]);
  assert.deepEqual(histogram.buckets([0.01, 1]), [1, 1]);
});
