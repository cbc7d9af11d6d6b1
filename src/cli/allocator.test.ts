import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";

const skip = process.platform === "linux" ? false : "only Linux is told how to hand out memory";
const names = ["MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "DUCKDB_JE_MALLOC_CONF"] as const;

/** A program that asks for steady memory, then says what it was started with. */
const program = `import { holdMemorySteady } from ${JSON.stringify(join(import.meta.dirname, "allocator.ts"))};
holdMemorySteady();
console.log(JSON.stringify([process.pid, process.argv.slice(1), process.execArgv, ${names.map((name) => `process.env.${name} ?? null`).join(", ")}]));
process.disconnect?.();`;

const environment = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ ...process.env, MALLOC_ARENA_MAX: undefined, MALLOC_MMAP_THRESHOLD_: undefined, DUCKDB_JE_MALLOC_CONF: undefined, ...more });
const words = ["--no-deprecation", "--input-type=module", "--eval", program, "up", "--data", "a b"];

test("holdMemorySteady() starts the program anew in its process, with its words and options, once", { skip }, () => {
  const { pid, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8", env: environment({}) });
  assert.deepEqual(JSON.parse(stdout), [pid, words.slice(4), ["--max-semi-space-size=16", ...words.slice(0, 4)], "2", "131072", "dirty_decay_ms:500,muzzy_decay_ms:0"]);
  assert.equal(stderr, "");
});

test("holdMemorySteady() leaves a choice that somebody has made, also of one of them", { skip }, () => {
  const { stdout } = spawnSync(process.execPath, words, { encoding: "utf8", env: environment({ MALLOC_ARENA_MAX: "7" }) });
  assert.deepEqual((JSON.parse(stdout) as unknown[]).slice(3), ["7", null, null]);
});

test("holdMemorySteady() keeps the line to a parent process, which would be cut", { skip }, async () => {
  const child = spawn(process.execPath, words, { env: environment({}), stdio: ["ignore", "pipe", "inherit", "ipc"] });
  let said = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (said += text));
  await once(child, "close");
  assert.deepEqual((JSON.parse(said) as unknown[]).slice(3), [null, null, null]);
});
