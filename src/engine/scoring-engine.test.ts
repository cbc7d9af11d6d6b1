import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { scoringProcesses } from "../../test/scoring-processes.ts";
import { MillraceError } from "../errors.ts";
import type { Tensor } from "../learn/engine.ts";
import { Graph } from "../learn/onnx/graph.ts";
import { scoringEngine, type ScoringEngineOptions } from "./scoring-engine.ts";

function scaled(by: number): Uint8Array {
  const graph = new Graph();
  graph.output("y", graph.add("Mul", [graph.input("x", "double", ["rows"]), graph.double(by)]), "double", ["rows"]);
  return graph.bytes("scaled", {});
}

/** A model whose run takes a minute: products of large matrices, one after the other. */
function endless(): Uint8Array {
  const graph = new Graph();
  const matrix = graph.add("Expand", [graph.input("x", "double", [1]), graph.ints([1500, 1500])]);
  let product = matrix;
  for (let times = 0; times < 120; times++) product = graph.add("MatMul", [product, matrix]);
  graph.output("y", graph.add("ReduceSum", [product], { keepdims: 0 }), "double", []);
  return graph.bytes("endless", {});
}

const doubles = (...values: number[]): Tensor => ({ type: "double", dims: [values.length], values: Float64Array.from(values) });
const x = doubles(1, NaN);
const hasCode = (code: string) => (error: unknown) => error instanceof MillraceError && error.code === code;

function engineFor(t: TestContext, options: ScoringEngineOptions = {}) {
  const engine = scoringEngine(options);
  t.after(() => engine.close());
  return engine;
}

test("scoringEngine() runs several models at a time, bit for bit, and keeps the caller's arrays whole", { timeout: 20_000 }, async (t) => {
  const engine = engineFor(t);
  const [twice, thrice] = await Promise.all([engine.open(scaled(2)), engine.open(scaled(3))]);
  assert.deepEqual([twice.inputs, twice.outputs], [["x"], ["y"]]);
  const results = await Promise.all([twice.run({ x }), thrice.run({ x }), twice.run({ x }, ["y"])]);
  assert.deepEqual(results.map(({ y }) => [...y.values]), [[2, NaN], [3, NaN], [2, NaN]]);
  assert.deepEqual([...x.values], [1, NaN]);
  assert.ok((await engine.cpuSeconds()) > 0);
});

test("scoringEngine() hands errors over as what they are, and goes on after them", { timeout: 20_000 }, async (t) => {
  const engine = engineFor(t);
  await assert.rejects(engine.open(Uint8Array.of(1, 2, 3)), hasCode("engine.model-refused"));
  const session = await engine.open(scaled(2));
  await assert.rejects(session.run({ wrong: x }), hasCode("engine.run-failed"));
  assert.deepEqual([...(await session.run({ x })).y.values], [2, NaN]);
  await session.close();
  await session.close();
  await assert.rejects(session.run({ x }), /Cannot run a model: its session is closed/);
  assert.equal(engine.lost, 0);
});

test("scoringEngine().close() ends its processes: what is asked afterwards is told so", { timeout: 20_000 }, async () => {
  const engine = scoringEngine();
  const session = await engine.open(scaled(2));
  assert.equal(scoringProcesses().length, 1);
  await engine.close();
  assert.deepEqual(scoringProcesses(), []);
  await assert.rejects(session.run({ x }), hasCode("thread.lost"));
  await assert.rejects(engine.open(scaled(2)), hasCode("thread.lost"));
  await session.close();
});

test("scoringEngine() loses no run when its process is killed, says so meanwhile, and works on", { timeout: 30_000 }, async (t) => {
  const engine = engineFor(t);
  const told: string[][] = [];
  engine.onChange(() => told.push([...engine.reasons]));
  const sessions = await Promise.all([2, 3, 4].map((by) => engine.open(scaled(by))));
  for (let round = 1; round <= 3; round++) {
    const runs = Array.from({ length: 60 }, (_, at) => sessions[at % 3].run({ x: doubles(at) }));
    const [process] = scoringProcesses();
    globalThis.process.kill(process, "SIGKILL");
    const results = await Promise.all(runs);
    assert.deepEqual(results.map(({ y }) => y.values[0]), runs.map((_, at) => at * (2 + (at % 3))));
    assert.notEqual(scoringProcesses()[0], process);
    assert.deepEqual([engine.lost, engine.reasons], [round, []]);
  }
  assert.deepEqual(told, [1, 2, 3].flatMap(() => [["The scoring process was lost and is started again: it ended with SIGKILL"], []]));
});

test("scoringEngine() asks for a model anew when its process was lost, where it was told how", { timeout: 20_000 }, async (t) => {
  const engine = engineFor(t);
  let asked = 0;
  const again = (): Uint8Array => {
    asked++;
    return scaled(2);
  };
  const session = await engine.open(scaled(2), again);
  assert.deepEqual([...(await session.run({ x })).y.values, asked], [2, NaN, 0]);
  for (const process of scoringProcesses()) globalThis.process.kill(process, "SIGKILL");
  assert.deepEqual([...(await session.run({ x })).y.values, asked], [2, NaN, 1]);
});

test("scoringEngine() starts a process that is lost while nobody asks again", { timeout: 20_000 }, async (t) => {
  const engine = engineFor(t);
  const session = await engine.open(scaled(2));
  const back = new Promise<void>((resolve) => engine.onChange(() => engine.reasons.length === 0 && resolve()));
  process.kill(scoringProcesses()[0], "SIGKILL");
  await back;
  assert.equal(scoringProcesses().length, 1);
  assert.deepEqual([...(await session.run({ x })).y.values], [2, NaN]);
});

test("scoringEngine() gives a model up that ends its process again and again, and no other", { timeout: 60_000 }, async (t) => {
  const engine = engineFor(t, { patience: 1000 });
  const [good, bad] = [await engine.open(scaled(2)), await engine.open(endless())];
  const runs = [good.run({ x: doubles(1) }), bad.run({ x: doubles(1e-9) }), good.run({ x: doubles(2) }), good.run({ x: doubles(3) })];
  const [first, crashed, ...others] = await Promise.allSettled(runs);
  assert.deepEqual([first, ...others].map((one) => one.status === "fulfilled" && one.value.y.values[0]), [2, 4, 6]);
  assert.ok(crashed.status === "rejected" && hasCode("engine.model-crashes")(crashed.reason));
  const lost = engine.lost;
  await assert.rejects(bad.run({ x: doubles(1e-9) }), hasCode("engine.model-crashes"));
  assert.equal(engine.lost, lost, "it is not tried again");
  assert.deepEqual([...(await good.run({ x })).y.values], [2, NaN]);
});

test("scoringEngine() spreads sessions over its processes once there are several; the loss of one is no other's", { timeout: 30_000 }, async (t) => {
  const engine = engineFor(t, { processes: 2 });
  const few = [await engine.open(scaled(1)), await engine.open(scaled(2))];
  assert.equal(scoringProcesses().length, 1, "few models are worth one");
  const many = [...few];
  for (let by = 3; by <= 10; by++) many.push(await engine.open(scaled(by)));
  const [one, other] = scoringProcesses();
  assert.equal(scoringProcesses().length, 2);
  process.kill(one, "SIGKILL");
  const results = await Promise.all(many.map((session) => session.run({ x: doubles(1) })));
  assert.deepEqual(results.map(({ y }) => y.values[0]), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.ok(scoringProcesses().includes(other));
  assert.equal(engine.lost, 1);
});
