import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { temporaryDirectory } from "../../test/synthetic.ts";
import { requireReplaceable, writeOwn } from "./own-file.ts";

const { path: home, remove } = temporaryDirectory();
after(remove);
const ours = (head: Buffer) => head.includes("made by us");

test("requireReplaceable() lets a new name and an own file pass, and refuses everything else", () => {
  const at = (name: string) => join(home, name);
  writeFileSync(at("own"), "made by us, long ago");
  writeFileSync(at("other"), `${" ".repeat(5000)}made by us`);
  mkdirSync(at("folder"));
  symlinkSync(at("own"), at("link"));
  for (const name of ["new", "own"]) requireReplaceable(at(name), "report", ours);
  for (const name of ["other", "folder", "link"]) {
    assert.throws(() => requireReplaceable(at(name), "report", ours), { code: "cli.usage", hint: /--report/ }, name);
  }
});

test("writeOwn() replaces a file whole, and leaves nothing behind when it cannot", () => {
  const path = join(home, "report.html");
  writeOwn(path, "report", "first, and longer");
  writeOwn(path, "report", "second");
  assert.equal(readFileSync(path, "utf8"), "second");
  assert.throws(() => writeOwn(join(home, "nowhere", "report.html"), "report", "x"), { code: "cli.not-written", hint: /--report/ });
  assert.deepEqual(readdirSync(home).filter((name) => name.endsWith(".tmp")), []);
});
