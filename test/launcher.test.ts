import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "./synthetic.ts";

const launcher = join(import.meta.dirname, "../millrace");
const isPosix = process.platform !== "win32";

/** A clone that holds only the launcher, and commands that stand in for those of a machine. */
function bareClone(commands: Readonly<Record<string, string>>): { run: (...words: string[]) => { status: number | null; stderr: string }; root: string; remove: () => void } {
  const { path, remove } = temporaryDirectory();
  const bin = join(path, "bin");
  mkdirSync(bin);
  copyFileSync(launcher, join(path, "millrace"));
  chmodSync(join(path, "millrace"), 0o755);
  for (const [name, body] of Object.entries(commands)) writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const tools = ["sh", "dirname", "readlink", "sed", "cmp", "mkdir", "cp", "find", "head", "touch", "rm", "mv"];
  const links = tools.map((tool) => `ln -s "$(command -v ${tool})" "${bin}/${tool}"`).join("; ");
  spawnSync("sh", ["-c", links]);
  const run = (...words: string[]) => {
    const { status, stderr } = spawnSync(join(path, "millrace"), words, { cwd: path, env: { PATH: bin }, encoding: "utf8" });
    return { status, stderr };
  };
  return { run, root: path, remove };
}

test("the launcher says clearly that it knows no Node for a platform", { skip: isPosix ? false : "needs a POSIX shell" }, () => {
  const { run, remove } = bareClone({ uname: 'case $1 in -s) echo Plan9 ;; *) echo mips ;; esac', node: "echo v20.20.2" });
  const { status, stderr } = run("help");
  remove();
  assert.equal(status, 69);
  assert.match(stderr, /Cannot bring Node 24: no package for Plan9 on mips/);
  assert.match(stderr, /Install Node 24 or newer yourself/);
});

test("the launcher says what is missing when there is neither Node 24 nor npm", { skip: isPosix ? false : "needs a POSIX shell" }, () => {
  const { run, remove } = bareClone({ uname: 'case $1 in -s) echo Linux ;; *) echo x86_64 ;; esac' });
  const { status, stderr } = run("help");
  remove();
  assert.equal(status, 69);
  assert.match(stderr, /Cannot bring Node 24: there is no npm/);
});

test("the launcher installs, builds and hands over once, then only hands over", { skip: isPosix ? false : "needs a POSIX shell" }, () => {
  const { run, root, remove } = bareClone({
    node: 'case $1 in --version) echo v24.21.0 ;; *) echo "node $*" >> log ;; esac',
    npm: 'echo "npm $*" >> log; case $1 in ci) mkdir -p node_modules ;; esac',
    cat: "exec /bin/cat \"$@\"",
  });
  mkdirSync(join(root, "src"));
  for (const name of ["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"]) writeFileSync(join(root, name), "{}");
  const log = () => spawnSync("cat", [join(root, "log")], { encoding: "utf8" }).stdout.trim().split("\n").map((line) => line.split(" ").slice(0, 3).join(" ").replace(root, "."));
  spawnSync("sh", ["-c", `cd "${root}" && PATH="${join(root, "bin")}" ./millrace one`]);
  assert.deepEqual(log(), ["npm ci --no-audit", "npm run --silent", "node ./dist/cli/main.js one"]);
  spawnSync("sh", ["-c", `cd "${root}" && PATH="${join(root, "bin")}" ./millrace two`]);
  assert.deepEqual(log().slice(3), ["node ./dist/cli/main.js two"]);
  spawnSync("sh", ["-c", `cd "${root}" && PATH="${join(root, "bin")}" ./millrace test some`]);
  assert.deepEqual(log().slice(4), ["npm test --silent"]);
  assert.equal(run("three").status, 0);
  remove();
});
