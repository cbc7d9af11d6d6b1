import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { wordedStudy } from "../src/cli/try-target.ts";
import type { StudyReport } from "../src/wheel/study-report.ts";
import type { TableSet } from "../src/wheel/study-request.ts";
import type { AccuracySet } from "./accuracy-sets.ts";
import { inTemporary } from "./temporary.ts";

const python = join(import.meta.dirname, "peers/.venv/bin/python");
const script = join(import.meta.dirname, "peers/tabular.py");

/** Root mean squared errors of the peers at their defaults. */
export interface PeerFigures {
  /** The best of HistGradientBoosting, ExtraTrees and Ridge. */
  readonly rmseSklearn: number;
  readonly rmseRidge: number | null;
  readonly rmseLightgbm: number | null;
}

/** The same rows, in the same folds, through the peers: every number now and, with a lag, at each of the rows before; and where rows of a group have an order, that. */
export async function peerFigures({ words: [kind, ...words] }: AccuracySet): Promise<PeerFigures | { readonly error: string }> {
  if (!existsSync(python)) return { error: "there is no bench/peers/.venv" };
  const { request: { train, test, folds, lag } } = await wordedStudy(kind as StudyReport["kind"], words);
  return await inTemporary(async (directory) => {
    const [own, other] = ["train.f64", folds === null ? "test.f64" : "folds.i4"].map((name) => join(directory, name));
    const columns = writeTable(own, train, lag);
    if (folds === null) writeTable(other, test ?? train, lag);
    else writeFileSync(other, new Uint8Array(folds.of.buffer));
    const answer = await run({ kind: "estimate", train: own, ...(folds === null ? { test: other } : { folds: other }), columns, target: columns - 1 });
    const rmse = (name: string) => answer.models[name]?.rmse ?? null;
    const sklearn = ["histGradientBoosting", "extraTrees", "ridge"].map(rmse).filter((one) => one !== null);
    if (sklearn.length === 0) return { error: answer.models["ridge"]?.error ?? "none of them answered" };
    return { rmseSklearn: Math.min(...sklearn), rmseRidge: rmse("ridge"), rmseLightgbm: rmse("lightgbm") };
  });
}

/** Inputs, their past rows (the first of a stretch where there is none), the order of a group, then the target, as raw doubles; returns the number of columns. */
function writeTable(path: string, { rows, inputs, order, target, stretches }: TableSet, lag: number): number {
  const numbers = inputs.filter(({ levels }) => levels === null);
  const columns = numbers.length * (lag + 1) + (order === null ? 0 : 1) + 1;
  const table = new Float64Array(rows * columns).fill(NaN);
  for (const { start, end } of stretches) {
    for (let row = start; row < end; row++) {
      for (let back = 0; back <= lag; back++) for (const [j, { values }] of numbers.entries()) table[row * columns + back * numbers.length + j] = values[Math.max(start, row - back)];
      if (order !== null) table[(row + 1) * columns - 2] = order[row];
      table[(row + 1) * columns - 1] = target?.values[row] ?? NaN;
    }
  }
  writeFileSync(path, new Uint8Array(table.buffer));
  return columns;
}

async function run(given: Readonly<Record<string, unknown>>): Promise<{ models: Record<string, { rmse?: number; error?: string } | undefined> }> {
  const child = spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(given));
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  await once(child, "close");
  return JSON.parse(text) as { models: Record<string, { rmse?: number; error?: string } | undefined> };
}
