import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Graph } from "./graph.ts";
import { inspectModel } from "./inspect.ts";
import { bytesField, concat, intField, messageField, textField, type Bytes } from "./protobuf.ts";

// Numbers of fields in onnx.proto.
const inModel = { ir: 1, graph: 7, opset: 8, training: 20, functions: 25 };
const inGraph = { node: 1, name: 2, initializer: 5, input: 11, output: 12, sparseInitializer: 15 };
const inAttribute = { name: 1, tensor: 5, graph: 6, tensors: 10, graphs: 11, sparse: 22, sparses: 23 };

const node = (operator: string, ...more: readonly Bytes[]): Bytes => messageField(inGraph.node, [textField(1, "x"), textField(2, "y"), textField(4, operator), ...more]);
const attribute = (...parts: readonly Bytes[]): Bytes => messageField(5, [textField(inAttribute.name, "a"), ...parts]);
const opset = (domain: string): Bytes => messageField(inModel.opset, [textField(1, domain), intField(2, 17)]);
const model = (graph: readonly Bytes[], ...more: readonly Bytes[]): Bytes => concat([intField(inModel.ir, 8), messageField(inModel.graph, graph), opset(""), ...more]);

/** A tensor whose weights lie in another file, by each of the two ways of saying so. */
const outside: readonly (readonly Bytes[])[] = [
  [intField(1, 1), messageField(13, [textField(1, "location"), textField(2, "../secret")])],
  [intField(1, 1), intField(14, 1)],
];
const sparse = (values: readonly Bytes[], indices: readonly Bytes[]): Bytes[] => [messageField(1, values), messageField(2, indices), intField(3, 4)];
const inside: readonly Bytes[] = [intField(1, 1), intField(2, 7), bytesField(9, new Uint8Array(8)), intField(14, 0)];

const refuses = (bytes: Bytes, what: RegExp) => assert.throws(() => inspectModel(bytes), { name: "RangeError", message: what });

test("inspectModel() reads a plain model, with weights, attributes and standard domains", () => {
  const plain = model(
    [node("Relu", attribute(messageField(inAttribute.tensor, inside))), node("Add", textField(7, "ai.onnx.ml")), messageField(inGraph.initializer, inside), messageField(inGraph.sparseInitializer, sparse(inside, inside))],
    opset("ai.onnx.ml"),
    messageField(14, [textField(1, "__proto__"), textField(2, "harmless")]),
  );
  const facts = inspectModel(plain);
  assert.deepEqual(facts.operators, ["Add", "Relu"]);
  assert.deepEqual(Object.entries(facts.metadata), [["__proto__", "harmless"]]);
});

test("inspectModel() refuses weights outside of the file, in whatever tensor they hide", () => {
  for (const tensor of outside) {
    const places: readonly Bytes[][] = [
      [messageField(inGraph.initializer, tensor)],
      [messageField(inGraph.sparseInitializer, sparse(tensor, inside))],
      [messageField(inGraph.sparseInitializer, sparse(inside, tensor))],
      [node("Constant", attribute(messageField(inAttribute.tensor, tensor)))],
      [node("Constant", attribute(messageField(inAttribute.tensors, inside), messageField(inAttribute.tensors, tensor)))],
      [node("Constant", attribute(messageField(inAttribute.sparse, sparse(tensor, inside))))],
      [node("Constant", attribute(messageField(inAttribute.sparses, sparse(inside, tensor))))],
    ];
    for (const place of places) refuses(model([node("Relu"), ...place]), /weights outside the file/);
  }
});

test("inspectModel() refuses operators of other makers, control flow and graphs inside of nodes", () => {
  refuses(model([node("Relu", textField(7, "com.microsoft"))]), /domain "com.microsoft"/);
  refuses(model([node("Relu")], opset("evil")), /domain "evil"/);
  refuses(model([node("Relu", textField(7, "x".repeat(500)))]), /^.{1,160}$/);
  for (const operator of ["If", "Loop", "Scan", "SequenceMap"]) refuses(model([node("Relu"), node(operator)]), new RegExp(`control flow operator ${operator}`));
  for (const held of [inAttribute.graph, inAttribute.graphs]) refuses(model([node("Relu", attribute(messageField(held, [node("Loop")])))]), /"Relu" holds a graph of its own/);
});

test("inspectModel() refuses functions, training information, no graph, and the runtime's own format", () => {
  refuses(model([node("Relu")], messageField(inModel.functions, [textField(1, "f")])), /functions of its own/);
  refuses(model([node("Relu")], messageField(inModel.training, [])), /training information/);
  refuses(concat([intField(inModel.ir, 8), opset("")]), /holds no graph/);
  refuses(new Uint8Array(), /holds no graph/);
  refuses(concat([textField(2, "xxORTMxxxxxxxx"), model([node("Relu")])]), /own format/);
});

test("inspectModel() sees all parts of a graph that is written in parts, as the runtime does", () => {
  const parted = concat([messageField(inModel.graph, [node("Loop")]), model([node("Relu")])]);
  refuses(parted, /control flow operator Loop/);
  const hidden = concat([messageField(inModel.graph, [messageField(inGraph.initializer, outside[0])]), model([node("Relu")])]);
  refuses(hidden, /weights outside the file/);
});

test("inspectModel() refuses a tag that only readers of 32 bits would understand", () => {
  const [tag, ...rest] = messageField(inGraph.initializer, outside[0]);
  refuses(model([node("Relu"), Uint8Array.of(tag | 0x80, 0x80, 0x80, 0x80, 0x10, ...rest)]), /a tag of/);
});

test("inspectModel() refuses names that are not text", () => {
  refuses(model([messageField(inGraph.node, [bytesField(4, Uint8Array.of(0xff, 0xfe))])]), /not text/);
});

test("inspectModel() of damaged models and of noise gives facts or a RangeError, and changes nothing", () => {
  const graph = new Graph();
  graph.output("y", graph.add("Mul", [graph.input("x", "double", ["rows"]), graph.double([1, 2, 3])], { axis: 1 }), "double", ["rows"]);
  const whole = graph.bytes("g", { a: "b" });
  const damaged = fc.tuple(fc.nat(), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 })).map(([length, changes]) => {
    const bytes = whole.slice(0, whole.length - (length % 3 === 0 ? length % whole.length : 0));
    for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      const before = bytes.slice();
      try {
        assert.ok(Array.isArray(inspectModel(bytes).operators));
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
      assert.deepEqual(bytes, before);
    }),
    { numRuns: 3000 },
  );
});
