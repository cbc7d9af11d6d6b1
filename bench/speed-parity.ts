import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { python } from "./speed-race.ts";

/** A model and what plain code says of some items. */
export interface ParityModel {
  readonly name: string;
  readonly model: Uint8Array;
  /** Of its one input `x`: items × features. */
  readonly items: { readonly rows: number; readonly columns: number; readonly values: Float32Array };
  readonly expected: Float64Array;
  /** What a difference is held against where the value is smaller. */
  readonly scale: number;
}

/** The largest difference between plain code and ONNX Runtime for Python, as a share of the value or of its scale; null without Python. */
export function parityOf(models: readonly ParityModel[], directory: string, say: (text: string) => void): { models: number; largest: number } | null {
  if (!existsSync(python)) return null;
  let largest = 0;
  for (const { name, model, items, expected, scale } of models) {
    const path = join(directory, `${name}.onnx`);
    writeFileSync(path, model);
    const x = { type: "float32", dims: [items.rows, items.columns], values: Array.from(items.values, (value) => (Number.isNaN(value) ? "NaN" : value)) };
    const reply = execFileSync(python, [join(import.meta.dirname, "peers/score_onnx.py"), path], { input: JSON.stringify({ x }), maxBuffer: 1e9 });
    const { y } = JSON.parse(reply.toString()) as { y: { values: readonly (number | string)[] } };
    if (y.values.length !== expected.length) throw new Error(`Cannot compare ${name}: ${y.values.length} values, expected ${expected.length}`);
    const most = expected.reduce((worst, value, at) => Math.max(worst, Math.abs(Number(y.values[at]) - value) / Math.max(Math.abs(value), scale)), 0);
    say(`${name}: ${most.toExponential(1)} from Python's`);
    largest = Math.max(largest, Number.isNaN(most) ? Infinity : most);
  }
  return { models: models.length, largest };
}
