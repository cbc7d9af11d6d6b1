import assert from "node:assert/strict";
import { test } from "node:test";
import { aucPr } from "./auc-pr.ts";

test("aucPr() gives scikit-learn's example", () => {
  // sklearn.metrics.average_precision_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) is 0.8333...
  assert.equal(aucPr(Float64Array.of(0.1, 0.4, 0.35, 0.8), Uint8Array.of(0, 0, 1, 1)), (1 + 2 / 3) / 2);
});

test("aucPr() is 1 for a perfect score and the share of fault rows for a constant one", () => {
  const truth = Uint8Array.of(0, 1, 1, 0, 0);
  assert.equal(aucPr(Float64Array.from(truth), truth), 1);
  assert.equal(aucPr(new Float64Array(5), truth), 2 / 5);
});

test("aucPr() counts rows of equal score together, whatever their order", () => {
  const scores = Float64Array.of(2, 2, 1, -Infinity);
  assert.equal(aucPr(scores, Uint8Array.of(1, 0, 1, 0)), aucPr(scores, Uint8Array.of(0, 1, 1, 0)));
});

test("aucPr() is NaN without a fault row and refuses NaN scores", () => {
  assert.ok(Number.isNaN(aucPr(new Float64Array(3), new Uint8Array(3))));
  assert.throws(() => aucPr(Float64Array.of(NaN), Uint8Array.of(1)), RangeError);
  assert.throws(() => aucPr(new Float64Array(2), new Uint8Array(3)), RangeError);
});
