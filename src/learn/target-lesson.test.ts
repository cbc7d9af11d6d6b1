import assert from "node:assert/strict";
import { test } from "node:test";
import { madeItems, sumOfItems, taughtOf, type ItemsPlan } from "../../test/target-items.ts";
import { naiveGram } from "../../test/naive-gram.ts";
import { constant } from "./learners/constant.ts";
import { lda } from "./learners/lda.ts";
import { ridge } from "./learners/ridge.ts";
import type { SeriesMap } from "./maps/series-map.ts";
import { inspectModel } from "./onnx/inspect.ts";
import { learnTarget } from "./target-lesson.ts";
import { targetSumFromBytes, targetSumToBytes } from "./target-sum-codec.ts";
import type { Learner } from "./learner.ts";
import { emptyTargetSum, mergeTargets } from "./target-sum.ts";

const map: SeriesMap = { name: "series", version: 1, columns: ["a", "b", "c", "d"].map((name) => ({ name, centre: 0, spread: 1, still: false })), lags: [], memories: [], windows: [], own: 0, age: false };
const tools = { gram: naiveGram, pool: null };
const plan = (classes: number, more: Partial<ItemsPlan> = {}): ItemsPlan => ({ seed: 5, rows: 240, features: 4, groups: 5, classes, noise: 0.5, ...more });

test("learnTarget() gives equal bytes for equal sums, with an interval or a rejection where blocks calibrate it", async () => {
  for (const [kind, learner, classes] of [["estimate", ridge, 0], ["remaining-life", ridge, 0], ["classify", lda, 3]] as const) {
    const taught = await taughtOf(madeItems(plan(classes)));
    const blocks = (group: number) => [taught.groups[group]];
    const learn = async (calibrates: boolean) => await learnTarget({ kind, map, learner, params: {} }, taught, calibrates ? blocks : null, { "millrace.kind": kind }, tools);
    const [one, again, plain] = [await learn(true), await learn(true), await learn(false)];
    assert.ok(typeof one !== "string" && typeof again !== "string" && typeof plain !== "string");
    assert.deepEqual(again.bytes, one.bytes);
    const outputs = inspectModel(one.bytes).outputs;
    assert.deepEqual(outputs, classes === 0 ? ["value", "low", "high"] : ["probabilities", "class", "believed"]);
    assert.deepEqual(inspectModel(plain.bytes).outputs, outputs.slice(0, classes === 0 ? 1 : 2));
    assert.equal(one.provisional, true, "five blocks bear no 90 % out");
    assert.deepEqual(one.classes, classes === 0 ? [] : ["class 0", "class 1", "class 2"]);
  }
});

test("what teaches beside the real items moves no interval, no rejection and no range", async () => {
  for (const [kind, learner, classes] of [["estimate", ridge, 0], ["remaining-life", ridge, 0], ["classify", lda, 3]] as const) {
    const real = await taughtOf(madeItems(plan(classes)));
    const wild = madeItems(plan(classes, { seed: 9, rows: 60, noise: 3 }));
    const targets: string[] | number[] = classes === 0 ? wild.targets.map((target) => 1e4 * Number(target)) : (wild.targets as string[]).toReversed();
    const beside = { ...real, total: mergeTargets(real.total, await sumOfItems({ ...wild, targets }, () => true)), real: real.total };
    // With a head that heeds the real total alone, whatever else differs is calibration.
    const deaf: Learner = { ...learner, learn: async (from, params, seed, given) => await learner.learn(from.total === beside.total ? real : from, params as never, seed, given) };
    const bytes = async (taught: typeof real, by: Learner) => {
      const learnt = await learnTarget({ kind, map, learner: by, params: {} }, taught, (group) => [taught.groups[group]], {}, tools);
      return typeof learnt === "string" ? assert.fail(learnt) : learnt.bytes;
    };
    assert.deepEqual(await bytes(beside, deaf), await bytes(real, learner));
    assert.notDeepEqual(await bytes(beside, learner), await bytes(real, learner));
  }
});

test("learnTarget() says in words why it cannot learn", async () => {
  const none = { total: emptyTargetSum(4), groups: [] };
  const one = await taughtOf({ ...madeItems(plan(2)), targets: Array.from({ length: 240 }, () => "always") });
  const why = async (kind: "classify" | "estimate", from: typeof none | typeof one) => JSON.stringify(await learnTarget({ kind, map, learner: kind === "classify" ? lda : ridge, params: {} }, from, null, {}, tools));
  assert.match(await why("classify", none), /no item with a class/);
  assert.match(await why("classify", one), /only one class has been seen/);
  assert.match(await why("estimate", none), /no item/);
});

test("a class that one held-out group alone has seen is judged as not likely by the others", async () => {
  const items = madeItems(plan(2));
  const targets = items.targets.map((target, row) => (items.group[row] === 4 && row % 2 === 0 ? "rare" : target)) as string[];
  const taught = await taughtOf({ ...items, targets });
  const learnt = await learnTarget({ kind: "classify", map, learner: lda, params: {} }, taught, (group) => [taught.groups[group]], {}, tools);
  assert.ok(typeof learnt !== "string" && learnt.classes.includes("rare"));
});

test("the learner without inputs says the mean, or how often each class was seen, of anything", async () => {
  const numbers = await taughtOf(madeItems(plan(0)));
  const head = await constant.learn(numbers, {}, 1, tools);
  const mean = madeItems(plan(0)).targets.reduce((sum: number, one) => sum + Number(one), 0) / 240;
  const [said] = head.predict({ rows: 1, columns: 4, values: Float32Array.of(NaN, 1e4, 0, -3) });
  assert.ok(Math.abs(said - mean) < 1e-6 * Math.abs(mean));
  const shares = (await constant.learn(await taughtOf(madeItems(plan(4))), {}, 1, tools)).predict({ rows: 2, columns: 4, values: new Float32Array(8) });
  assert.deepEqual([...shares], [0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25]);
});

test("sums of targets are the same after a round trip through bytes, and odd bytes are refused", async () => {
  for (const classes of [0, 3]) {
    const sum = await sumOfItems(madeItems(plan(classes, { gaps: 0.2 })), () => true);
    const bytes = targetSumToBytes(sum);
    assert.deepEqual(targetSumFromBytes(bytes), sum);
    assert.deepEqual(targetSumToBytes(targetSumFromBytes(bytes)), bytes);
    assert.throws(() => targetSumFromBytes(bytes.slice(0, -4)), /end too soon/);
    assert.throws(() => targetSumFromBytes(new Uint8Array([...bytes, 0, 0, 0, 0])), /too many/);
  }
  assert.throws(() => targetSumFromBytes(new Uint8Array(64)), /something else/);
});
