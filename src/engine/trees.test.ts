import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { naiveOutputs } from "../../test/naive-trees.ts";
import { addIsolation, fitIsolation, isolationScores } from "../learn/heads/isolation.ts";
import { Graph } from "../learn/onnx/graph.ts";
import { addForest } from "../learn/onnx/trees.ts";
import { normalFrom, randomFrom, type Random } from "../learn/random.ts";
import { ForestWriter, joinForests, type Forest } from "../learn/trees/forest.ts";
import { outputsOf } from "../learn/trees/score-forest.ts";
import { onnxEngine } from "./onnx.ts";
import { threadPool } from "./pool.ts";

const features = 4;
/** Few numbers, so that items often lie on a threshold, or a hair beside it. */
const hard = [0, -0, 1, 1 + 2 ** -23, 0.1, -2.5, 1e-40, 3e38, -3e38, Infinity, -Infinity, NaN].map(Math.fround);

function randomForest(random: Random, trees: number, outputs: number, depth: number): Forest {
  const writer = new ForestWriter(outputs);
  const grow = (left: number): number => {
    const node = writer.addNode();
    if (left === 0 || random() < 0.2) {
      const at = writer.addLeaf(node);
      for (let output = 0; output < outputs; output++) writer.set(at + output, random() < 0.3 ? 0 : normalFrom(random));
      return node;
    }
    const threshold = random() < 0.5 ? hard[Math.floor(random() * (hard.length - 1))] : Math.fround(normalFrom(random));
    const [one, other] = [grow(left - 1), grow(left - 1)];
    writer.split(node, Math.floor(random() * features), threshold, random() < 0.5, one, other);
    return node;
  };
  for (let tree = 0; tree < trees; tree++) {
    writer.beginTree();
    grow(depth);
  }
  return writer.forest();
}

test("a forest's graph and its walk send every item the way of the naive walker, on thresholds and unknown too", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 6 }), async (seed, trees, outputs, depth) => {
      const random = randomFrom(seed);
      const forest = joinForests([randomForest(random, trees, outputs, depth), randomForest(random, 1, outputs, depth)]);
      const items = Array.from({ length: 300 }, () => Array.from({ length: features }, () => (random() < 0.6 ? hard[Math.floor(random() * hard.length)] : Math.fround(normalFrom(random)))));
      const values = Float32Array.from(items.flat());
      const naive = items.flatMap((item) => naiveOutputs(forest, item));
      const seen = outputsOf(forest, { rows: items.length, columns: features, values });
      assert.deepEqual([...seen], naive);

      const graph = new Graph();
      graph.output("y", addForest(graph, forest, graph.input("x", "float", ["items", features])), "double", ["items", outputs]);
      const session = await onnxEngine.open(graph.bytes("forest", {}));
      const { y } = await session.run({ x: { type: "float", dims: [items.length, features], values } });
      await session.close();
      for (const [at, value] of naive.entries()) assert.ok(Math.abs(y.values[at] - value) <= 1e-6 * Math.max(1, Math.abs(value)), `${at}: ${y.values[at]}, expected ${value}`);
    }),
    { numRuns: 40 },
  );
});

test("a thousand trees lose no digit that parity asks for: they are summed in float64", async () => {
  const random = randomFrom(5);
  const forest = randomForest(random, 1000, 1, 5);
  const values = Float32Array.from({ length: 200 * features }, () => normalFrom(random));
  const graph = new Graph();
  graph.output("y", addForest(graph, forest, graph.input("x", "float", ["items", features])), "double", ["items", 1]);
  const session = await onnxEngine.open(graph.bytes("forest", {}));
  const { y } = await session.run({ x: { type: "float", dims: [200, features], values } });
  await session.close();
  const expected = outputsOf(forest, { rows: 200, columns: features, values });
  for (const [at, value] of expected.entries()) assert.ok(Math.abs(y.values[at] - value) <= 1e-7 * Math.max(1, Math.abs(value)), `${at}: ${y.values[at]}, expected ${value}`);
});

test("an isolation forest's graph, and its scores on other threads, are those of plain code", async (t) => {
  const random = randomFrom(6);
  const items = (rows: number, gaps: number) => ({ rows, columns: 5, values: Float32Array.from({ length: rows * 5 }, () => (random() < gaps ? NaN : normalFrom(random))) });
  const head = fitIsolation(items(2000, 0.02));
  const asked = items(4000, 0.1);
  const scores = await isolationScores(head, asked);
  const pool = threadPool(2);
  t.after(() => pool.close());
  assert.deepEqual(await isolationScores(head, asked, pool), scores);
  const graph = new Graph();
  graph.output("y", addIsolation(graph, head, graph.input("x", "float", ["items", 5])), "double", ["items", 1]);
  const session = await onnxEngine.open(graph.bytes("isolation", {}));
  const { y } = await session.run({ x: { type: "float", dims: [asked.rows, 5], values: asked.values } });
  await session.close();
  for (const [at, score] of scores.entries()) assert.ok(Math.abs(y.values[at] - score) <= 1e-6, `${at}: ${y.values[at]}, expected ${score}`);
});
