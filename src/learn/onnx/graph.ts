import { bytesField, concat, floatField, intField, messageField, packedInts, textField, type Bytes } from "./protobuf.ts";

/** Element types of ONNX tensors that Millrace writes, with their numbers in onnx.proto. */
const elementTypes = { float: 1, int64: 7, bool: 9, double: 11 } as const;
export type ElementType = keyof typeof elementTypes;

/** A name in the graph: the output of a node, an input or a constant. */
export type Edge = string & { readonly __edge?: never };

/** A whole number, a text, or a list of whole numbers; other types are named. Long lists are `long`, written behind one tag. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly long: Int32Array }
  | { readonly texts: readonly string[] }
  | { readonly doubles: Float64Array };

/** The operators' makers: ONNX itself, and its trees and other classical models. */
export type Domain = "" | "ai.onnx.ml";

/** Everything used here, and readable by ONNX Runtime since 1.12. */
const opsets: Readonly<Record<Domain, number>> = { "": 17, "ai.onnx.ml": 3 };
const irVersion = 8;

/**
 * An ONNX graph under construction: nodes are added in running order and named by what they do and
 * a running number, so that the same calls give the same bytes.
 *
 * Source: onnx.proto of the ONNX standard, IR version 8, operator set 17.
 */
export class Graph {
  readonly #nodes: Bytes[] = [];
  readonly #constants: Bytes[] = [];
  readonly #inputs: Bytes[] = [];
  readonly #outputs: Bytes[] = [];
  readonly #domains = new Set<Domain>([""]);
  #named = 0;

  /** An input of the model. A dimension is a size or, when it may vary, a name. */
  input(name: string, type: ElementType, dims: readonly (number | string)[]): Edge {
    this.#inputs.push(valueInfo(11, name, type, dims));
    return name;
  }

  output(name: string, edge: Edge, type: ElementType, dims: readonly (number | string)[]): void {
    this.#nodes.push(node("Identity", [edge], [name], `${name}_out`, {}));
    this.#outputs.push(valueInfo(12, name, type, dims));
  }

  constant(values: Float64Array | Float32Array | BigInt64Array, dims: readonly number[], hint = "c"): Edge {
    const count = dims.reduce((product, dim) => product * dim, 1);
    if (count !== values.length) throw new RangeError(`Cannot add constant ${hint}: ${values.length} values for ${dims.join(" × ")}`);
    const name = this.#name(hint);
    const type = values instanceof Float64Array ? "double" : values instanceof Float32Array ? "float" : "int64";
    this.#constants.push(tensorField(dims, type, name, rawOf(values)));
    return name;
  }

  double(value: number | readonly number[] | Float64Array, hint = "c"): Edge {
    return typeof value === "number" ? this.constant(Float64Array.of(value), [], hint) : this.constant(Float64Array.from(value), [value.length], hint);
  }

  float(value: number, hint = "c"): Edge {
    return this.constant(Float32Array.of(value), [], hint);
  }

  ints(values: readonly number[], hint = "i"): Edge {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length], hint);
  }

  /** Adds a node with one output and returns that output. */
  add(op: string, inputs: readonly Edge[], attributes: Readonly<Record<string, Attribute>> = {}, domain: Domain = ""): Edge {
    const name = this.#name(op.toLowerCase());
    this.#domains.add(domain);
    this.#nodes.push(node(op, inputs, [name], name, attributes, domain));
    return name;
  }

  /** Adds a node with several outputs and returns them in the operator's order. */
  addMany(op: string, inputs: readonly Edge[], outputs: number, attributes: Readonly<Record<string, Attribute>> = {}): Edge[] {
    const names = Array.from({ length: outputs }, () => this.#name(op.toLowerCase()));
    this.#nodes.push(node(op, inputs, names, names[0], attributes));
    return names;
  }

  cast(edge: Edge, to: ElementType): Edge {
    return this.add("Cast", [edge], { to: elementTypes[to] });
  }

  /** The model file. `metadata` is text that travels with it. */
  bytes(name: string, metadata: Readonly<Record<string, string>>): Uint8Array {
    const graph = [...this.#nodes, textField(2, name), ...this.#constants, ...this.#inputs, ...this.#outputs];
    return concat([
      intField(1, irVersion),
      textField(2, "millrace"),
      messageField(7, graph),
      ...[...this.#domains].map((domain) => messageField(8, [textField(1, domain), intField(2, opsets[domain])])),
      ...Object.entries(metadata).map(([key, value]) => messageField(14, [textField(1, key), textField(2, value)])),
    ]);
  }

  #name(hint: string): Edge {
    return `${hint}_${this.#named++}`;
  }
}

function node(op: string, inputs: readonly Edge[], outputs: readonly Edge[], name: string, attributes: Readonly<Record<string, Attribute>>, domain: Domain = ""): Bytes {
  return messageField(1, [
    ...inputs.map((input) => textField(1, input)),
    ...outputs.map((output) => textField(2, output)),
    textField(3, name),
    textField(4, op),
    ...Object.entries(attributes).map(([key, value]) => attribute(key, value)),
    ...(domain === "" ? [] : [textField(7, domain)]),
  ]);
}

/** Attribute types in onnx.proto: 1 float, 2 int, 3 string, 4 tensor, 7 ints, 8 strings. */
function attribute(name: string, value: Attribute): Bytes {
  const fields = [textField(1, name)];
  if (typeof value === "number") fields.push(intField(3, value), intField(20, 2));
  else if (typeof value === "string") fields.push(textField(4, value), intField(20, 3));
  else if ("float" in value) fields.push(floatField(2, value.float), intField(20, 1));
  else if ("doubles" in value) fields.push(tensorField([value.doubles.length], "double", name, rawOf(value.doubles)), intField(20, 4));
  else if ("long" in value) fields.push(packedInts(8, value.long), intField(20, 7));
  else if ("texts" in value) fields.push(textFields(9, value.texts), intField(20, 8));
  else fields.push(...value.map((item) => intField(8, item)), intField(20, 7));
  return messageField(5, fields);
}

function textFields(field: number, texts: readonly string[]): Bytes {
  const written = new Map([...new Set(texts)].map((text) => [text, textField(field, text)]));
  return concat(texts.flatMap((text) => written.get(text) ?? []));
}

/** A TensorProto: field 5 both of a graph, as a constant, and of an attribute. */
function tensorField(dims: readonly number[], type: ElementType, name: string, raw: Bytes): Bytes {
  return messageField(5, [...dims.map((dim) => intField(1, dim)), intField(2, elementTypes[type]), textField(8, name), bytesField(9, raw)]);
}

const rawOf = ({ buffer, byteOffset, byteLength }: Float64Array | Float32Array | BigInt64Array): Bytes => new Uint8Array(buffer, byteOffset, byteLength).slice();

function valueInfo(field: number, name: string, type: ElementType, dims: readonly (number | string)[]): Bytes {
  const shape = dims.map((dim) => messageField(1, [typeof dim === "number" ? intField(1, dim) : textField(2, dim)]));
  const tensor = [intField(1, elementTypes[type]), messageField(2, shape)];
  return messageField(field, [textField(1, name), messageField(2, [messageField(1, tensor)])]);
}
