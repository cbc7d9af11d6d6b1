import { bytesField, concat, floatField, intField, messageField, textField, type Bytes } from "./protobuf.ts";

/** Element types of ONNX tensors that Millrace writes, with their numbers in onnx.proto. */
const elementTypes = { float: 1, int64: 7, bool: 9, double: 11 } as const;
export type ElementType = keyof typeof elementTypes;

/** A name in the graph: the output of a node, an input or a constant. */
export type Edge = string & { readonly __edge?: never };

export type Attribute = number | string | readonly number[] | { readonly float: number };

const opset = 17; // everything used here, and readable by ONNX Runtime since 1.12
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
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
    this.#constants.push(
      messageField(5, [...dims.map((dim) => intField(1, dim)), intField(2, elementTypes[type]), textField(8, name), bytesField(9, raw)]),
    );
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
  add(op: string, inputs: readonly Edge[], attributes: Readonly<Record<string, Attribute>> = {}): Edge {
    const name = this.#name(op.toLowerCase());
    this.#nodes.push(node(op, inputs, [name], name, attributes));
    return name;
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
      messageField(8, [textField(1, ""), intField(2, opset)]),
      ...Object.entries(metadata).map(([key, value]) => messageField(14, [textField(1, key), textField(2, value)])),
    ]);
  }

  #name(hint: string): Edge {
    return `${hint}_${this.#named++}`;
  }
}

function node(op: string, inputs: readonly Edge[], outputs: readonly Edge[], name: string, attributes: Readonly<Record<string, Attribute>>): Bytes {
  return messageField(1, [
    ...inputs.map((input) => textField(1, input)),
    ...outputs.map((output) => textField(2, output)),
    textField(3, name),
    textField(4, op),
    ...Object.entries(attributes).map(([key, value]) => attribute(key, value)),
  ]);
}

/** Attribute types in onnx.proto: 1 float, 2 int, 3 string, 7 ints. */
function attribute(name: string, value: Attribute): Bytes {
  const fields = [textField(1, name)];
  if (typeof value === "number") fields.push(intField(3, value), intField(20, 2));
  else if (typeof value === "string") fields.push(textField(4, value), intField(20, 3));
  else if ("float" in value) fields.push(floatField(2, value.float), intField(20, 1));
  else fields.push(...value.map((item) => intField(8, item)), intField(20, 7));
  return messageField(5, fields);
}

function valueInfo(field: number, name: string, type: ElementType, dims: readonly (number | string)[]): Bytes {
  const shape = dims.map((dim) => messageField(1, [typeof dim === "number" ? intField(1, dim) : textField(2, dim)]));
  const tensor = [intField(1, elementTypes[type]), messageField(2, shape)];
  return messageField(field, [textField(1, name), messageField(2, [messageField(1, tensor)])]);
}
