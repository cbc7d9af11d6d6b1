import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { softmax } from "./heads/linear.ts";
import { normalFrom, randomFrom } from "./random.ts";
import { meanLogLoss, sharpnessOf, type JudgedSums } from "./sharpness.ts";

/** Items whose classes are drawn by the probabilities that a softmax of `sharpness` times their sums gives. */
function drawn(seed: number, items: number, classes: number, sharpness: number): JudgedSums {
  const random = randomFrom(seed);
  const sums = Float64Array.from({ length: items * classes }, () => normalFrom(random));
  const shares = softmax(sums, classes, sharpness);
  const truth = Int32Array.from({ length: items }, (_, item) => {
    let left = random();
    for (let k = 0; k < classes - 1; k++) if ((left -= shares[item * classes + k]) < 0) return k;
    return classes - 1;
  });
  return { sums, offsets: new Float64Array(classes), truth, weights: new Float64Array(items).fill(1) };
}

test("sharpnessOf() finds again the sharpness by which classes were drawn", () => {
  for (const sharpness of [0.5, 1, 5]) {
    const found = sharpnessOf([drawn(1, 1500, 3, sharpness), drawn(2, 1500, 3, sharpness)]);
    assert.ok(found !== null && Math.abs(found.sharpness / sharpness - 1) < 0.2, `${found?.sharpness}, drawn by ${sharpness}`);
  }
});

test("sharpnessOf() loses no more than any other sharpness, and never makes certainty of finite evidence", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 4 }), fc.double({ min: -6, max: 6, noNaN: true }), (seed, items, classes, power) => {
      const judged = [drawn(seed, items, classes, 3)];
      const found = sharpnessOf(judged);
      assert.ok(found !== null && found.loss <= meanLogLoss(judged, Math.exp(power)) + 1e-6);
    }),
  );
  const clear: JudgedSums = { sums: Float64Array.of(1, 0, 0, 1, 1, 0), offsets: new Float64Array(2), truth: Int32Array.of(0, 1, 0), weights: new Float64Array(3).fill(1) };
  const found = sharpnessOf([clear]);
  assert.ok(found !== null && Math.abs(softmax(Float64Array.of(1, 0), 2, found.sharpness)[0] - 0.8) < 1e-3); // (3 + 1) / (3 + 2)
});

test("sharpnessOf() is unknown when nothing was held out", () => {
  assert.equal(sharpnessOf([]), null);
  assert.equal(sharpnessOf([drawn(1, 0, 3, 1)]), null);
});
