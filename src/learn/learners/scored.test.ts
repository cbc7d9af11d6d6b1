import assert from "node:assert/strict";
import { test } from "node:test";
import { naiveGram } from "../../../test/naive-gram.ts";
import { featuresOf, taughtOf, type MadeItems } from "../../../test/target-items.ts";
import { paramsOf, type Head } from "../learner.ts";
import { normalFrom, randomFrom } from "../random.ts";
import { boostedTrees } from "./boosted-trees.ts";
import { scored } from "./scored.ts";

const features = 10;

/** One item in twenty is a fault: as far out as hardly any other, each into a direction of its own. */
function items(count: number, seed: number): MadeItems {
  const random = randomFrom(seed);
  const targets: string[] = [];
  const rows = Array.from({ length: count }, (_, row) => {
    const isFault = row % 20 === 0;
    targets.push(isFault ? "fault" : "good");
    const item = Array.from({ length: features }, () => normalFrom(random));
    const stretch = isFault ? 6 / Math.hypot(...item) : 1;
    return item.map((value) => Math.fround(value * stretch));
  });
  return { rows, targets, group: rows.map((_, row) => Math.floor((row * 5) / count)) };
}

/** The share of faults that a head finds when it names as many items as there are faults. */
function foundBy(head: Head, { rows, targets }: MadeItems): number {
  const chances = head.predict(featuresOf(rows));
  const faults = targets.filter((target) => target === "fault").length;
  const named = Array.from(rows.keys()).toSorted((a, b) => chances[2 * b] - chances[2 * a]).slice(0, faults);
  return named.filter((row) => targets[row] === "fault").length / faults;
}

test("scored() finds few faults that share nothing but being unusual, which its inner learner by itself does not", async () => {
  const taught = await taughtOf(items(800, 1));
  const fresh = items(2000, 2);
  const found = async (learner: typeof boostedTrees) => foundBy(await learner.learn(taught, paramsOf(boostedTrees, {}), 1, { gram: naiveGram, pool: null }), fresh);
  const [alone, with_] = [await found(boostedTrees), await found(scored(boostedTrees))];
  assert.ok(with_ > 0.9 && alone < 0.75, `${with_} with scores, ${alone} without`);
});

test("scored() answers classes only", async () => {
  const { rows, group } = items(60, 3);
  const numbers = (await taughtOf({ rows, group, targets: rows.map(([first]) => first) })).total;
  assert.deepEqual(scored(boostedTrees).kinds, ["classify"]);
  assert.equal(scored(boostedTrees).canLearn(numbers), "its target is a number");
});
