import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join, posix } from "node:path";
import { test } from "node:test";
import { blanked, functionsOf, importsOf } from "./source-text.ts";

const root = join(import.meta.dirname, "..");
const everything = globSync("{src,test,bench}/**/*.ts", { cwd: root, exclude: (path) => path.includes(".venv") }).toSorted();
const sources = everything.filter((path) => path.startsWith("src/") && !path.endsWith(".test.ts"));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const imports = new Map(everything.map((path) => [path, importsOf(read(path))]));

/** The folder of src that a file belongs to; a file that lies in src itself is its own: `site.ts`. */
const folderOf = (path: string): string => path.split("/")[1] ?? "";
const target = (path: string, from: string): string => posix.join(posix.dirname(path), from);

/** The one rule of the tree: a folder may import itself, `schema`, the root files, and these. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  schema: [],
  "errors.ts": [],
  "digest.ts": [],
  "thread.ts": [],
  "version.ts": [],
  learn: [],
  prove: ["learn"],
  measure: ["learn", "prove"],
  engine: ["learn"],
  capture: [],
  store: [],
  review: ["store"],
  deploy: ["learn", "engine", "store"],
  wheel: ["capture", "store", "learn", "prove", "measure", "engine", "review", "deploy"],
  "site.ts": ["capture", "store", "learn", "prove", "measure", "engine", "review", "deploy", "wheel"],
  "live.ts": ["capture", "store", "learn", "prove", "measure", "engine", "review", "deploy", "wheel", "site.ts"],
  api: ["site.ts", "live.ts", "store", "capture"],
  cli: ["site.ts", "live.ts", "api", "demo", "wheel", "capture", "review", "prove", "store"],
  demo: [],
};
const everyone = ["schema", "errors.ts", "digest.ts", "thread.ts", "version.ts"];
const rootFiles = { pure: ["schema", "errors.ts", "digest.ts"], schema: [] as string[] };

/** Imports that break the rule today, each with the reason. Only ever take lines away. */
const waivedImports: Readonly<Record<string, string>> = {
  "src/wheel/replay.ts -> site.ts": "the type of the site it replays on; a replay is a use of a whole site",
  "src/cli/doctor.ts -> learn": "the inspection of a model file, which reads bytes and runs nothing",
  "src/cli/try-engine.ts -> engine": "trying a recording needs no site, so there is none to take the engine from",
};

function mayReach(path: string): readonly string[] {
  const folder = folderOf(path);
  const roots = folder === "schema" ? rootFiles.schema : isPure(path) ? rootFiles.pure : everyone;
  return [folder, ...roots, ...(mayImport[folder] ?? [])];
}

const isPure = (path: string): boolean => ["learn", "prove", "measure"].includes(folderOf(path));

test("every folder of src has its place in the import rule", () => {
  const unplaced = [...new Set(sources.map(folderOf))].filter((folder) => !(folder in mayImport));
  assert.deepEqual(unplaced, []);
});

test("a folder of src imports itself, the nouns and what the design lists for it, and nothing else", () => {
  const broken = sources.flatMap((path) =>
    (imports.get(path) ?? []).flatMap(({ from }) => {
      if (!from.startsWith(".")) return [];
      const to = target(path, from);
      const reached = to.startsWith("src/") ? folderOf(to) : to;
      return mayReach(path).includes(reached) ? [] : [`${path} -> ${reached}`];
    }),
  );
  assert.deepEqual([...new Set(broken)].toSorted(), Object.keys(waivedImports).toSorted());
});

test("learn, prove and measure take no package, and their tests no other folder's", () => {
  const pure = everything.filter((path) => path.startsWith("src/") && isPure(path));
  const taken = pure.flatMap((path) => {
    const isTest = path.endsWith(".test.ts");
    return (imports.get(path) ?? []).flatMap(({ from }) => {
      if (!from.startsWith(".")) return isTest && /^(node:|fast-check$)/.test(from) ? [] : [`${path}: ${from}`];
      const to = target(path, from);
      if (to.startsWith("test/")) return isTest ? [] : [`${path}: ${from}`];
      return mayReach(path).includes(folderOf(to)) ? [] : [`${path}: ${from}`];
    });
  });
  assert.deepEqual(taken, []);
});

/** Reads of the world that a pure function has no business with. */
const impure = /\b(Date\.now|new Date\(\)|Math\.random|process\.|performance\.|setTimeout|setInterval|fetch\(|globalThis|console\.)/;

test("learn, prove and measure know no clock, no chance, no process and no console", () => {
  const seen = sources.filter(isPure).filter((path) => impure.test(blanked(read(path), true)));
  assert.deepEqual(seen, []);
});

test("each driver is taken by one folder", () => {
  const owners: Readonly<Record<string, readonly string[]>> = {
    "onnxruntime-node": ["engine"],
    "@duckdb/node-api": ["store"],
    "node:sqlite": ["store", "capture"], // capture keeps what its MQTT broker owes absent subscribers
    "csv-parse": ["capture"],
    aedes: ["capture"],
    fastify: ["api"],
    citty: ["cli"],
  };
  const wrong = sources.flatMap((path) =>
    (imports.get(path) ?? []).flatMap(({ from }) => {
      const driver = Object.keys(owners).find((name) => from === name || from.startsWith(`${name}/`));
      return driver === undefined || owners[driver]?.includes(folderOf(path)) ? [] : [`${path}: ${from}`];
    }),
  );
  assert.deepEqual(wrong, []);
  assert.deepEqual(takers("node:crypto").filter(isPure), [], "digest.ts is the pure folders' one way to node:crypto");
  for (const driver of Object.keys(owners)) assert.ok(takers(driver).length > 0, `nobody takes ${driver}: is it spelt so?`);
});

function takers(name: string): string[] {
  return sources.filter((path) => imports.get(path)?.some(({ from }) => from === name || from.startsWith(`${name}/`)));
}

test("no file imports itself by way of others, types left out", () => {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.push([...trail.slice(at), path].join(" -> "));
    if (at >= 0 || done.has(path)) return;
    for (const { from, isType } of imports.get(path) ?? []) if (!isType && from.startsWith(".")) visit(target(path, from), [...trail, path]);
    done.add(path);
  };
  for (const path of everything) visit(path, []);
  assert.deepEqual(cycles, []);
});

test("there is no default export, no barrel, and no folder or file for odds and ends", () => {
  const banned = /^(utils?|helpers?|common|manager|service|misc|shared)$/;
  for (const path of everything) {
    assert.doesNotMatch(blanked(read(path), true), /^export\s+default\b/m, `${path} has a default export`);
    assert.notEqual(basename(path), "index.ts", path);
    const words = path.split("/").flatMap((part) => part.split(/[.-]/));
    assert.deepEqual(words.filter((word) => banned.test(word)), [], path);
  }
  const barrels = sources.filter((path) => {
    const statements = blanked(read(path), false).split(/;\s*\n/).filter((statement) => statement.trim() !== "");
    return statements.length > 0 && statements.every((statement) => /^\s*export\s[^=]*\sfrom\s/.test(statement));
  });
  assert.deepEqual(barrels, [], "files that only re-export");
});

/** Files of more than 400 lines, with the reason. Only ever take lines away. */
const waivedFiles: Readonly<Record<string, string>> = {};
/** Functions of more than 60 lines as `file: first line`, with the reason. Only ever take lines away. */
const waivedFunctions: Readonly<Record<string, string>> = {
  "test/conformance/connector.ts: export function connectorConformance<Options>(name: string, connector: Connector<Options>, peerFor: (context: TestContext) => Promise<Peer<Options>>): void {":
    "a list of tests that every connector runs through",
  'test/web/page.test.ts: describe("        ", { skip: noChromium }, () => {': "a list of tests that share a browser",
};

test("no file is longer than 400 lines and no function than 60, but for those listed with a reason", () => {
  const long = everything.filter((path) => read(path).trimEnd().split("\n").length > 400);
  assert.deepEqual(long, Object.keys(waivedFiles));
  const functions = everything.flatMap((path) => functionsOf(read(path)).map((one) => ({ ...one, path })));
  const tall = functions.filter(({ lines }) => lines > 60).map(({ path, text }) => `${path}: ${text}`);
  assert.deepEqual(tall, Object.keys(waivedFunctions));
  assert.ok(functions.length > 1.5 * everything.length, `only ${functions.length} functions were found: is the count blind?`);
});
