import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Engine } from "../../src/learn/engine.ts";
import { paramsOf, type Head, type Learner, type Taught } from "../../src/learn/learner.ts";
import type { Features } from "../../src/learn/matrix.ts";
import { Graph } from "../../src/learn/onnx/graph.ts";
import type { Pool } from "../../src/learn/pool.ts";
import { randomFrom } from "../../src/learn/random.ts";
import { emptyTargetSum, mergeTargets, type TargetSum } from "../../src/learn/target-sum.ts";
import { naiveGram } from "../naive-gram.ts";
import { featuresOf, madeItems, sumOfItems, taughtOf, type ItemsPlan, type MadeItems } from "../target-items.ts";

const tools = { gram: naiveGram, pool: null };

const learn = (learner: Learner, taught: Taught<TargetSum>, seed = 1, pool: Pool | null = null): Promise<Head> => learner.learn(taught, paramsOf(learner, quick(learner)), seed, { ...tools, pool });

/** Few trees and rounds: what is checked does not depend on how many there are. */
function quick({ params }: Learner): Record<string, number> {
  const fewer = { trees: 20, rounds: 40 };
  return Object.fromEntries(Object.entries(fewer).filter(([name]) => name in params));
}

/** The file of a head alone. */
export function headModel(head: Head, features: number): Uint8Array {
  const graph = new Graph();
  graph.output("y", head.add(graph, graph.input("x", "float", ["items", features])), "double", ["items", head.outputs]);
  return graph.bytes("head", {});
}

async function judged(engine: Engine, model: Uint8Array, { rows, columns, values }: Features): Promise<Float64Array> {
  const session = await engine.open(model);
  const { y } = await session.run({ x: { type: "float", dims: [rows, columns], values } });
  await session.close();
  return y.values as Float64Array;
}

/** Equal to the design's definition; a target's own scale is where a value near 0 is judged. */
function assertParity(seen: Float64Array, expected: Float64Array, scale: number): void {
  assert.equal(seen.length, expected.length);
  for (const [at, value] of expected.entries()) {
    assert.ok(Number.isFinite(value) && Math.abs(seen[at] - value) <= 1e-5 * Math.max(Math.abs(value), scale), `${at}: ${seen[at]}, expected ${value}`);
  }
}

/** What the kinds of a learner ask of it: numbers, two classes, more classes. */
const questions = ({ kinds }: Learner): Record<string, number> => ({ ...(kinds.includes("estimate") ? { numbers: 0 } : {}), ...(kinds.includes("classify") ? { "two classes": 2, "four classes": 4 } : {}) });
const plan = (classes: number, more: Partial<ItemsPlan> = {}): ItemsPlan => ({ seed: 3, rows: 160, features: 5, groups: 5, classes, noise: 0.6, ...more });

/** Checks that every learner of targets passes, whatever it is. `pool` runs its kernels on other threads. */
export function targetLearnerConformance(learner: Learner, engine: Engine, pool: () => Pool): void {
  describe(`learner ${learner.name}`, () => {
    for (const [what, classes] of Object.entries(questions(learner))) {
      describe(what, () => {
        pureChecks(learner, classes, pool);
        blockChecks(learner, classes);
        scoreChecks(learner, classes, engine);
        oddChecks(learner, classes, engine);
      });
    }
    declaredChecks(learner);
  });
}

function declaredChecks(learner: Learner): void {
  test("it is declared: a name, a version, what it answers, and parameters with a default in their range", () => {
    assert.match(learner.name, /^[a-z]+(-[a-z]+)*$/);
    assert.ok(Number.isInteger(learner.version) && learner.version > 0 && learner.kinds.length > 0 && learner.summary.length > 10);
    for (const [name, { default: usual, min, max, help }] of Object.entries(learner.params)) assert.ok(min <= usual && usual <= max && help.endsWith("."), name);
  });

  test("it says why it cannot learn from nothing, and from targets that it does not answer", async () => {
    assert.match(learner.canLearn(emptyTargetSum(3)) ?? "", /\w+ \w+/);
    for (const classes of [0, 3]) {
      const reason = learner.canLearn((await taughtOf(madeItems(plan(classes)))).total);
      const answers = learner.kinds.includes(classes === 0 ? "estimate" : "classify");
      assert.equal(reason === null, answers, String(reason));
    }
  });
}

function pureChecks(learner: Learner, classes: number, pool: () => Pool): void {
  test("equal arguments give equal bytes, on other threads too, and are not changed", async () => {
    const taught = await taughtOf(madeItems(plan(classes, { gaps: 0.1 })));
    const before = structuredClone(taught);
    const one = headModel(await learn(learner, taught), 5);
    assert.deepEqual(taught, before);
    assert.deepEqual(headModel(await learn(learner, structuredClone(taught)), 5), one);
    assert.deepEqual(headModel(await learn(learner, structuredClone(taught), 1, pool()), 5), one, "on other threads");
  });
}

/** As a learner is given them, the blocks having come in another order. */
async function shuffled(items: MadeItems): Promise<Taught<TargetSum>> {
  const { groups } = await taughtOf(items);
  const random = randomFrom(7);
  const order = groups.map((group) => ({ group, at: random() })).toSorted((a, b) => a.at - b.at);
  assert.notDeepEqual(order.map(({ group }) => group), groups);
  return { total: order.map(({ group }) => group).reduce(mergeTargets), groups };
}

function blockChecks(learner: Learner, classes: number): void {
  test("the order in which blocks came does not matter", async () => {
    const items = madeItems(plan(classes));
    const [one, other] = [await learn(learner, await taughtOf(items)), await learn(learner, await shuffled(items))];
    const asked = featuresOf(items.rows);
    assertParity(other.predict(asked), one.predict(asked), classes > 0 ? 1 : 10);
  });

  test("learning from the total without a block is never having seen it, to the byte", async () => {
    const items = madeItems(plan(classes));
    const kept = (row: number) => items.group[row] !== 2;
    const { groups } = await taughtOf(items);
    const without = { total: await sumOfItems(items, kept), groups: groups.filter((_, group) => group !== 2) };
    const few = { rows: items.rows.filter((_, row) => kept(row)), targets: [...items.targets.keys()].filter(kept).map((row) => items.targets[row]) as string[] | number[], group: items.group.filter((group) => group !== 2) };
    assert.deepEqual(headModel(await learn(learner, without), 5), headModel(await learn(learner, await taughtOf(few)), 5));
  });
}

function scoreChecks(learner: Learner, classes: number, engine: Engine): void {
  test("the graph gives what predict() gives, also for unknown, far and infinite features, and it learnt something", async () => {
    const items = madeItems(plan(classes, { gaps: 0.15 }));
    const head = await learn(learner, await taughtOf(items));
    assert.equal(head.outputs, Math.max(1, classes));
    const known = featuresOf(items.rows);
    const odd = featuresOf([[NaN, NaN, NaN, NaN, NaN], [1e4, -1e4, 1e4, 0, -0], [0.5, NaN, -1e-40, 3, 0.25]]);
    const scale = classes > 0 ? 1 : 10;
    for (const asked of [known, odd]) assertParity(await judged(engine, headModel(head, 5), asked), head.predict(asked), scale);
    const predicted = head.predict(known);
    const wrong = items.targets.map((target, row) => {
      if (typeof target === "number") return (predicted[row] - target) ** 2;
      const shares = [...predicted.subarray(row * classes, (row + 1) * classes)];
      assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-6 && shares.every((share) => share >= 0 && share <= 1 + 1e-12), shares.join(" "));
      return Number(target !== `class ${shares.indexOf(Math.max(...shares))}`);
    });
    const chance = classes === 0 ? spreadOf(items.targets.map(Number)) ** 2 : 1 - 1 / classes;
    assert.ok(wrong.reduce((sum, one) => sum + one, 0) / wrong.length < 0.9 * chance, "on what it was taught");
  });

  test("importance, where the head can say, is 0 upwards and sums to 1", async () => {
    const { importance } = await learn(learner, await taughtOf(madeItems(plan(classes))));
    assert.ok(importance !== null && importance.length === 5);
    assert.ok(Math.abs(importance.reduce((sum, share) => sum + share, 0) - 1) < 1e-9 && importance.every((share) => share >= 0));
  });
}

const spreadOf = (values: readonly number[]): number => {
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length);
};

function oddChecks(learner: Learner, classes: number, engine: Engine): void {
  const changed = (items: MadeItems, change: (value: number, row: number, column: number) => number): MadeItems => ({ ...items, rows: items.rows.map((values, row) => values.map((value, column) => change(value, row, column))) });
  const usual = madeItems(plan(classes));
  const odd: Record<string, MadeItems> = {
    "a constant and an unknown feature": changed(usual, (value, _row, column) => (column === 0 ? 7 : column === 1 ? NaN : value)),
    "nothing known of any item": changed(usual, () => NaN),
    "huge and tiny features": changed(usual, (value, _row, column) => Math.fround(value * [1e15, 1e-20, 1, 1e6, 1][column])),
    "one item": madeItems(plan(classes, { rows: 1, groups: 1 })),
    "one block": madeItems(plan(classes, { groups: 1 })),
    "items all alike": changed(usual, (_value, _row, column) => column),
    ...(classes > 0 ? { "one class": { ...usual, targets: usual.rows.map(() => "class 0") } } : { "one value": { ...usual, targets: usual.rows.map(() => 1234.5) } }),
    ...(classes > 2 ? { "a class of one item, in one group": { ...usual, targets: usual.rows.map((_, row) => (row === 80 ? "alone" : String(usual.targets[row]))) } } : {}),
  };
  for (const [name, items] of Object.entries(odd)) {
    test(`${name}: it learns, and its graph agrees`, async () => {
      const taught = await taughtOf(items);
      assert.equal(learner.canLearn(taught.total), null);
      const head = await learn(learner, taught);
      assert.equal(head.outputs, classes === 0 ? 1 : new Set<string | number>(items.targets).size);
      const asked = featuresOf([...items.rows.slice(0, 20), ...usual.rows.slice(0, 20)]);
      const predicted = head.predict(asked);
      assertParity(await judged(engine, headModel(head, 5), asked), predicted, classes > 0 ? 1 : 10);
      if (name === "one value") for (const value of predicted) assert.ok(Math.abs(value - 1234.5) < 1e-3, String(value));
    });
  }
}
