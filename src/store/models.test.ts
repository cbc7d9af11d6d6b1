import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { digest } from "../digest.ts";
import { ModelFiles } from "./models.ts";

function folder(t: TestContext): { models: ModelFiles; path: string } {
  const directory = mkdtempSync(join(tmpdir(), "millrace-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(join(directory, "models"));
  return { models: new ModelFiles(directory), path: join(directory, "models") };
}

test("ModelFiles.put() names a file by its bytes and leaves no draft", (t) => {
  const { models, path } = folder(t);
  const bytes = Uint8Array.of(1, 2, 3);
  const name = models.put(bytes);
  assert.equal(name, digest(bytes));
  assert.deepEqual(models.read(name), bytes);
  assert.equal(models.put(bytes), name);
  assert.deepEqual(readdirSync(path), [`${name}.onnx`]);
  assert.deepEqual(models.list(), [name]);
  models.remove(name);
  assert.deepEqual([models.has(name), models.list()], [false, []]);
});

test("ModelFiles.read() refuses other bytes than the name says, and put() mends them", (t) => {
  const { models, path } = folder(t);
  const name = models.put(Uint8Array.of(1, 2, 3));
  writeFileSync(join(path, `${name}.onnx`), Uint8Array.of(1, 2, 4));
  assert.throws(() => models.read(name), { code: "store.model-damaged" });
  models.put(Uint8Array.of(1, 2, 3));
  assert.deepEqual(models.read(name), Uint8Array.of(1, 2, 3));
});

test("ModelFiles.read() names a missing file, and never leaves its folder", (t) => {
  const { models } = folder(t);
  assert.throws(() => models.read("0".repeat(64)), { code: "store.model-missing" });
  for (const name of ["../records.sqlite", "", "..", "a/b", `${"0".repeat(64)}\0`]) assert.throws(() => models.read(name), RangeError);
});
