import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import type { ArgsDef, CommandDef } from "citty";
import { everywhere, onSite, reading } from "../src/cli/options.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const pages = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", ...globSync("docs/**/*.md", { cwd: root })].toSorted();
const sources = globSync("src/**/*.ts", { cwd: root }).filter((path) => !path.endsWith(".test.ts"));

/** Text outside of fenced blocks and of `code`: where links are links. */
const prose = (text: string): string => text.replaceAll(/^```[\s\S]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "");

/** The anchor of a heading, as hosting pages make it. */
const anchorOf = (heading: string): string => heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(/\s/g, "-");
const anchorsOf = (text: string): string[] => [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading ?? ""));

test("every relative link and picture in the pages leads to a file, and every anchor to a heading", () => {
  const broken: string[] = [];
  for (const page of pages) {
    for (const [, target = ""] of prose(read(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : relative(root, resolve(root, dirname(page), path));
      if (!existsSync(join(root, file))) broken.push(`${page}: ${target}`);
      else if (anchor !== undefined && !anchorsOf(read(file)).includes(anchor)) broken.push(`${page}: ${target}: no such heading`);
    }
  }
  assert.deepEqual(broken, []);
});

test("the decisions are numbered without a gap and all stand in their list", () => {
  const decisions = pages.filter((page) => /^docs\/decisions\/\d/.test(page)).map((page) => page.slice("docs/decisions/".length));
  assert.ok(decisions.length > 0);
  assert.deepEqual(decisions.map((name) => Number(name.slice(0, 4))), decisions.map((_, at) => at + 1));
  const list = read("docs/decisions/README.md");
  for (const name of decisions) assert.ok(list.includes(`](${name})`), name);
});

test("errors.md has every error code of the sources and no other", () => {
  // Any first word right inside MillraceError(...); elsewhere, where helpers are given a code, those of the stages.
  const stages = "api|capture|cli|deploy|engine|learn|measure|prove|review|store|thread|try|wheel";
  const code = new RegExp(`(?:MillraceError\\(\\s*"(?=[a-z])|"(?=(?:${stages})\\.))([a-z]+\\.[a-z]+(?:-[a-z]+)*)"`, "g");
  const thrown = new Set(sources.flatMap((path) => [...read(path).matchAll(code)].map(([, found]) => found)));
  const listed = [...read("docs/reference/errors.md").matchAll(/^\| `([a-z.-]+)` \|/gm)].map(([, found]) => found);
  assert.ok(thrown.size > 30, "the codes are found");
  assert.deepEqual(listed.toSorted(), [...thrown].toSorted());
  assert.equal(new Set(listed).size, listed.length, "none stands twice");
});

interface Command {
  readonly args: ArgsDef;
  readonly subCommands: Readonly<Record<string, Command>>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- citty's own bound on a command of unknown arguments
type AnyCommand = CommandDef<any>;

function commandOf({ args, subCommands }: AnyCommand): Command {
  const inner = Object.entries((subCommands ?? {}) as Record<string, AnyCommand>).map(([name, command]) => [name, commandOf(command)] as const);
  return { args: (args ?? {}) as ArgsDef, subCommands: Object.fromEntries(inner) };
}

/** The commands as `src/cli/main.ts` lists them. */
async function commands(): Promise<Map<string, Command>> {
  const lines = read("src/cli/main.ts").matchAll(/^\s+"?([a-z-]+)"?: async \(\) => \(await import\("\.\/([a-z-]+\.ts)"\)\)\.(\w+),$/gm);
  const found = new Map<string, Command>();
  for (const [, name = "", file = "", exported = ""] of lines) {
    const module = (await import(join(root, "src/cli", file))) as Record<string, AnyCommand>;
    found.set(name, commandOf(module[exported]));
  }
  assert.ok(found.size > 5, "the list of commands is found");
  return found;
}

const optionsOf = ({ args, subCommands }: Command): string[] => [
  ...Object.entries(args).filter(([, { type }]) => type !== "positional").map(([name]) => name),
  ...Object.values(subCommands).flatMap(optionsOf),
];

/** Sections of a page by heading. */
const sectionsOf = (text: string): Map<string, string> =>
  new Map(text.split(/^## /m).slice(1).map((section) => [section.slice(0, section.indexOf("\n")), section]));

const mentioned = (text: string): string[] => [...new Set([...text.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)].map(([, name]) => name ?? ""))];
const isKnown = (name: string, known: readonly string[]): boolean => known.includes(name) || (name.startsWith("no-") && known.includes(name.slice(3)));

test("cli.md has a section for every command, with every option it takes and none that it does not", async () => {
  const sections = sectionsOf(read("docs/reference/cli.md"));
  const shared = [["Reading options", Object.keys(reading)], ["Site options", Object.keys(onSite)], ["Options of every command", Object.keys(everywhere)]] as const;
  const all = await commands();
  for (const [name, command] of all) {
    const section = sections.get(`millrace ${name}`);
    assert.ok(section !== undefined, `millrace ${name} has a section`);
    const linked = shared.filter(([title]) => section.includes(`(#${anchorOf(title)})`));
    const options = optionsOf(command);
    for (const [title, names] of linked) for (const option of names) assert.ok(options.includes(option), `millrace ${name} takes --${option} as "${title}" says`);
    const told = [...mentioned(section), ...linked.flatMap(([, names]) => names)];
    for (const option of options) assert.ok(told.includes(option), `--${option} stands in the section of millrace ${name}`);
    for (const option of mentioned(section)) assert.ok(isKnown(option, options), `millrace ${name} takes no --${option}`);
    for (const inner of Object.keys(command.subCommands)) assert.ok(section.includes(`\`${inner}\``) || section.includes(`millrace ${name} ${inner}`), `${name} ${inner}`);
  }
  for (const title of sections.keys()) if (title.startsWith("millrace ")) assert.ok(all.has(title.slice("millrace ".length)), `${title} is a command`);
  for (const [title, names] of shared.slice(0, 2)) assert.deepEqual(mentioned(sections.get(title) ?? "").filter((name) => !names.includes(name)), [], title);
});

/** Command lines in the fenced blocks of a page, as words. */
function commandLines(text: string): string[][] {
  const blocks = [...text.matchAll(/^```(?:sh|console)\n([\s\S]*?)^```/gm)].map(([, block = ""]) => block);
  const lines = blocks.flatMap((block) => block.split("\n")).map((line) => line.replace(/^\$ /, ""));
  return lines
    .filter((line) => /^(\.\/)?millrace\b/.test(line))
    .map((line) => [...line.replace(/\s#.*$/, "").matchAll(/"[^"]*"|'[^']*'|\S+/g)].map(([word]) => word).slice(1));
}

test("every millrace line in the pages uses a command and options that exist", async () => {
  const all = await commands();
  const ofLauncher = ["test", "bench", "help"];
  let lines = 0;
  for (const page of pages) {
    for (const words of commandLines(read(page))) {
      const [name = "", ...rest] = words;
      const line = `${page}: millrace ${words.join(" ")}`;
      lines++;
      if (ofLauncher.includes(name)) continue;
      const command = all.get(name);
      assert.ok(command !== undefined, `${line}: there is such a command`);
      const inner = Object.entries(command.subCommands).find(([sub]) => rest.includes(sub))?.[1];
      const options = optionsOf(inner ?? { ...command, subCommands: {} });
      for (const word of rest.filter((one) => one.startsWith("--"))) assert.ok(isKnown(word.slice(2).split("=")[0] ?? "", options), `${line}: there is ${word}`);
    }
  }
  assert.ok(lines > 20, "the lines are found");
});

test("the commands that the program's own help names exist, and it names all of them", async () => {
  const help = read("src/cli/main.ts").match(/const welcome = `([\s\S]*?)\n`;/)?.[1] ?? "";
  const named = new Set([...help.matchAll(/^ {2}millrace ([a-z]+)/gm)].map(([, name]) => name ?? ""));
  assert.deepEqual([...named].toSorted(), [...(await commands()).keys()].toSorted());
});

test("the pages name no machine's paths, no registry's host and nothing of how they came about", () => {
  const forbidden: readonly (readonly [string, RegExp])[] = [
    ["a machine's path", /(?<![\w.])\/(?:home|root|tmp|work|Users|opt|var)\//],
    ["a registry's host", /registry\.[a-z-]+\.(?:org|com)|npmjs|pypi\.|proxy\.golang/i],
    ["a number of a tracker", /(?<![\w&])#\d+\b/],
    ["a directory that is not of the project", /(?<![\w])shared\//],
    ["praise", /\b(?:blazing|seamless(?:ly)?|cutting-edge|state-of-the-art|world-class|best-in-class|revolutionary|game-chang\w+|effortless(?:ly)?|unparalleled|next-generation|supercharge\w*|leverag\w+)\b/i],
  ];
  const found: string[] = [];
  for (const page of pages) {
    for (const [at, line] of read(page).split("\n").entries()) {
      for (const [what, pattern] of forbidden) if (pattern.test(line)) found.push(`${page}:${at + 1}: ${what}: ${line.trim()}`);
    }
  }
  assert.deepEqual(found, []);
});
