import assert from "node:assert/strict";
import { test } from "node:test";
import { targetLearners } from "../learn/learners/targets.ts";
import { candidatesFor } from "./study-candidates.ts";
import { largestShare } from "./study-answers.ts";
import type { TableSet } from "./study-request.ts";

const map = { name: "row", map: { name: "series", version: 1, columns: [{ name: "x", centre: 0, spread: 1, still: false }], lags: [], memories: [], windows: [], own: 0, age: false } } as const;
const classes = (count: number) => ({ kind: "class", classes: Array.from({ length: count }, (_, one) => `class ${one}`), rejection: null }) as const;
const pairs = { ...map, name: "row and pairs", map: { ...map.map, pairs: [{ of: "product", first: 0, second: 0 }] } } as const;
const names = (count: number, share: number, rows = 1000): string[] => candidatesFor("classify", [map, pairs], targetLearners, classes(count), { rows, largestShare: share }).map(({ learner }) => learner.name);

test("where half of the rows or more are of one class, trees with detectors' scores enter beside the others", () => {
  for (const [count, share, extra] of [[2, 0.49, null], [2, 0.5, "scored-boosted-trees"], [5, 0.9, "scored-extra-trees"]] as const) {
    const entering = names(count, share, 10_000);
    assert.deepEqual(entering.filter((name) => name.startsWith("scored-")), extra === null ? [] : [extra]);
  }
  const number = { kind: "number", centre: 0, spread: 1, least: 0, most: 1, interval: null } as const;
  assert.ok(candidatesFor("estimate", [map], targetLearners, number, { rows: 1000, largestShare: 1 }).every(({ learner }) => !learner.name.startsWith("scored-")));
});

test("boosting enters with many classes where the rows are few: it grows a tree for each", () => {
  assert.ok(names(7, 0, 2000).includes("boosted-trees"));
  assert.ok(!names(22, 0, 10_000).includes("boosted-trees"));
  assert.ok(names(3, 0, 1_000_000).includes("boosted-trees"));
});

test("largestShare() counts the rows that teach, and is 0 for numbers", () => {
  const set = { target: { values: Float64Array.of(0, 0, 1, 1, 1) } } as unknown as TableSet;
  assert.equal(largestShare(set, classes(2), Uint8Array.of(1, 1, 1, 0, 0)), 2 / 3);
  assert.equal(largestShare(set, { kind: "number", centre: 0, spread: 1, least: 0, most: 1, interval: null }, new Uint8Array(5).fill(1)), 0);
});
