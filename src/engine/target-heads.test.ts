import assert from "node:assert/strict";
import { test } from "node:test";
import { featuresOf, madeItems, taughtOf } from "../../test/target-items.ts";
import { paramsOf, type Learner } from "../learn/learner.ts";
import { lda } from "../learn/learners/lda.ts";
import { pls } from "../learn/learners/pls.ts";
import { ridge } from "../learn/learners/ridge.ts";
import { Graph } from "../learn/onnx/graph.ts";
import { engineGram } from "./gram.ts";
import { onnxEngine } from "./onnx.ts";

/** Learners, each with how many classes it is to tell apart; 0 for a number. */
const cases: readonly (readonly [Learner, number])[] = [[ridge, 0], [ridge, 3], [ridge, 1], [lda, 3], [lda, 1], [pls, 0]];

test("heads of ridge, lda and pls compute in a graph what they predict, with unknown and far features too", async () => {
  const tools = { gram: await engineGram(onnxEngine), pool: null };
  for (const [learner, classes] of cases) {
    const items = madeItems({ seed: 11, rows: 90, features: 7, groups: 4, classes, noise: 1, gaps: 0.1 });
    const head = await learner.learn(await taughtOf(items), paramsOf(learner, {}), 1, tools);
    const graph = new Graph();
    graph.output("y", head.add(graph, graph.input("x", "float", ["items", 7])), "double", ["items", head.outputs]);
    const session = await onnxEngine.open(graph.bytes("head", {}));
    const asked = featuresOf([...items.rows, [NaN, NaN, NaN, NaN, NaN, NaN, NaN], [1e6, -1e6, 0, 0, 1e6, 3, 4]]);
    const { y } = await session.run({ x: { type: "float", dims: [asked.rows, 7], values: asked.values } });
    assert.deepEqual([...y.dims], [asked.rows, head.outputs]);
    for (const [at, value] of head.predict(asked).entries()) assert.ok(Math.abs(y.values[at] - value) <= 1e-9 * Math.max(1, Math.abs(value)), `${learner.name} ${at}: ${y.values[at]}, predicted ${value}`);
    await session.close();
  }
});
