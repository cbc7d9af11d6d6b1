import assert from "node:assert/strict";
import { test } from "node:test";
import { MillraceError } from "../errors.ts";
import type { Tensor } from "../learn/engine.ts";
import { Graph } from "../learn/onnx/graph.ts";
import { workerEngine } from "./worker-engine.ts";

function scaled(by: number): Uint8Array {
  const graph = new Graph();
  graph.output("y", graph.add("Mul", [graph.input("x", "double", ["rows"]), graph.double(by)]), "double", ["rows"]);
  return graph.bytes("scaled", {});
}
const x: Tensor = { type: "double", dims: [2], values: Float64Array.of(1, NaN) };
const hasCode = (code: string) => (error: unknown) => error instanceof MillraceError && error.code === code;

test("workerEngine() runs several models at a time in its worker, bit for bit, and keeps the caller's arrays whole", { timeout: 20_000 }, async () => {
  const engine = workerEngine();
  const [twice, thrice] = await Promise.all([engine.open(scaled(2)), engine.open(scaled(3))]);
  assert.deepEqual([twice.inputs, twice.outputs], [["x"], ["y"]]);
  const results = await Promise.all([twice.run({ x }), thrice.run({ x }), twice.run({ x }, ["y"])]);
  assert.deepEqual(results.map(({ y }) => [...y.values]), [[2, NaN], [3, NaN], [2, NaN]]);
  assert.deepEqual([...x.values], [1, NaN]);
  await engine.close();
});

test("workerEngine() hands errors over as what they are, and goes on after them", { timeout: 20_000 }, async () => {
  const engine = workerEngine();
  await assert.rejects(engine.open(Uint8Array.of(1, 2, 3)), hasCode("engine.model-refused"));
  const session = await engine.open(scaled(2));
  await assert.rejects(session.run({ wrong: x }), hasCode("engine.run-failed"));
  assert.deepEqual([...(await session.run({ x })).y.values], [2, NaN]);
  await session.close();
  await assert.rejects(session.run({ x }), /Cannot use session \d+: it is closed/);
  await engine.close();
});

test("workerEngine().close() ends the worker: what is asked afterwards is told so", { timeout: 20_000 }, async () => {
  const engine = workerEngine();
  const session = await engine.open(scaled(2));
  await engine.close();
  await assert.rejects(session.run({ x }), hasCode("thread.lost"));
  await assert.rejects(engine.open(scaled(2)), hasCode("thread.lost"));
});
