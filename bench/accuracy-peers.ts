import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rowRules, rangeOf } from "../src/cli/try-tables.ts";
import { readTables } from "../src/capture/tables.ts";
import type { TableFile } from "../src/capture/table-file.ts";
import { tableStudy } from "../src/wheel/table-rows.ts";
import type { TableSet } from "../src/wheel/study-request.ts";
import type { AccuracySet } from "./accuracy-sets.ts";
import { inTemporary } from "./temporary.ts";

const python = join(import.meta.dirname, "peers/.venv/bin/python");
const script = join(import.meta.dirname, "peers/tabular.py");

/** Root mean squared errors of the peers at their defaults. */
export interface PeerFigures {
  /** The best of HistGradientBoosting, ExtraTrees and Ridge. */
  readonly rmseSklearn: number | null;
  readonly rmseRidge: number | null;
  readonly rmseLightgbm: number | null;
}

/** The same rows through the peers: every input now and, with a lag, at each of the rows before. */
export async function peerFigures({ words }: AccuracySet): Promise<PeerFigures | { readonly error: string }> {
  if (!existsSync(python)) return { error: "there is no bench/peers/.venv" };
  if (words.includes("--folds")) return { error: "they are not run in folds" };
  const { train, test, lag } = await setsOf(words);
  return await inTemporary(async (directory) => {
    const [own, other] = ["train", "test"].map((side) => join(directory, `${side}.f64`));
    const columns = writeTable(own, train, lag);
    writeTable(other, test, lag);
    const answer = await run({ kind: "estimate", train: own, test: other, columns, target: columns - 1 });
    const rmse = (name: string) => answer.models[name]?.rmse ?? null;
    const sklearn = ["histGradientBoosting", "extraTrees", "ridge"].map(rmse).filter((one) => one !== null);
    return { rmseSklearn: sklearn.length === 0 ? null : Math.min(...sklearn), rmseRidge: rmse("ridge"), rmseLightgbm: rmse("lightgbm") };
  });
}

async function setsOf(words: readonly string[]): Promise<{ train: TableSet; test: TableSet; lag: number }> {
  const valueOf = (name: string) => words[words.indexOf(`--${name}`) + 1];
  const has = (name: string) => words.includes(`--${name}`);
  const filesOf = (name: string) => {
    const from = words.indexOf(`--${name}`) + 1;
    const to = words.findIndex((word, place) => place >= from && word.startsWith("--"));
    return words.slice(from, to);
  };
  const rules = rowRules(has("rows") ? valueOf("rows") : undefined);
  const read = async (side: "train" | "test"): Promise<TableFile[]> =>
    await readTables(filesOf(side), { rows: (path) => rangeOf(rules, path, side), ...(has("time") ? { time: null } : {}), ...(has("exclude") ? { exclude: valueOf("exclude").split(",") } : {}) });
  const { request } = tableStudy({ kind: "estimate", train: await read("train"), test: await read("test"), target: valueOf("target") });
  if (request.test === null) throw new RangeError("Cannot hand rows to the peers: there are none that judge");
  return { train: request.train, test: request.test, lag: has("lag") ? Number(valueOf("lag")) : 0 };
}

/** Inputs, their past rows (the first of a stretch where there is none), then the target, as raw doubles; returns the number of columns. */
function writeTable(path: string, { rows, inputs, target, stretches }: TableSet, lag: number): number {
  const numbers = inputs.filter(({ levels }) => levels === null);
  const columns = numbers.length * (lag + 1) + 1;
  const table = new Float64Array(rows * columns).fill(NaN);
  for (const { start, end } of stretches) {
    for (let row = start; row < end; row++) {
      for (let back = 0; back <= lag; back++) for (const [j, { values }] of numbers.entries()) table[row * columns + back * numbers.length + j] = values[Math.max(start, row - back)];
      table[(row + 1) * columns - 1] = target?.values[row] ?? NaN;
    }
  }
  writeFileSync(path, new Uint8Array(table.buffer));
  return columns;
}

async function run(given: Readonly<Record<string, unknown>>): Promise<{ models: Record<string, { rmse?: number } | undefined> }> {
  const child = spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(given));
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  await once(child, "close");
  return JSON.parse(text) as { models: Record<string, { rmse?: number } | undefined> };
}
