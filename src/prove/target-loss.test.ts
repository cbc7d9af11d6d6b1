import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Cost } from "../schema/cost.ts";
import { classLoss, numberLoss, surenessOf } from "./target-loss.ts";

const cost = Cost.parse({});

test("numberLoss() is the mean error in worst errors, cut at one, over rows that both know", () => {
  assert.deepEqual(numberLoss({ said: [1, 4, NaN, 9, 5], truth: [1, 2, 3, NaN, 100] }, 4), { loss: (0 + 0.5 + 1) / 3, rows: 3 });
  assert.equal(numberLoss({ said: [NaN, 2], truth: [1, NaN] }, 4), null);
});

test("classLoss() charges a wrong class in full and none of these by its cost", () => {
  assert.deepEqual(classLoss({ said: [0, 1, -1, NaN, 2], truth: [0, 0, 0, 0, NaN] }, cost), { loss: (0 + 1 + 0.5) / 3, rows: 3, classes: [{ code: 0, rows: 3, right: 1 }] });
  assert.deepEqual(classLoss({ said: [-1], truth: [0] }, { ...cost, noneOfThese: 0 })?.loss, 0);
  assert.deepEqual(classLoss({ said: [1, -1], truth: [0, 0] }, { ...cost, wrongClass: 1, noneOfThese: 4 })?.loss, (0.25 + 1) / 2);
});

test("surenessOf() holds what answers claim against what came of them, of those that claim something", () => {
  const classes = { said: [0, 1, -1, 2, NaN], truth: [0, 0, 0, 2, 1] };
  assert.deepEqual(surenessOf(classes, { chance: [0.9, 0.5, 0.4, 0.75, NaN], bounds: null }), { answers: 3, claimed: 2.15, right: 2 });
  const numbers = { said: [1, 2, 3, 4], truth: [1.5, 9, 3, NaN] };
  assert.deepEqual(surenessOf(numbers, { chance: [0.5, 0.5, 0.5, 0.5], bounds: { low: [1, 1, NaN, 3], high: [2, 3, NaN, 5] } }), { answers: 2, claimed: 1, right: 1 });
  assert.equal(surenessOf({ said: [-1], truth: [0] }, { chance: [NaN], bounds: null }), null);
});

test("a loss is 0 to 1, and 0 only where every answer is right", () => {
  const code = fc.integer({ min: -1, max: 3 });
  fc.assert(
    fc.property(fc.array(fc.tuple(code, fc.integer({ min: 0, max: 3 })), { minLength: 1 }), (pairs) => {
      const judged = { said: pairs.map(([said]) => said), truth: pairs.map(([, truth]) => truth) };
      for (const found of [classLoss(judged, cost), numberLoss(judged, 2)]) {
        assert.ok(found !== null && found.loss >= 0 && found.loss <= 1);
        assert.equal(found.loss === 0, pairs.every(([said, truth]) => said === truth));
      }
    }),
  );
});
