import { fieldsOf, type Bytes, type Field } from "./protobuf.ts";

/** What an ONNX file holds, read without running it. */
export interface ModelFacts {
  readonly operators: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

const domains = new Set(["", "ai.onnx", "ai.onnx.ml"]);
const controlFlow = new Set(["If", "Loop", "Scan", "SequenceMap"]);
const text = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a model file that may come from anywhere and refuses what could reach outside of it or run
 * without bound: tensors kept in other files, operators of other makers, control flow, functions.
 *
 * Returns: its operators, inputs, outputs and metadata.
 * Throws RangeError saying what was found: a damaged file, or the first forbidden thing.
 * Cost: one pass over the bytes; weights are skipped, not copied.
 */
export function inspectModel(bytes: Uint8Array): ModelFacts {
  if (isOrtFormat(bytes)) throw new RangeError("Cannot accept a model: it is in the runtime's own format, not ONNX");
  const model = [...fieldsOf(bytes)];
  const graphs = of(model, 7);
  if (graphs.length === 0) throw new RangeError("Cannot read a model: it holds no graph");
  if (has(model, 25)) throw new RangeError("Cannot accept a model: it defines functions of its own");
  if (has(model, 20)) throw new RangeError("Cannot accept a model: it holds training information");
  for (const { bytes: imported } of of(model, 8)) checkDomain(textOf(imported, 1));

  // A message that is written in parts is one message to whoever loads it: all of them count.
  const fields = graphs.flatMap(({ bytes: part }) => [...fieldsOf(part)]);
  for (const { bytes: tensor } of of(fields, 5)) checkTensor(tensor);
  for (const { bytes: sparse } of of(fields, 15)) checkSparse(sparse);
  const operators = of(fields, 1).map(({ bytes: node }) => checkNode(node));
  return {
    operators: [...new Set(operators)].sort(),
    inputs: of(fields, 11).map(({ bytes: input }) => textOf(input, 1)),
    outputs: of(fields, 12).map(({ bytes: output }) => textOf(output, 1)),
    metadata: Object.fromEntries(of(model, 14).map(({ bytes: entry }) => [textOf(entry, 1), textOf(entry, 2)])),
  };
}

function checkNode(node: Bytes): string {
  const fields = [...fieldsOf(node)];
  const operator = textOf(node, 4);
  checkDomain(textOf(node, 7));
  if (controlFlow.has(operator)) throw new RangeError(`Cannot accept a model: it uses the control flow operator ${operator}`);
  for (const { bytes: attribute } of of(fields, 5)) {
    const parts = [...fieldsOf(attribute)];
    if (has(parts, 6) || has(parts, 11)) throw new RangeError(`Cannot accept a model: ${JSON.stringify(operator)} holds a graph of its own`);
    for (const { bytes: tensor } of [...of(parts, 5), ...of(parts, 10)]) checkTensor(tensor);
    for (const { bytes: sparse } of [...of(parts, 22), ...of(parts, 23)]) checkSparse(sparse);
  }
  return operator;
}

function checkDomain(domain: string): void {
  if (!domains.has(domain)) throw new RangeError(`Cannot accept a model: operators of domain ${JSON.stringify(domain.slice(0, 80))}`);
}

/** The runtime would load a file with this mark as its own, whatever else the bytes say. */
function isOrtFormat(bytes: Bytes): boolean {
  return bytes.length >= 8 && String.fromCharCode(...bytes.subarray(4, 8)) === "ORTM";
}

/** A sparse tensor is two tensors: values and where they go. */
function checkSparse(sparse: Bytes): void {
  const parts = [...fieldsOf(sparse)];
  for (const { bytes: tensor } of [...of(parts, 1), ...of(parts, 2)]) checkTensor(tensor);
}

/** In TensorProto, field 13 names another file and field 14 says that the weights are in it. */
function checkTensor(tensor: Bytes): void {
  for (const { number, value } of fieldsOf(tensor)) {
    if (number === 13 || (number === 14 && value !== 0)) throw new RangeError("Cannot accept a model: weights outside the file");
  }
}

type Nested = Field & { readonly bytes: Bytes };
const of = (fields: readonly Field[], number: number): Nested[] =>
  fields.filter((field): field is Nested => field.number === number && field.bytes !== undefined);
const has = (fields: readonly Field[], number: number): boolean => fields.some((field) => field.number === number);

function textOf(message: Bytes, number: number): string {
  const found = of([...fieldsOf(message)], number).at(-1);
  if (found === undefined) return "";
  try {
    return text.decode(found.bytes);
  } catch {
    throw new RangeError("Cannot read a model: a name that is not text");
  }
}
