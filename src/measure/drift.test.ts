import assert from "node:assert/strict";
import { test } from "node:test";
import { lossDrift } from "./drift.ts";

test("lossDrift() is null while there are fewer than ten blocks", () => {
  assert.equal(lossDrift(Array.from({ length: 9 }, () => 0.5)), null);
});

test("lossDrift() counts standard errors between the last five blocks and those before", () => {
  // Means 0.2 and 0.4; variances of both 0.01 × 10 / 4 = 0.025; error = sqrt(0.025 / 5 × 2) = 0.1.
  const spread = [-0.2, -0.1, 0, 0.1, 0.2];
  const drift = lossDrift([...spread.map((s) => 0.2 + s), ...spread.map((s) => 0.4 + s)]);
  assert.ok(drift !== null && Math.abs(drift - 2) < 1e-12);
});

test("lossDrift() is 0 for losses that never vary, and infinite when such losses rise", () => {
  assert.equal(lossDrift(Array.from({ length: 12 }, () => 0.1)), 0);
  assert.equal(lossDrift([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]), Infinity);
});

test("lossDrift() is below 0 when losses fall", () => {
  assert.ok((lossDrift([0.5, 0.6, 0.5, 0.6, 0.5, 0.1, 0.2, 0.1, 0.2, 0.1]) ?? 0) < -3);
});
