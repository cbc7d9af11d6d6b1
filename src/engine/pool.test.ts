import assert from "node:assert/strict";
import { test } from "node:test";
import { MillraceError } from "../errors.ts";
import { kernels } from "../learn/kernels.ts";
import { keysByRow, keysOf } from "../learn/trees/keys.ts";
import { threadPool } from "./pool.ts";

const keys = keysOf({ rows: 4, columns: 1, values: Float32Array.of(1, 2, 3, 4) });
const plan = { keys, byRow: keysByRow(keys), classes: 0, targets: Float64Array.of(1, 1, 5, 5), weights: new Float64Array(4).fill(1), tried: 1, leastLeaf: 1, seed: 1, scale: 1 };

test("threadPool() runs more kernels than it has threads, each as it would run here, and gives what they throw", async (t) => {
  const pool = threadPool(2);
  t.after(() => pool.close());
  const grown = await Promise.all(Array.from({ length: 7 }, (_, tree) => pool.run("growRandomTrees", [plan, tree, tree + 1])));
  assert.deepEqual(grown, Array.from({ length: 7 }, (_, tree) => kernels.growRandomTrees(plan, tree, tree + 1)));
  await assert.rejects(pool.run("toString", []), /Cannot run kernel "toString"/);
  await assert.rejects(pool.run("growRandomTrees", [null, 0, 1]), TypeErrorLike);
  assert.deepEqual(await pool.run("growRandomTrees", [plan, 0, 1]), grown[0], "and goes on");
});

const TypeErrorLike = (error: unknown): boolean => error instanceof Error && /null/.test(error.message);

test("a pool that is closed fails the kernels that still ran", async () => {
  const pool = threadPool(1);
  const endless = pool.run("growRandomTrees", [plan, 0, 1e9]);
  const failed = assert.rejects(endless, (error: unknown) => error instanceof MillraceError && error.code === "thread.lost");
  await pool.close();
  await failed;
});
