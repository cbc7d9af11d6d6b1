import assert from "node:assert/strict";
import { test } from "node:test";
import type { Engine } from "../learn/engine.ts";
import { Graph } from "../learn/onnx/graph.ts";
import type { Store } from "../store/store.ts";
import { judgeBy, judging } from "./judge.ts";

/** A store of one model file, and an engine in plain code whose score is the last reading minus the baseline's centre. */
function portsOf(metadata: Readonly<Record<string, string>>, inputs: readonly string[]) {
  const graph = new Graph();
  graph.output("score", graph.input("window", "double", ["rows", 1]), "double", ["rows", 1]);
  const bytes = graph.bytes("g", metadata);
  const log: string[] = [];
  const engine: Engine = {
    open(model) {
      log.push("open");
      assert.deepEqual(model, bytes);
      return Promise.resolve({
        inputs,
        outputs: ["score", "contributions"],
        run({ window, baseline }) {
          const values = Float32Array.from(window.values.slice(2), (value) => value - (baseline?.values[0] ?? 0));
          const tensor = { type: "float", dims: [values.length], values } as const;
          return Promise.resolve({ score: tensor, contributions: tensor });
        },
        close: () => Promise.resolve(void log.push("close")),
      });
    },
  };
  const store = { models: { read: () => bytes } } as unknown as Store;
  return { ports: { store, engine }, log };
}

const block = { rows: { rows: 24, columns: 1, values: Float64Array.from({ length: 24 }, (_, row) => row) }, warmUpRows: 16 };

test("judgeBy() measures against the warm-up where the model asks for a baseline, and leaves the warm-up unknown", async () => {
  const asked = portsOf({ "millrace.window": "3" }, ["window", "baseline"]);
  const { scores, contributions } = await judgeBy("0".repeat(64), block, asked.ports);
  assert.ok(scores.slice(0, 16).every(Number.isNaN));
  assert.deepEqual([...scores.slice(16)], [16, 17, 18, 19, 20, 21, 22, 23].map((row) => row - 7.5));
  assert.equal(contributions.length, 24);
  const own = portsOf({ "millrace.window": "3" }, ["window"]);
  assert.deepEqual([...(await judgeBy("0".repeat(64), { ...block, warmUpRows: 0 }, own.ports)).scores], [NaN, NaN, ...Array.from({ length: 22 }, (_, i) => i + 2)]);
});

test("judging() loads a model once for all its blocks, and closes it also when the work fails", async () => {
  const { ports, log } = portsOf({ "millrace.window": "3" }, ["window"]);
  const both = await judging("0".repeat(64), ports, async (judgeOne) => [await judgeOne(block), await judgeOne(block)]);
  assert.deepEqual(both[0], both[1]);
  await assert.rejects(judging("0".repeat(64), ports, () => Promise.reject(new Error("no"))), /no/);
  assert.deepEqual(log, ["open", "close", "open", "close"]);
});

test("judgeBy() refuses a model that does not say how long its window is", async () => {
  for (const said of [undefined, "0", "3.5", "many"]) {
    const { ports, log } = portsOf(said === undefined ? {} : { "millrace.window": said }, ["window"]);
    await assert.rejects(judgeBy("0".repeat(64), block, ports), { name: "RangeError", message: /how many rows its window has/ });
    assert.deepEqual(log, ["open", "close"]);
  }
});
