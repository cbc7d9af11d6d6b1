import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { normalFrom, randomFrom } from "../../src/learn/random.ts";

const python = join(import.meta.dirname, ".venv/bin/python");
const noPeer = existsSync(python) ? false : "no Python environment in bench/peers/.venv; see bench/peers/README.md";

interface Answer {
  readonly models: Readonly<Record<string, Readonly<Record<string, number | string>>>>;
}

/** Rows of two inputs and a target that is their sum, and a little more. */
function rowsOf(count: number, seed: number): number[][] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => {
    const [a, b] = [normalFrom(random), normalFrom(random)];
    return [a, b, a + b + 0.1 * normalFrom(random)];
  });
}

test("tabular.py gives its models the same table from CSV and from raw numbers, and says what failed", { skip: noPeer }, (context) => {
  const directory = mkdtempSync(join(tmpdir(), "millrace-tabular-"));
  context.after(() => rmSync(directory, { recursive: true }));
  const [train, exam] = [rowsOf(120, 1), rowsOf(60, 2)];
  for (const [name, rows] of [["train", train], ["test", exam]] as const) {
    writeFileSync(join(directory, `${name}.csv`), rows.map((row, at) => (at === 3 ? ["", ...row.slice(1)] : row).join(",")).join("\n"));
    writeFileSync(join(directory, `${name}.f64`), new Uint8Array(Float64Array.from(rows.flatMap((row, at) => (at === 3 ? [NaN, ...row.slice(1)] : row))).buffer));
  }
  const ask = (more: object): Answer["models"] => (JSON.parse(execFileSync(python, [join(import.meta.dirname, "tabular.py")], { input: JSON.stringify({ kind: "estimate", ...more }), encoding: "utf8" })) as Answer).models;
  const files = (ending: string) => ({ train: join(directory, `train.${ending}`), test: join(directory, `test.${ending}`) });

  const { ridge, nothing } = ask({ ...files("csv"), models: ["ridge", "nothing"] });
  assert.ok(Number(ridge.rmse) > 0.05 && Number(ridge.rmse) < 0.35, JSON.stringify(ridge));
  assert.ok(Number(ridge.fitSeconds) > 0 && Number(ridge.peakMiB) > 20 && ridge.judged === 60);
  assert.match(String(nothing.error), /no model 'nothing'/);
  assert.equal(ask({ ...files("f64"), columns: 3, models: ["ridge"] }).ridge.rmse, ridge.rmse);
});

test("tabular.py in folds answers what it answers each fold by itself, taught by the others, over all rows", { skip: noPeer }, (context) => {
  const directory = mkdtempSync(join(tmpdir(), "millrace-tabular-"));
  context.after(() => rmSync(directory, { recursive: true }));
  const rows = rowsOf(90, 3).map((row, at) => (at % 10 === 0 ? [row[0], row[1], NaN] : row));
  const folds = Int32Array.from(rows, (row, at) => (Number.isNaN(row[2]) ? -1 : at % 7 === 0 ? 2 : Math.floor(at / 45)));
  const write = (name: string, values: readonly (readonly number[])[]): string => {
    const path = join(directory, `${name}.f64`);
    writeFileSync(path, new Uint8Array(Float64Array.from(values.flat()).buffer));
    return path;
  };
  const ask = (more: object) => (JSON.parse(execFileSync(python, [join(import.meta.dirname, "tabular.py")], { input: JSON.stringify({ kind: "estimate", columns: 3, models: ["ridge"], ...more }), encoding: "utf8" })) as Answer).models.ridge;
  writeFileSync(join(directory, "folds"), new Uint8Array(folds.buffer));
  const whole = ask({ train: write("all", rows), folds: join(directory, "folds") });
  const squares = [0, 1, 2].map((fold) => {
    const parts = { train: write("train", rows.filter((_, at) => folds[at] >= 0 && folds[at] !== fold)), test: write("test", rows.filter((_, at) => folds[at] === fold)) };
    const { rmse, judged } = ask(parts);
    return { sum: Number(rmse) ** 2 * Number(judged), judged: Number(judged) };
  });
  const judged = squares.reduce((sum, one) => sum + one.judged, 0);
  assert.equal(judged, 81);
  assert.equal(whole.judged, judged);
  assert.ok(Math.abs(Number(whole.rmse) - Math.sqrt(squares.reduce((sum, one) => sum + one.sum, 0) / judged)) < 1e-12);
});
