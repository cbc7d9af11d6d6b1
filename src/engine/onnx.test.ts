import assert from "node:assert/strict";
import { test } from "node:test";
import { MillraceError } from "../errors.ts";
import type { Tensor } from "../learn/engine.ts";
import { Graph } from "../learn/onnx/graph.ts";
import { concat, intField, messageField, textField } from "../learn/onnx/protobuf.ts";
import { onnxEngine, onnxEngineOf } from "./onnx.ts";

const doubles = (dims: readonly number[], values: readonly number[]): Tensor => ({ type: "double", dims, values: Float64Array.from(values) });
const hasCode = (code: string) => (error: unknown) => error instanceof MillraceError && error.code === code && error.hint.endsWith(".") && !error.message.endsWith(".");

/** y = LeakyRelu(2x + 1) as float, z = xᵀ as double: constants, attributes of three kinds, two outputs. */
function example(): Uint8Array {
  const graph = new Graph();
  const x = graph.input("x", "double", ["rows", 2]);
  const moved = graph.add("Add", [graph.add("Mul", [x, graph.double([2, 2])]), graph.double(1)]);
  graph.output("y", graph.add("LeakyRelu", [graph.cast(moved, "float")], { alpha: { float: 0.25 } }), "float", ["rows", 2]);
  graph.output("z", graph.add("Transpose", [x], { perm: [1, 0] }), "double", [2, "rows"]);
  return graph.bytes("example", {});
}

test("what Graph writes loads in the runtime and computes what it says, again and again", async () => {
  const session = await onnxEngine.open(example());
  assert.deepEqual([session.inputs, session.outputs], [["x"], ["y", "z"]]);
  const x = doubles([2, 2], [1, -2, 3, 4]);
  for (let again = 0; again < 2; again++) {
    const { y, z } = await session.run({ x });
    assert.deepEqual({ type: y.type, dims: [...y.dims], values: [...y.values] }, { type: "float", dims: [2, 2], values: [3, -0.75, 7, 9] });
    assert.deepEqual({ type: z.type, dims: [...z.dims], values: [...z.values] }, { type: "double", dims: [2, 2], values: [1, 3, -2, 4] });
  }
  assert.deepEqual([...x.values], [1, -2, 3, 4], "inputs stay as they were");
  assert.deepEqual(Object.keys(await session.run({ x }, ["z"])), ["z"]);
  await session.close();
});

test("two threads of a session give the very bytes that one gives", async () => {
  const graph = new Graph();
  const weights = Float32Array.from({ length: 50 * 900 }, (_, at) => Math.sin(at));
  const product = graph.add("MatMul", [graph.input("x", "float", ["rows", 50]), graph.constant(weights, [50, 900], "weights")]);
  const [nearest] = graph.addMany("TopK", [product, graph.ints([8])], 2, { axis: 1, largest: 0, sorted: 0 });
  graph.output("product", product, "float", ["rows", 900]);
  graph.output("sums", graph.add("ReduceSum", [graph.cast(nearest, "double"), graph.ints([1])], { keepdims: 0 }), "double", ["rows"]);
  const x: Tensor = { type: "float", dims: [600, 50], values: Float32Array.from({ length: 600 * 50 }, (_, at) => Math.cos(at * at)) };
  const [one, two] = await Promise.all(
    [1, 2].map(async (threads) => {
      const session = await onnxEngineOf(threads).open(graph.bytes("products", {}));
      const { product: of, sums } = await session.run({ x });
      await session.close();
      return [of.values, sums.values];
    }),
  );
  assert.deepEqual(two, one);
});

test("onnxEngine refuses damaged and forbidden files by one code, also those only the runtime can tell", async () => {
  const badType = new Graph();
  badType.output("y", badType.add("MatMul", [badType.input("x", "double", [2, 2]), badType.float(1)]), "float", [2, 2]);
  const loop = concat([intField(1, 8), messageField(7, [messageField(1, [textField(1, "x"), textField(2, "y"), textField(4, "Loop")])])]);
  const files = { nothing: new Uint8Array(), noise: Uint8Array.of(1, 2, 3), cut: example().slice(0, -20), loop, "types that do not fit": badType.bytes("g", {}) };
  for (const [name, bytes] of Object.entries(files)) await assert.rejects(onnxEngine.open(bytes), hasCode("engine.model-refused"), name);
});

test("onnxEngine says what is wrong with inputs that the graph cannot take, and the session lives on", async () => {
  const session = await onnxEngine.open(example());
  const bad: Record<string, Readonly<Record<string, Tensor>>> = {
    "too many columns": { x: doubles([1, 3], [1, 2, 3]) },
    "too few dimensions": { x: doubles([2], [1, 2]) },
    "another type": { x: { type: "float", dims: [1, 2], values: Float32Array.of(1, 2) } },
    "another name": { w: doubles([1, 2], [1, 2]) },
    "no input": {},
    "values that do not fill the dimensions": { x: doubles([2, 2], [1, 2]) },
  };
  for (const [name, inputs] of Object.entries(bad)) await assert.rejects(session.run(inputs), hasCode("engine.run-failed"), name);
  await assert.rejects(session.run({ x: doubles([1, 2], [1, 2]) }, ["w"]), hasCode("engine.run-failed"));
  assert.deepEqual([...(await session.run({ x: doubles([1, 2], [0, 0]) })).y.values], [1, 1]);
  await session.close();
});

test("onnxEngine refuses to read outputs that are neither float nor double", async () => {
  const graph = new Graph();
  graph.output("y", graph.cast(graph.input("x", "double", ["rows"]), "int64"), "int64", ["rows"]);
  const session = await onnxEngine.open(graph.bytes("g", {}));
  await assert.rejects(session.run({ x: doubles([1], [1]) }), hasCode("engine.run-failed"));
  await session.close();
});
