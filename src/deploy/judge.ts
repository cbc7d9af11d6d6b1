import { baselineOf } from "../learn/baseline.ts";
import type { Engine, Session } from "../learn/engine.ts";
import { inspectModel } from "../learn/onnx/inspect.ts";
import type { Matrix } from "../learn/matrix.ts";
import { runStretch } from "../learn/stretch.ts";
import type { Digest } from "../schema/id.ts";
import type { Store } from "../store/store.ts";
import type { RunningRows } from "./running-gate.ts";

/** What a model said of a block, row by row; NaN where it is unknown and in the warm-up. */
export interface Judgement {
  readonly scores: Float32Array; // rows
  readonly contributions: Float32Array; // rows × signals
}

/**
 * Judges a block by a model's very bytes.
 *
 * The warm-up gives the baseline to a model that asks for one, and is not judged itself; nor are rows
 * in which the asset does not run, or may not.
 * Input: rows × signals on the wheel's grid; a session of the model; `window` rows of its window.
 */
async function judge(session: Session, window: number, { rows, warmUpRows, running = null }: JudgedRows): Promise<Judgement> {
  const own = session.inputs.includes("baseline");
  const head = { rows: warmUpRows, columns: rows.columns, values: rows.values.subarray(0, warmUpRows * rows.columns) };
  const outputs = { score: 1, contributions: rows.columns };
  const { score, contributions } = await runStretch(session, outputs, rows, window, own ? baselineOf(head) : null);
  score.fill(NaN, 0, warmUpRows);
  running?.forEach((code, row) => code !== 1 && score.fill(NaN, row, row + 1));
  return { scores: score, contributions };
}

/** A block as a model is given it. */
export interface JudgedRows {
  readonly rows: Matrix;
  readonly warmUpRows: number;
  /** For a wheel that judges only while its asset runs. */
  readonly running?: RunningRows | null;
}

/** Scores a block by the bytes of a stored model. */
export async function judgeBy(model: Digest, block: JudgedRows, ports: { readonly store: Store; readonly engine: Engine }): Promise<Judgement> {
  return await judging(model, ports, (judgeOne) => judgeOne(block));
}

/** Work with the bytes of a model, or of a stored one, loaded once however many blocks they are to score. */
export async function judging<T>(
  model: Digest | Uint8Array,
  { store, engine }: { readonly store: Store; readonly engine: Engine },
  work: (judgeOne: (block: JudgedRows) => Promise<Judgement>) => Promise<T>,
): Promise<T> {
  const bytes = typeof model === "string" ? store.models.read(model) : model;
  const session = await engine.open(bytes);
  try {
    const window = windowOf(bytes);
    return await work((block) => judge(session, window, block));
  } finally {
    await session.close();
  }
}

/** Rows of a model's window, as the file says. Throws RangeError for a file that does not say. */
export function windowOf(model: Uint8Array): number {
  const window = Number(inspectModel(model).metadata["millrace.window"]);
  if (!Number.isInteger(window) || window < 1) throw new RangeError("Cannot use a model: it does not say how many rows its window has");
  return window;
}
