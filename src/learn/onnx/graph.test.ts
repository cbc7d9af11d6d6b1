import assert from "node:assert/strict";
import { test } from "node:test";
import { Graph } from "./graph.ts";
import { inspectModel } from "./inspect.ts";

/** A graph with every kind of attribute and constant. */
function example(): Uint8Array {
  const graph = new Graph();
  const x = graph.input("x", "double", ["rows", 2]);
  const scaled = graph.add("Mul", [x, graph.double([2, 3], "scale")]);
  const turned = graph.add("Transpose", [scaled], { perm: [1, 0] });
  const leaky = graph.add("LeakyRelu", [graph.cast(turned, "float")], { alpha: { float: 0.25 } });
  graph.output("y", graph.add("Add", [leaky, graph.float(1)]), "float", [2, "rows"]);
  graph.output("shape", graph.cast(graph.add("Reshape", [graph.add("Shape", ["x"]), graph.ints([-1])]), "double"), "double", [2]);
  return graph.bytes("example", { "millrace.kind": "condition", note: "Prüfstand 3" });
}

test("Graph gives the same bytes for the same calls", () => {
  assert.deepEqual(example(), example());
});

test("Graph writes what inspectModel() reads: operators, inputs, outputs and metadata", () => {
  assert.deepEqual(inspectModel(example()), {
    operators: ["Add", "Cast", "Identity", "LeakyRelu", "Mul", "Reshape", "Shape", "Transpose"],
    inputs: ["x"],
    outputs: ["y", "shape"],
    metadata: { "millrace.kind": "condition", note: "Prüfstand 3" },
  });
});

test("Graph.constant() copies its values, and refuses dimensions that they do not fill", () => {
  const graph = new Graph();
  const values = Float64Array.of(1, 2, 3);
  graph.constant(values.subarray(1), [2]);
  const before = graph.bytes("g", {});
  values.fill(9);
  assert.deepEqual(graph.bytes("g", {}), before);
  assert.throws(() => graph.constant(values, [2, 2], "wide"), { name: "RangeError", message: /wide: 3 values for 2 × 2/ });
});

test("Graph imports the operators of trees only where one is used, with lists, texts and tensors as attributes", () => {
  const graph = new Graph();
  const x = graph.input("x", "float", ["items", 1]);
  const tree = {
    n_targets: 1,
    nodes_treeids: { long: Int32Array.of(0, 0, 0) },
    nodes_nodeids: { long: Int32Array.of(0, 1, 300) },
    nodes_modes: { texts: ["BRANCH_LEQ", "LEAF", "LEAF"] },
    nodes_values_as_tensor: { doubles: Float64Array.of(0.5, 0, 0) },
  };
  graph.output("y", graph.add("TreeEnsembleRegressor", [x], tree, "ai.onnx.ml"), "float", ["items", 1]);
  const bytes = graph.bytes("tree", {});
  assert.deepEqual(inspectModel(bytes).operators, ["Identity", "TreeEnsembleRegressor"]);
  const holds = (model: Uint8Array, text: string) => Buffer.from(model).includes(text);
  assert.ok(holds(bytes, "ai.onnx.ml") && !holds(example(), "ai.onnx.ml"));
  for (const part of ["BRANCH_LEQ", "nodes_values_as_tensor"]) assert.ok(holds(bytes, part));
});
