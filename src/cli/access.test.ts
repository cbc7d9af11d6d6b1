import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, test } from "node:test";
import { temporaryDirectory } from "../../test/synthetic.ts";

const { path: home, remove } = temporaryDirectory();
after(remove);

/** Runs one of the commands in a process of its own. */
function run(file: "token" | "user", words: readonly string[], input = ""): { status: number | null; stdout: string; stderr: string } {
  const program = `import { runCommand } from "citty"; import { ${file}Command } from ${JSON.stringify(join(import.meta.dirname, `${file}.ts`))}; import { printError } from ${JSON.stringify(join(import.meta.dirname, "output.ts"))};
    await runCommand(${file}Command, { rawArgs: process.argv.slice(1) }).catch((error) => { printError(error, false); process.exitCode = 1; });`;
  return spawnSync(process.execPath, ["--input-type=module-typescript", "-e", program, "--", ...words], { cwd: join(import.meta.dirname, "../.."), env: { ...process.env, MILLRACE_DATA: join(home, "site") }, encoding: "utf8", input });
}

test("token add makes a site where there is none, and shows a token once", () => {
  const added = run("token", ["add", "gateway"]);
  assert.equal(added.status, 0, added.stderr);
  assert.match(added.stdout, /^mr_[A-Za-z0-9_-]{43}\n/);
  const listed = run("token", ["list"]);
  assert.match(listed.stdout, /gateway .*never/);
  assert.ok(!listed.stdout.includes("mr_"));
  assert.match(run("token", ["add", "gateway"]).stderr, /there is one of this name/);
  assert.match(run("token", ["add"]).stderr, /without a name/);
  assert.deepEqual(JSON.parse(run("token", ["remove", "gateway", "--json"]).stdout), { removed: "gateway" });
  assert.match(run("token", ["list"]).stdout, /No tokens/);
});

test("user add gives rights to topics, with a password that is made or read", () => {
  const made = JSON.parse(run("user", ["add", "plc-1", "--publish", "plant/line-1/#, plant/x", "--json"]).stdout) as { password: string; publish: string[] };
  assert.ok(made.password.length >= 20);
  assert.deepEqual(made.publish, ["plant/line-1/#", "plant/x"]);
  const read = run("user", ["add", "panel", "--subscribe", "plant/+/alarms", "--password-stdin"], "a password of mine\n");
  assert.match(read.stdout, /"panel" is added/);
  assert.match(run("user", ["list"]).stdout, /plc-1 .*plant\/line-1\/#, plant\/x/);
  assert.match(run("user", ["add", "idle"]).stderr, /may do nothing/);
  assert.match(run("user", ["add", "odd", "--publish", "a/#/b"]).stderr, /no topic filter/);
  assert.equal(run("user", ["remove", "panel"]).status, 0);
  assert.match(run("user", ["remove", "panel"]).stderr, /none of this name/);
});
