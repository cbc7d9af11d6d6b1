import assert from "node:assert/strict";
import { test } from "node:test";
import { madeItems, sumOfItems, taughtOf } from "../../test/target-items.ts";
import { heldOutOf, itemsIn, knownClasses, someItemsOf } from "./held-out.ts";
import { emptyTargetSum } from "./target-sum.ts";

const items = madeItems({ seed: 1, rows: 90, features: 3, groups: 3, classes: 2, noise: 1 });

test("heldOutOf() gives each group with the sum of the others, once, and none when nothing can be held out", async () => {
  const taught = await taughtOf(items);
  const held = heldOutOf(taught);
  assert.equal(heldOutOf(taught), held);
  assert.deepEqual(held.map(({ group, rest }) => [itemsIn(group), itemsIn(rest)]), [[30, 60], [30, 60], [30, 60]]);
  assert.deepEqual(held[1].rest, await sumOfItems(items, (row) => items.group[row] !== 1));
  assert.deepEqual(heldOutOf({ total: taught.total, groups: [taught.groups[0], emptyTargetSum(3)] }), []);
});

test("someItemsOf() keeps each class's share, by its number, and leaves out what is not named", async () => {
  const sum = await sumOfItems(items, () => true);
  const some = someItemsOf(sum, ["class 0", "class 1"], 60);
  assert.deepEqual([some.features.rows, some.truth.filter((own) => own === 0).length, some.weights[0]], [60, 30, 1.5]);
  const second = someItemsOf(sum, knownClasses({ features: 3, lessons: new Map([["class 1", sum.lessons.get("class 1")!]]) }, ["class 0", "class 1"]), 1000);
  assert.deepEqual([second.features.rows, [...new Set(second.truth)]], [45, [1]]);
  assert.equal(someItemsOf(emptyTargetSum(3), ["a"], 10).features.rows, 0);
});
