import type { Engine, Session } from "../learn/engine.ts";
import { inspectModel } from "../learn/onnx/inspect.ts";
import type { Matrix } from "../learn/matrix.ts";
import { runStretches, type Stretch } from "../learn/series-items.ts";
import type { RunningRows } from "./running-gate.ts";

/** A model of a target that is loaded. */
export interface TargetModelOpen {
  readonly session: Session;
  /** How many rows before a row it looks at; Infinity when it knows where the stretch began. */
  readonly reach: number;
  /** In the order of its probabilities; none where the target is a number. */
  readonly classes: readonly string[];
}

/** What a model said of rows. Each is one a row, NaN for unknown. */
export interface TargetSaid {
  /** The value, or the place of the class in `classes`, -1 for none of them. */
  readonly values: Float64Array;
  /** Of a number, where the model has an interval. */
  readonly low: Float64Array | null;
  readonly high: Float64Array | null;
  /** Rows × classes. */
  readonly probabilities: Float64Array | null;
}

/** Whether a model file says that it answers for a target. */
export const isOfTarget = (bytes: Uint8Array): boolean => inspectModel(bytes).metadata["millrace.reach"] !== undefined;

/** Loads a model's very bytes. Throws what the engine says of them, RangeError when they tell no reach. */
export async function openTarget(bytes: Uint8Array, engine: Engine, again?: () => Uint8Array): Promise<TargetModelOpen> {
  const { metadata } = inspectModel(bytes);
  const told = metadata["millrace.reach"];
  const reach = told === "stretch" ? Infinity : Number(told);
  if (told === undefined || Number.isNaN(reach)) throw new RangeError("Cannot use a model of a target: it does not say how far back it looks");
  const classes = JSON.parse(metadata["millrace.classes"] ?? "[]") as string[];
  return { session: await engine.open(bytes, again), reach, classes };
}

/**
 * What a model says of rows, stretch by stretch: nothing of a row in which an input is missing or the
 * asset does not run, and nothing of rows in no stretch.
 */
export async function judgeTarget({ session, reach, classes }: TargetModelOpen, rows: Matrix, stretches: readonly Stretch[], running: RunningRows | null): Promise<TargetSaid> {
  const has = (name: string) => session.outputs.includes(name);
  const answer = classes.length === 0 ? "value" : has("believed") ? "believed" : "class";
  const outputs = { [answer]: 1, ...(has("low") && { low: 1, high: 1 }), ...(classes.length > 0 && { probabilities: classes.length }) };
  const said = await runStretches(session, outputs, rows, stretches, reach);
  const of = (name: string, width = 1): Float64Array => Float64Array.from(said[name] ?? new Float64Array(rows.rows * width).fill(NaN));
  const values = of(answer);
  const [low, high] = has("low") ? [of("low"), of("high")] : [null, null];
  for (let row = 0; row < rows.rows; row++) {
    if (isWhole(rows, row) && (running === null || running[row] === 1)) continue;
    for (const column of [values, low, high]) column?.fill(NaN, row, row + 1);
  }
  return { values, low, high, probabilities: classes.length === 0 ? null : of("probabilities", classes.length) };
}

/** Whether every input of a row is known: an answer from anything else would be made up in part. */
function isWhole({ columns, values }: Matrix, row: number): boolean {
  for (let at = row * columns; at < (row + 1) * columns; at++) if (Number.isNaN(values[at])) return false;
  return true;
}
