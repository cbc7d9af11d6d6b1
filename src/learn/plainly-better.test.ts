import assert from "node:assert/strict";
import { test } from "node:test";
import { couldBeBetter, isPlainlyBetter } from "./plainly-better.ts";

test("gains are plainly better when they are large, and sure, over three groups or more that are known", () => {
  for (const gains of [[0.1, 0.1, 0.1], [0.05, 0.06, 0.07, NaN], [0.3, 0.2, 0.4, 0.1, 0.2]]) assert.equal(isPlainlyBetter(gains), true, gains.join(" "));
  const not = { small: [0.04, 0.04, 0.04], unsure: [0.9, -0.6, 0.2, -0.1], worse: [-0.1, -0.1, -0.1], few: [0.5, 0.5, NaN], none: [] };
  for (const [why, gains] of Object.entries(not)) assert.equal(isPlainlyBetter(gains), false, why);
});

test("few groups have to be surer: what three and five groups say at twice the standard error is not enough, at ten it is", () => {
  // Means of 0.1 whose standard error is 0.05.
  const of = (groups: number) => Array.from({ length: groups }, (_, at) => 0.1 + (at % 2 === 0 ? 1 : -1) * 0.05 * Math.sqrt(groups - 1) * (groups % 2 === 0 ? 1 : at === groups - 1 ? 0 : Math.sqrt(groups / (groups - 1))));
  assert.deepEqual([3, 4, 5, 10, 40].map((groups) => isPlainlyBetter(of(groups))), [false, false, false, true, true]);
});

test("what cannot gain that much over three groups could not be plainly better", () => {
  assert.deepEqual([[0.05, 0.05, 0.05], [0, 0.3, NaN, 0], [0.04, 0.04, 0.04], [1, 1, NaN], []].map(couldBeBetter), [true, true, false, false, false]);
});
