import assert from "node:assert/strict";
import { test } from "node:test";
import { alarmShare, cornerItems, cornerLearnt, normalCorners, otherCorners, thirtyBlocks, type Place } from "../../../test/corner-blocks.ts";
import { normalFrom } from "../random.ts";
import type { Sum } from "../sum.ts";

/** About a point by itself. */
const around = (x: number): Place => (random) => [x + 0.2 * normalFrom(random), 0.2 * normalFrom(random)];
/** All over the square, its corners included: nothing there is far from normal. */
const everywhere: Place = (random) => [2.4 * random() - 1.2, 2.4 * random() - 1.2];

test("where normal has two forms, a memory of them judges too, finds what lies between, and hardly more normal items alarm", async () => {
  const [answer, few] = [cornerLearnt(await thirtyBlocks(normalCorners, otherCorners, 15)), cornerLearnt(await thirtyBlocks(normalCorners, otherCorners, 9))];
  assert.deepEqual([answer.beside.map(({ name }) => name).includes("neighbours"), few.beside, few.head.trees], [true, [], null]);
  const [faults, calm] = [cornerItems(400, 5001, otherCorners), cornerItems(400, 5002, normalCorners)];
  assert.ok(alarmShare(answer, faults) > 0.95 && alarmShare(few, faults) < 0.7, `${alarmShare(answer, faults)} with it, ${alarmShare(few, faults)} without`);
  assert.ok(alarmShare(answer, calm) < 0.1, `${alarmShare(answer, calm)} of the calm`);
});

test("where no distance and no plane parts faults from normal, trees that see both take the plane's place", async () => {
  const answer = cornerLearnt(await thirtyBlocks(everywhere, otherCorners, 15));
  assert.deepEqual([answer.head.trees !== null, answer.provisional], [true, false]);
  const plane = { ...answer, head: { ...answer.head, trees: null }, thresholds: { ...answer.thresholds, answers: 0.6 } };
  const faults = cornerItems(400, 5003, otherCorners);
  assert.ok(alarmShare(answer, faults) > 0.8 && alarmShare(plane, faults) < 0.6, `${alarmShare(answer, faults)} by trees, ${alarmShare(plane, faults)} by the plane`);
});

test("a plane that is as good keeps its place, and no detector comes beside it", async () => {
  const answer = cornerLearnt(await thirtyBlocks(around(0), around(1), 15));
  assert.deepEqual([answer.head.trees, answer.beside], [null, []]);
  assert.ok(alarmShare(answer, cornerItems(400, 5004, around(1))) > 0.9);
});

test("a model without a block is the one that never saw it, to the byte, also with sums kept from before", async () => {
  for (const normal of [normalCorners, everywhere]) {
    const library = await thirtyBlocks(normal, otherCorners, 16);
    const kept = new Map<string, Sum>();
    const before = cornerLearnt(library, kept);
    assert.ok(before.beside.length > 0 || before.head.trees !== null);
    const leaves = library.leaves.filter(({ block }) => block !== "B004");
    const never = cornerLearnt({ leaves, sums: new Map([...library.sums].filter(([name]) => name !== "sum-B004")) });
    assert.deepEqual(cornerLearnt({ ...library, leaves }, kept), never);
    assert.notDeepEqual(before, never);
  }
});
