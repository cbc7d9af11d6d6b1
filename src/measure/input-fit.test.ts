import assert from "node:assert/strict";
import { test } from "node:test";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { misfit, summaryOf } from "./input-fit.ts";

const random = randomFrom(41);
const regime = (middle: number, count = 20) => Array.from({ length: count }, () => ({ levels: [middle + normalFrom(random), 3 * normalFrom(random)], spreads: [0, 0] }));

test("summaryOf() is mean and spread by signal of the blocks that know it", () => {
  const { levels, spreads } = summaryOf([{ levels: [1, NaN], spreads: [] }, { levels: [3, 5], spreads: [] }, { levels: [5, 7], spreads: [] }]);
  assert.deepEqual([levels, spreads], [[3, 6], [2, Math.SQRT2]]);
});

test("blocks fit the summary of their own regime better than another's, and than one of both", () => {
  const [a, b] = [summaryOf(regime(0)), summaryOf(regime(10))];
  const both = summaryOf([...regime(0), ...regime(10)]);
  const back = regime(0, 5);
  assert.ok(misfit(back, a) < misfit(back, both) && misfit(back, both) < misfit(back, b));
});

test("misfit() is cut where a sensor is broken, passes over what is unknown, and is NaN where nothing is known", () => {
  const a = summaryOf(regime(0));
  const [usual] = regime(0, 1);
  assert.ok(misfit([{ ...usual, levels: [1e9, usual.levels[1]] }], a) < 20);
  assert.ok(Number.isFinite(misfit([{ ...usual, levels: [NaN, 1] }], a)));
  assert.ok(Number.isNaN(misfit([{ ...usual, levels: [NaN, NaN] }], a)));
});
