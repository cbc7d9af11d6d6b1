import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Engine } from "../../src/learn/engine.ts";
import { paramsOf, type ConditionLearner, type Learnt, type Taught } from "../../src/learn/learner.ts";
import { featureCount, type WindowMap } from "../../src/learn/maps/window-map.ts";
import type { Matrix } from "../../src/learn/matrix.ts";
import { conditionModel, featureModel, scoreOf } from "../../src/learn/model.ts";
import { randomFrom } from "../../src/learn/random.ts";
import { runStretch } from "../../src/learn/stretch.ts";
import { sumFromBytes, sumToBytes } from "../../src/learn/sum-codec.ts";
import { emptySum, sumOf, type Sum } from "../../src/learn/sum.ts";
import { itemsOf, type TeachingBlock } from "../../src/learn/teach.ts";
import { totalOf, treeOf, type Leaf } from "../../src/learn/total.ts";
import { naiveCondition, warmUpBaseline } from "../naive-condition.ts";
import { naiveGram } from "../naive-gram.ts";
import { toyBlock, toyFaultRows, toyFaults, toyMap, toyPlans, toyWarmUp, type ToyPlan } from "../toy.ts";

/** What the scores of two makers of the same model may differ by, at a threshold of 1. */
export const isParity = (seen: number, expected: number): boolean =>
  Number.isNaN(expected) ? Number.isNaN(seen) : Math.abs(seen - expected) <= 1e-5 * Math.max(Math.abs(expected), 1);

/** Blocks' sums with their places in the tree, in the order in which they came. */
export interface Library {
  readonly leaves: readonly Leaf[];
  readonly sums: ReadonlyMap<string, Sum>;
}

const day = 86_400_000_000;

/** Sums of toy blocks, three blocks a day; ids follow the plans' order. */
export async function libraryOf(engine: Engine, plans: readonly ToyPlan[], map: WindowMap = toyMap, blockOf: (plan: ToyPlan) => TeachingBlock = toyBlock): Promise<Library> {
  const session = await engine.open(featureModel(map));
  const leaves: Leaf[] = [];
  const sums = new Map<string, Sum>();
  for (const [at, plan] of plans.entries()) {
    const block = `B${String(at).padStart(4, "0")}`;
    const items = await itemsOf(session, map, blockOf(plan));
    sums.set(`sum-${block}`, await sumOf(items, featureCount(map).all, block, naiveGram));
    leaves.push({ name: `sum-${block}`, block, start: Math.floor(at / 3) * day });
  }
  await session.close();
  return { leaves, sums };
}

/** A total and its held-out groups, every fifth block in one, as a turn makes them; `kept` are nodes from before. */
export function taughtBy({ leaves, sums }: Library, kept = new Map<string, Sum>(), map: WindowMap = toyMap): Taught {
  const source = { leaf: (name: string) => sums.get(name) ?? assert.fail(name), recall: (name: string) => kept.get(name) ?? null, keep: (name: string, sum: Sum) => void kept.set(name, sum) };
  const total = (of: readonly Leaf[]): Sum => {
    const root = treeOf(of);
    return root === null ? emptySum(featureCount(map).all) : totalOf(root, source);
  };
  const ordered = leaves.toSorted((a, b) => (a.block < b.block ? -1 : 1));
  const groups = Array.from({ length: Math.min(5, ordered.length) }, (_, group) => ordered.filter((_leaf, at) => at % 5 === group));
  return { total: total(leaves), groups: groups.map(total) };
}

/** A learner's answer with its parameters at their defaults, and the model file. */
export function learnt(learner: ConditionLearner<string>, taught: Taught, map: WindowMap = toyMap): Learnt & { readonly bytes: Uint8Array } {
  const answer = learner.learn(taught, featureCount(map), paramsOf(learner, {}));
  return { ...answer, bytes: conditionModel(map, answer.head, answer.thresholds, { "millrace.window": String(map.window) }, answer.beside) };
}

/** Scores and contributions of a block by a model file, rows by rows; the warm-up is the baseline. */
export async function judged(engine: Engine, model: Uint8Array, rows: Matrix, map: WindowMap = toyMap): Promise<{ score: Float32Array; contributions: Float32Array }> {
  const session = await engine.open(model);
  const { score, contributions } = await runStretch(session, { score: 1, contributions: rows.columns }, rows, map.window, warmUpBaseline(rows, toyWarmUp));
  await session.close();
  return { score, contributions };
}

/** The chance that a row of a fault scores above a normal one, by counting pairs. Rows before the warm-up's end and unknown ones are left out. */
export function aucRoc(score: Float32Array, truth: Uint8Array): number {
  const of = (value: number) => Array.from(score.keys()).filter((row) => row >= toyWarmUp && truth[row] === value && !Number.isNaN(score[row])).map((row) => score[row]);
  const [normal, fault] = [of(0), of(1)];
  const wins = fault.reduce((sum, a) => sum + normal.reduce((won, b) => won + (a > b ? 1 : a === b ? 0.5 : 0), 0), 0);
  return wins / (normal.length * fault.length);
}

const copyOf = (sum: Sum): Sum => sumFromBytes(sumToBytes(sum));
const copied = ({ total, groups }: Taught): Taught => ({ total: copyOf(total), groups: groups.map(copyOf) });
const changed = ({ rows, ...block }: TeachingBlock, change: (value: number, row: number, signal: number) => number): TeachingBlock => ({
  ...block,
  rows: { ...rows, values: rows.values.map((value, at) => change(value, Math.floor(at / rows.columns), at % rows.columns)) },
});

const calm = toyPlans(8, 1);
const shifts = toyPlans(7, 101, { fault: "shift" });

/** What every learner must keep to, whatever it does: each is run through the same checks on a toy machine. */
export function learnerConformance(learner: ConditionLearner<string>, engine: Engine): void {
  describe(`learner ${learner.name}`, () => {
    let known: Promise<Library> | undefined;
    const usual = () => (known ??= libraryOf(engine, [...calm, ...shifts]));
    for (const [about, checks] of Object.entries(chapters)) describe(about, () => checks(learner, engine, usual));
  });
}

type Checks = (learner: ConditionLearner<string>, engine: Engine, usual: () => Promise<Library>) => void;

const chapters: Readonly<Record<string, Checks>> = {
  "equal in, equal out": pureChecks,
  "what it learns from": learningChecks,
  "how its model is computed": parityChecks,
  "what its model knows": scoringChecks,
  "what its model does not know": unknownChecks,
  "what its model finds": findingChecks,
};

function pureChecks(learner: ConditionLearner<string>, engine: Engine, usual: () => Promise<Library>): void {
  test("equal arguments give equal model bytes, and the arguments stay as they were", async () => {
    const taught = taughtBy(await usual());
    const before = [taught.total, ...taught.groups].map(sumToBytes);
    const [one, two] = [learnt(learner, taught), learnt(learner, copied(taught))];
    assert.deepEqual(one.bytes, two.bytes);
    assert.deepEqual([taught.total, ...taught.groups].map(sumToBytes), before);
    assert.deepEqual(learnt(learner, taught).bytes, one.bytes, "asked a second time");
  });

  test("another layout or another parameter of the same totals is answered for itself", async () => {
    const taught = taughtBy(await libraryOf(engine, calm));
    const params = paramsOf(learner, {});
    const { levels, plain, all } = featureCount(toyMap);
    const first = learner.learn(taught, { levels, plain, all }, params);
    const fewer = learner.learn(taught, { levels: 3, plain: 9, all }, params);
    assert.deepEqual([first.head.levels.scales.length, first.head.novelty.centre.length], [levels, plain]);
    assert.deepEqual([fewer.head.levels.scales.length, fewer.head.novelty.centre.length], [3, 9]);
    const other = learner.learn(taught, { levels, plain, all }, { ...params, shrinkage: 0.9 });
    assert.notDeepEqual(other.head.novelty.whitening, first.head.novelty.whitening);
  });

  test("the order in which blocks came does not matter, to the byte of the model", async () => {
    const library = await usual();
    const random = randomFrom(11);
    const shuffled = library.leaves.map((leaf) => ({ leaf, at: random() })).sort((a, b) => a.at - b.at);
    const other = { ...library, leaves: shuffled.map(({ leaf }) => leaf) };
    assert.notDeepEqual(other.leaves, library.leaves);
    assert.deepEqual(learnt(learner, taughtBy(other)).bytes, learnt(learner, taughtBy(library)).bytes);
  });

  test("a model without a block is the one that never saw it, to the byte, also with sums kept from before", async () => {
    const library = await usual();
    for (const gone of ["B0000", "B0004", "B0014"]) {
      const kept = new Map<string, Sum>();
      const before = learnt(learner, taughtBy(library, kept)).bytes;
      const leaves = library.leaves.filter(({ block }) => block !== gone);
      const forgotten = learnt(learner, taughtBy({ ...library, leaves }, kept)).bytes;
      const sums = new Map([...library.sums].filter(([name]) => name !== `sum-${gone}`));
      assert.deepEqual(forgotten, learnt(learner, taughtBy({ leaves, sums })).bytes);
      assert.notDeepEqual(forgotten, before, `${gone} taught something`);
    }
  });
}

function learningChecks(learner: ConditionLearner<string>, engine: Engine): void {
  test("it says why it cannot learn from nothing, or from faults alone, and learns from normal or assumed blocks alone", async () => {
    const { all } = featureCount(toyMap);
    assert.equal(typeof learner.canLearn(emptySum(all)), "string");
    const faults = await libraryOf(engine, shifts.slice(0, 2), { ...toyMap, baseline: { centre: [10, 20, 1000], spread: [1, 1, 2], noise: [0.3, 0.3, 2] } }, (plan) => {
      const block = toyBlock(plan);
      return { ...block, warmUpRows: 0, truth: block.truth.map(() => 1) };
    });
    assert.equal(typeof learner.canLearn(taughtBy(faults).total), "string");
    for (const plans of [calm, toyPlans(8, 1, { judged: false })]) {
      const taught = taughtBy(await libraryOf(engine, plans));
      assert.equal(learner.canLearn(taught.total), null);
      const { head, thresholds, provisional } = learnt(learner, taught);
      assert.deepEqual([head.answers, thresholds.answers, provisional], [null, null, false]);
    }
  });

  test("one block, or none to hold out, is enough to score with, provisionally", async () => {
    for (const plans of [calm.slice(0, 1), shifts.slice(0, 1), toyPlans(1, 1, { judged: false })]) {
      const { bytes, provisional } = learnt(learner, taughtBy(await libraryOf(engine, plans)));
      assert.equal(provisional, true);
      const { score } = await judged(engine, bytes, toyBlock({ seed: 900 }).rows);
      assert.ok(score.slice(toyMap.window - 1).every((value) => Number.isFinite(value) && value >= 0));
    }
  });

  test("blocks that teach nothing leave the model as it was", async () => {
    const library = await libraryOf(engine, [...calm, { seed: 50, gaps: 1 }]);
    assert.equal(library.sums.get("sum-B0008")?.lessons.normal.items, 0);
    const without = { ...library, leaves: library.leaves.slice(0, -1) };
    assert.deepEqual(learnt(learner, taughtBy(library)).head, learnt(learner, taughtBy(without)).head);
  });
}

function parityChecks(learner: ConditionLearner<string>, engine: Engine, usual: () => Promise<Library>): void {
  const model = async () => learnt(learner, taughtBy(await usual()));

  test("the file scores as the head does in plain code, and as its definition does", async () => {
    const { head, thresholds, bytes } = await model();
    const features = await engine.open(featureModel(toyMap));
    let compared = 0;
    for (const plan of [...toyPlans(1, 501, { fault: "shift" }), ...toyPlans(1, 502, { fault: "drop" }), ...toyPlans(1, 503, { fault: "shake", gaps: 0.3 })]) {
      const { rows } = toyBlock(plan);
      const baseline = warmUpBaseline(rows, toyWarmUp);
      const { all } = featureCount(toyMap);
      const made = await runStretch(features, { features: all }, rows, toyMap.window, baseline);
      const { score, contributions } = await judged(engine, bytes, rows);
      for (const [at, naive] of naiveCondition(toyMap, head, thresholds, rows, baseline).entries()) {
        const row = at + toyMap.window - 1;
        const plain = scoreOf({ head, thresholds, beside: [] }, made.features.slice(row * all, (row + 1) * all));
        assert.ok(isParity(score[row], naive.score), `row ${row}: ${score[row]}, by definition ${naive.score}`);
        assert.ok(isParity(score[row], Number.isNaN(naive.score) ? NaN : plain), `row ${row}: ${score[row]}, in plain code ${plain}`);
        if (naive.lead < 1e-4) continue;
        for (const [signal, share] of naive.contributions.entries()) {
          const seen = contributions[row * 3 + signal];
          assert.ok(isParity(seen, share), `row ${row} signal ${signal}: ${seen}, by definition ${share}`);
        }
        compared += Number.isNaN(naive.score) ? 0 : 1;
      }
    }
    await features.close();
    assert.ok(compared > 200, `${compared} rows`);
  });

  test("contributions are 0 or more and add up to the score, and are unknown where it is", async () => {
    const { bytes } = await model();
    for (const plan of toyPlans(6, 600, { fault: "shift", gaps: 0.25 })) {
      const { score, contributions } = await judged(engine, bytes, toyBlock(plan).rows);
      for (let row = 0; row < score.length; row++) {
        const parts = contributions.slice(row * 3, row * 3 + 3);
        if (Number.isNaN(score[row])) assert.ok(parts.every(Number.isNaN), `row ${row}: ${parts.join(" ")}`);
        else assert.ok(parts.every((part) => part >= 0) && isParity(parts.reduce((sum, part) => sum + part, 0), score[row]), `row ${row}: ${parts.join(" ")} of ${score[row]}`);
      }
    }
  });
}

function scoringChecks(learner: ConditionLearner<string>, engine: Engine, usual: () => Promise<Library>): void {
  const model = async () => learnt(learner, taughtBy(await usual()));

  test("a score knows nothing of later rows, nor of rows before its window", async () => {
    const { bytes } = await model();
    const block = toyBlock({ seed: 700, fault: "drop" });
    const { score: before } = await judged(engine, bytes, block.rows);
    const { score: after } = await judged(engine, bytes, changed(block, (value, row) => (row >= 100 || (row >= 40 && row < 60) ? value + 50 : value)).rows);
    for (let row = 60 + toyMap.window - 1; row < 100; row++) assert.ok(isParity(after[row], before[row]), `row ${row}`);
    assert.ok(!isParity(after[100], before[100]) && !isParity(after[60], before[60]));
    const cut = { ...block.rows, rows: 100, values: block.rows.values.slice(0, 300) };
    assert.deepEqual((await judged(engine, bytes, cut)).score.slice(9), before.slice(9, 100));
  });

  test("the time and the place in the block are no features: a stretch scores the same wherever it stands in a calm block", async () => {
    const { bytes } = await model();
    const [quiet, fault] = [toyBlock({ seed: 701 }), toyBlock({ seed: 702, fault: "shift" })];
    const stretch = fault.rows.values.slice(70 * 3, 125 * 3);
    const scores = await Promise.all([41, 60, 84].map(async (at) => {
      const values = quiet.rows.values.slice();
      values.set(stretch, at * 3);
      const { score } = await judged(engine, bytes, { ...quiet.rows, values });
      return score.slice(at + toyMap.window - 1, at + 55);
    }));
    for (const shifted of scores.slice(1)) for (const [row, value] of shifted.entries()) assert.ok(isParity(value, scores[0][row]), `row ${row}`);
  });
}

function unknownChecks(learner: ConditionLearner<string>, engine: Engine, usual: () => Promise<Library>): void {
  const model = async () => learnt(learner, taughtBy(await usual()));

  test("a signal that is missing makes the score unknown, never normal: in the window or in the warm-up", async () => {
    const { bytes } = await model();
    const block = toyBlock({ seed: 703 });
    for (let silent = 0; silent < 3; silent++) {
      const inWindow = await judged(engine, bytes, changed(block, (value, row, signal) => (signal === silent && row >= 60 ? NaN : value)).rows);
      assert.ok(inWindow.score.slice(9, 60).every(Number.isFinite));
      assert.ok(inWindow.score.slice(70).every(Number.isNaN));
      const inWarmUp = await judged(engine, bytes, changed(block, (value, row, signal) => (signal === silent && row < 40 ? NaN : value)).rows);
      assert.ok(inWarmUp.score.every(Number.isNaN), `signal ${silent}: ${inWarmUp.score.slice(60, 64).join(" ")}`);
      assert.ok(inWarmUp.contributions.every(Number.isNaN));
    }
  });

  test("constant, huge and gappy signals give a finite score, and learning from them too", async () => {
    const odd = (plan: ToyPlan) => changed(toyBlock(plan), (value, _row, signal) => (signal === 0 ? 7 : signal === 1 ? value * 1e12 : value));
    const own = learnt(learner, taughtBy(await libraryOf(engine, [...calm, ...toyPlans(3, 800, { fault: "shake", gaps: 0.2 })], toyMap, odd)));
    for (const { bytes } of [own, await model()]) {
      for (const { rows } of [odd({ seed: 801 }), toyBlock({ seed: 802, gaps: 0.2 }), changed(toyBlock({ seed: 803 }), (value, row) => (row === 90 ? 1e300 : value))]) {
        const { score } = await judged(engine, bytes, rows);
        assert.ok(score.slice(9).every((value) => Number.isFinite(value) && value >= 0));
      }
    }
  });
}

function findingChecks(learner: ConditionLearner<string>, engine: Engine, usual: () => Promise<Library>): void {
  const inFault = (row: number): boolean => row >= toyFaultRows.from + toyMap.window && row < toyFaultRows.to;

  test("a toy fault ranks above normal, and its signal has the largest share", async () => {
    const { bytes } = learnt(learner, taughtBy(await usual()));
    for (const fault of ["shift", "shake", "drop"] as const) {
      for (const plan of toyPlans(2, 910, { fault })) {
        const block = toyBlock(plan);
        const { score, contributions } = await judged(engine, bytes, block.rows);
        assert.ok(aucRoc(score, block.truth) > 0.9, `${fault}: ${aucRoc(score, block.truth)}`);
        const most = Array.from(score.keys()).filter(inFault).map((row) => {
          const parts = contributions.slice(row * 3, row * 3 + 3);
          return parts.indexOf(Math.max(...parts));
        });
        const right = most.filter((signal) => signal === toyFaults[fault]).length / most.length;
        assert.ok(right > 0.9, `${fault}: ${right} of the rows blame signal ${toyFaults[fault]}`);
      }
    }
  });

  test("a kind of fault that nobody has seen still alarms when answers exist for another, and calm blocks hardly do", async () => {
    const { bytes } = learnt(learner, taughtBy(await usual()));
    const alarming = async (plan: ToyPlan, of: (row: number) => boolean) => {
      const { score } = await judged(engine, bytes, toyBlock(plan).rows);
      const rows = Array.from(score.keys()).filter(of);
      return rows.filter((row) => score[row] >= 1).length / rows.length;
    };
    for (const fault of ["shake", "drop"] as const) assert.ok((await alarming({ seed: 920, fault }, inFault)) > 0.9, fault);
    assert.ok((await alarming({ seed: 921, fault: "shift" }, inFault)) > 0.9);
    assert.ok((await alarming({ seed: 922 }, (row) => row >= toyWarmUp + toyMap.window)) < 0.1);
  });
}
