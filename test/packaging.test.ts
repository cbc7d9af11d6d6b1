import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Settings } from "../src/schema/settings.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const { http, mqtt } = Settings.parse({});
const manifest = JSON.parse(read("package.json")) as { name: string; engines: { node: string }; files: string[] };
const major = Number(/\d+/.exec(manifest.engines.node)?.[0]);

/** Instructions of the Dockerfile, each its first word and the rest. */
const instructions = read("packaging/Dockerfile")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => ({ word: line.split(" ")[0], rest: line.slice(line.indexOf(" ") + 1) }));
const those = (word: string): string[] => instructions.filter((one) => one.word === word).map(({ rest }) => rest);

test("the Dockerfile copies what exists, and starts what the build makes", () => {
  const copied = those("COPY").filter((rest) => !rest.startsWith("--from") && rest !== ". .").flatMap((rest) => rest.split(" ").slice(0, -1));
  const taken = those("COPY").filter((rest) => rest.startsWith("--from")).flatMap((rest) => rest.split(" ").slice(1, -1)).map((path) => path.replace("/app/", ""));
  assert.ok(copied.length > 0 && taken.includes("dist"));
  for (const path of [...copied, ...taken.filter((path) => path !== "dist" && path !== "node_modules")]) assert.ok(existsSync(join(root, path)), path);
  const [entry] = those("ENTRYPOINT").map((rest) => JSON.parse(rest) as string[]);
  assert.ok(existsSync(join(root, (entry[1] ?? "").replace("/app/dist", "src").replace(/js$/, "ts"))), entry.join(" "));
  assert.deepEqual(those("CMD").map((rest) => JSON.parse(rest) as string[]), [["up", "--data", "/data"]]);
  assert.deepEqual(those("VOLUME"), ["/data"]);
});

test("the Dockerfile has the ports and the Node of the program, and does not run as root", () => {
  assert.deepEqual(those("EXPOSE"), [`${http.port} ${mqtt.port}`]);
  assert.ok(those("HEALTHCHECK")[0]?.includes(`http://127.0.0.1:${http.port}/healthz`));
  for (const from of those("FROM")) assert.match(from, new RegExp(`^node:${major}-bookworm-slim`));
  assert.deepEqual(those("USER"), ["node"]);
  const afterUser = instructions.slice(instructions.findIndex(({ word }) => word === "USER"));
  assert.ok(!afterUser.some(({ word }) => word === "RUN"), "nothing is changed after the user is");
});

test(".dockerignore keeps what is large or private out, and nothing that the build needs", () => {
  const ignored = read(".dockerignore").split("\n").filter((line) => line !== "");
  for (const path of ["node_modules", ".git", "millrace-data", "millrace-demo"]) assert.ok(ignored.includes(path), path);
  for (const path of ["src", "web", "scripts", "package.json", "package-lock.json", ".npmrc", "tsconfig.json", "tsconfig.build.json", "LICENSE"]) assert.ok(!ignored.includes(path), path);
});

/** Settings of the unit by name; a name may stand more than once. */
const unit = new Map<string, string[]>();
for (const [, name = "", value = ""] of read("packaging/millrace.service").matchAll(/^([A-Za-z]+)=(.*)$/gm)) unit.set(name, [...(unit.get(name) ?? []), value]);

test("the unit starts the installed program on its state directory, as a user of its own, and again when it ends", () => {
  const [start = ""] = unit.get("ExecStart") ?? [];
  const path = new RegExp(`/node_modules/${manifest.name}/(dist/\\S+)`).exec(start)?.[1] ?? "";
  assert.ok(existsSync(join(root, path.replace("dist", "src").replace(/js$/, "ts"))), start);
  assert.match(start, / up --data %S\/millrace$/);
  const documentation = new RegExp(`/node_modules/${manifest.name}/(\\S+)`).exec(unit.get("Documentation")?.[0] ?? "")?.[1] ?? "";
  assert.ok(existsSync(join(root, documentation)) && manifest.files.some((one) => documentation.startsWith(one)), documentation);
  for (const [name, value] of [["User", "millrace"], ["StateDirectory", "millrace millrace-backups"], ["Restart", "always"], ["OOMPolicy", "continue"]] as const) assert.deepEqual(unit.get(name), [value]);
});

test("the unit may write nowhere else and gain nothing, and Node may still compile", () => {
  for (const [name, value] of [["NoNewPrivileges", "yes"], ["ProtectSystem", "strict"], ["ProtectHome", "yes"], ["PrivateTmp", "yes"], ["CapabilityBoundingSet", ""]] as const) assert.deepEqual(unit.get(name), [value], name);
  assert.ok(unit.has("MemoryMax"));
  assert.ok(!unit.has("MemoryDenyWriteExecute"));
});

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

test("systemd finds nothing wrong with the unit", { skip: hasSystemd ? false : "there is no systemd-analyze here" }, () => {
  const { status, stderr } = spawnSync("systemd-analyze", ["verify", join(root, "packaging/millrace.service")], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /millrace\.service/);
});
