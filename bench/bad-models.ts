import { bytesField, concat, intField, messageField, packedInts, textField, type Bytes } from "../src/learn/onnx/protobuf.ts";

/** A model file made elsewhere that must not be loaded. */
export interface BadModel {
  readonly input: string;
  readonly bytes: Uint8Array;
}

const float = 1;
const opset = (domain: string): Bytes => messageField(8, [...(domain === "" ? [] : [textField(1, domain)]), intField(2, 17)]);
const value = (field: number, name: string): Bytes => messageField(field, [textField(1, name), messageField(2, [messageField(1, [intField(1, float), messageField(2, [messageField(1, [intField(1, 1)])])])])]);
const node = (operator: string, extra: readonly Bytes[] = []): Bytes => messageField(1, [textField(1, "x"), textField(2, "y"), textField(3, "n"), textField(4, operator), ...extra]);
const graph = (nodes: readonly Bytes[], tensors: readonly Bytes[] = []): Bytes => messageField(7, [...nodes, textField(2, "g"), ...tensors, value(11, "x"), value(12, "y")]);
const model = (domain: string, body: Bytes): Uint8Array => concat([intField(1, 8), opset(""), ...(domain === "" ? [] : [opset(domain)]), body]);

const outside = messageField(5, [packedInts(1, [1]), intField(2, float), textField(8, "w"), messageField(13, [textField(1, "location"), textField(2, "../../../etc/passwd")]), intField(14, 1)]);
const loopBody = messageField(5, [textField(1, "body"), messageField(6, [textField(2, "inner")]), intField(20, 5)]);

/** Model files that are corrupt, reach outside of themselves or could run without bound; `good` is one as Millrace exports it. */
export function badModels(good: Uint8Array): BadModel[] {
  return [
    { input: "ONNX cut off half-way", bytes: good.slice(0, good.length >> 1) },
    { input: "ONNX of zero bytes", bytes: new Uint8Array() },
    { input: "text as ONNX", bytes: Buffer.from("time;pressure\n1;2\n".repeat(100)) },
    { input: "ONNX with weights in another file", bytes: model("", graph([node("Identity")], [outside])) },
    { input: "ONNX with a custom domain", bytes: model("com.example", graph([node("Steal", [textField(7, "com.example")])])) },
    { input: "ONNX with a Loop", bytes: model("", graph([node("Loop", [loopBody])])) },
    { input: "ONNX with an If", bytes: model("", graph([node("If")])) },
    { input: "ONNX with functions of its own", bytes: concat([model("", graph([node("Identity")])), bytesField(25, new Uint8Array())]) },
    { input: "ONNX whose operator does not exist", bytes: model("", graph([node("NoSuchOperator")])) },
  ];
}
