import * as ort from "onnxruntime-node";
import { MillraceError } from "../errors.ts";
import type { Engine, Session, Tensor } from "../learn/engine.ts";
import { inspectModel } from "../learn/onnx/inspect.ts";

/**
 * ONNX Runtime on the processor, so many threads a session: the one place that touches it. What comes out
 * is the same on any number of them.
 *
 * `run` blocks the thread it is called on although it returns a promise: call it in a worker or a
 * child process. Every model is inspected before it is loaded.
 * Throws: `engine.model-refused` for a damaged or forbidden file, `engine.run-failed` for inputs the
 * graph cannot take.
 */
export const onnxEngineOf = (threads: number): Engine => ({
  async open(model) {
    inspect(model);
    const session = await create(model, threads);
    return {
      inputs: session.inputNames,
      outputs: session.outputNames,
      run: (inputs, outputs) => run(session, inputs, outputs),
      close: () => session.release(),
    } satisfies Session;
  },
});

/** With one thread a session, where several sessions run side by side. */
export const onnxEngine: Engine = onnxEngineOf(1);

function inspect(model: Uint8Array): void {
  try {
    inspectModel(model);
  } catch (cause) {
    throw refused(cause);
  }
}

async function create(model: Uint8Array, threads: number): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model, {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      extra: { session: { intra_op: { allow_spinning: "0" } } }, // threads that wait leave the processor to others
      executionMode: "sequential",
      logSeverityLevel: 3,
    });
  } catch (cause) {
    throw refused(cause);
  }
}

async function run(
  session: ort.InferenceSession,
  inputs: Readonly<Record<string, Tensor>>,
  outputs: readonly string[] = session.outputNames,
): Promise<Record<string, Tensor>> {
  try {
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(tensor)]));
    // All of them: asked for some, the runtime gives back their values under the names of others.
    const results = await session.run(feeds);
    return Object.fromEntries(outputs.map((name) => [name, fromOrt(name, results[name])]));
  } catch (cause) {
    if (cause instanceof MillraceError) throw cause;
    throw new MillraceError("engine.run-failed", `Cannot run a model: ${seenOf(cause)}`, {
      hint: "Check that the rows and signals given are those the model was made for.",
      cause,
    });
  }
}

function toOrt({ type, values, dims }: Tensor): ort.Tensor {
  return type === "double" ? new ort.Tensor("float64", values, dims) : new ort.Tensor("float32", values, dims);
}

function fromOrt(name: string, tensor: ort.Tensor | undefined): Tensor {
  if (tensor === undefined) throw new RangeError(`it has no output ${JSON.stringify(name.slice(0, 80))}`);
  if (tensor.type === "float64") return { type: "double", dims: tensor.dims, values: tensor.data as Float64Array };
  if (tensor.type === "float32") return { type: "float", dims: tensor.dims, values: tensor.data as Float32Array };
  throw new MillraceError("engine.run-failed", `Cannot read output ${JSON.stringify(name)}: it is of type ${tensor.type}`, {
    hint: "Export the model with float or double outputs.",
  });
}

function refused(cause: unknown): MillraceError {
  return new MillraceError("engine.model-refused", `Cannot load a model: ${seenOf(cause)}`, {
    hint: "Use a model file as Millrace exported it, or one with standard ONNX operators and its weights inside.",
    cause,
  });
}

/** What the runtime says, on one line and without its final period. */
function seenOf(cause: unknown): string {
  const seen = cause instanceof Error ? cause.message : String(cause);
  return seen.replaceAll(/\s+/g, " ").slice(0, 300).replace(/[.\s]+$/, "");
}
