import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { FolderOptions, watchFolder, type FoundFile } from "./folder.ts";

interface Watched {
  readonly directory: string;
  /** Names handed over so far. */
  readonly found: string[];
  stop(): Promise<void>;
}

/** A watched folder whose files are answered by `answer`. */
function watch(context: TestContext, answer: (file: FoundFile) => Promise<void>, options: Partial<FolderOptions> = {}, directory = mkdtempSync(join(tmpdir(), "millrace-folder-"))): Watched {
  const stopping = new AbortController();
  const found: string[] = [];
  const watching = (async () => {
    for await (const file of watchFolder(FolderOptions.parse({ directory, settle: 0.05, look: 0.02, ...options }), stopping.signal)) {
      found.push(file.name);
      await answer(file);
    }
  })();
  const stop = async (): Promise<void> => {
    stopping.abort();
    await watching.catch(() => {});
  };
  context.after(async () => {
    await stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return { directory, found, stop };
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await delay(5);
};

test("watchFolder() hands a file over once it no longer grows, and puts it away", { timeout: 10_000 }, async (context) => {
  const { directory, found } = watch(context, (file) => file.done(), { settle: 0.3 });
  const path = join(directory, "a.csv");
  for (let index = 0; index < 10; index++) {
    appendFileSync(path, `${index},1\n`);
    await delay(40);
    assert.deepEqual(found, [], "it still grows");
  }
  await until(() => existsSync(join(directory, "done/a.csv")));
  assert.deepEqual(found, ["a.csv"]);
  assert.equal(readFileSync(join(directory, "done/a.csv"), "utf8").split("\n").length, 11);
});

test("watchFolder() takes equal content once, under any name, also after it was started anew", { timeout: 10_000 }, async (context) => {
  const first = watch(context, (file) => file.done());
  writeFileSync(join(first.directory, "a.csv"), "same");
  await until(() => existsSync(join(first.directory, "done/a.csv")));
  writeFileSync(join(first.directory, "b.csv"), "same");
  await until(() => existsSync(join(first.directory, "done/b.csv")));
  assert.deepEqual(first.found, ["a.csv"]);
  await first.stop();
  const second = watch(context, (file) => file.done(), {}, first.directory);
  writeFileSync(join(first.directory, "a.csv"), "same");
  await until(() => existsSync(join(first.directory, "done/a (2).csv")));
  writeFileSync(join(first.directory, "a.csv"), "other");
  await until(() => existsSync(join(first.directory, "done/a (3).csv")));
  assert.deepEqual(second.found, ["a.csv"]);
});

test("watchFolder() says why a file failed, and takes it again when it is dropped again", { timeout: 10_000 }, async (context) => {
  let failures = 1;
  const { directory, found } = watch(context, async (file) => {
    if (failures-- > 0) await file.failed("Cannot read: no time column\u001b[31m");
    else await file.done();
  });
  writeFileSync(join(directory, "a.csv"), "x");
  await until(() => existsSync(join(directory, "failed/a.csv")));
  assert.equal(readFileSync(join(directory, "failed/a.csv.reason.txt"), "utf8"), "Cannot read: no time column\\u001b[31m\n");
  renameSync(join(directory, "failed/a.csv"), join(directory, "a.csv"));
  await until(() => existsSync(join(directory, "done/a.csv")));
  assert.deepEqual(found, ["a.csv", "a.csv"]);
});

test("watchFolder() leaves half files, hidden ones, links, folders and other endings alone", { timeout: 10_000 }, async (context) => {
  const { directory, found } = watch(context, (file) => file.done());
  for (const name of [".hidden.csv", "a.part.csv", "a.csv.part", "b.tmp", "c.csv~", "d.exe", "empty.csv"]) writeFileSync(join(directory, name), name === "empty.csv" ? "" : "x");
  mkdirSync(join(directory, "folder.csv"));
  symlinkSync("/etc/hostname", join(directory, "link.csv"));
  writeFileSync(join(directory, "good.csv"), "1");
  await until(() => found.length > 0);
  await delay(200);
  assert.deepEqual(found, ["good.csv"]);
  renameSync(join(directory, "a.csv.part"), join(directory, "whole.csv"));
  await until(() => existsSync(join(directory, "done/whole.csv")));
  assert.equal(readdirSync(join(directory, "taking")).length, 0);
});

test("watchFolder() hands over again what was being taken in when it ended", { timeout: 10_000 }, async (context) => {
  const first = watch(context, () => Promise.resolve()); // ends without an answer
  writeFileSync(join(first.directory, "a.csv"), "1");
  await until(() => first.found.length > 0);
  await first.stop();
  assert.deepEqual(readdirSync(join(first.directory, "taking")), ["a.csv"]);
  const second = watch(context, (file) => file.done(), {}, first.directory);
  await until(() => existsSync(join(first.directory, "done/a.csv")));
  assert.deepEqual(second.found, ["a.csv"]);
});

test("watchFolder() says that a folder cannot be watched", async () => {
  await assert.rejects(async () => {
    for await (const file of watchFolder(FolderOptions.parse({ directory: "/dev/null/x" }), new AbortController().signal)) assert.fail(file.name);
  }, { code: "capture.no-folder" });
});
