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
