#!/usr/bin/env node
import { createRequire, enableCompileCache } from "node:module";
import { setFlagsFromString } from "node:v8";
import { defineCommand, renderUsage, runCommand, type ArgsDef, type CommandDef } from "citty";
import { holdMemorySteady } from "./allocator.ts";
import { printError } from "./output.ts";
import { exitCodeOf, stopOnInterrupt } from "./session.ts";
import { usage } from "./usage.ts";

// Loading leaves much behind: with more room at first, a third less time goes into tidying up after it, in every thread.
setFlagsFromString("--min-semi-space-size=16");

// Everything is compiled once a version, which halves the time to start: by this thread, its workers and child processes.
const { directory: compiled } = enableCompileCache();
if (compiled !== undefined) process.env["NODE_COMPILE_CACHE"] ??= compiled;

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };

// oxlint-disable-next-line no-explicit-any -- citty's own bound on a command of unknown arguments
type AnyCommand = CommandDef<any>;

/** Every command, loaded when it is used; adding one is its file and a line here. */
const commands: Readonly<Record<string, () => Promise<AnyCommand>>> = {
  demo: async () => (await import("./demo.ts")).demoCommand,
  up: async () => (await import("./up.ts")).upCommand,
  try: async () => (await import("./try.ts")).tryCommand,
  import: async () => (await import("./import.ts")).importCommand,
  replay: async () => (await import("./replay.ts")).replayCommand,
  signals: async () => (await import("./signals.ts")).signalsCommand,
  wheels: async () => (await import("./wheels.ts")).wheelsCommand,
  events: async () => (await import("./events.ts")).eventsCommand,
  label: async () => (await import("./label.ts")).labelCommand,
  turn: async () => (await import("./turn.ts")).turnCommand,
  models: async () => (await import("./models.ts")).modelsCommand,
  promote: async () => (await import("./put-in-force.ts")).promoteCommand,
  rollback: async () => (await import("./put-in-force.ts")).rollbackCommand,
  ledger: async () => (await import("./ledger.ts")).ledgerCommand,
  prove: async () => (await import("./prove.ts")).proveCommand,
  forget: async () => (await import("./forget.ts")).forgetCommand,
  export: async () => (await import("./export.ts")).exportCommand,
  questions: async () => (await import("./questions.ts")).questionsCommand,
  token: async () => (await import("./token.ts")).tokenCommand,
  user: async () => (await import("./user.ts")).userCommand,
  backup: async () => (await import("./backup.ts")).backupCommand,
  restore: async () => (await import("./restore.ts")).restoreCommand,
  doctor: async () => (await import("./doctor.ts")).doctorCommand,
};

/** Commands that run for months. */
const stayUp: readonly string[] = ["up", "demo"];

const welcome = `Millrace ${version}: small models beside your machines, taught by your operators, proven before they run.

  millrace demo                      a simulated plant, and the whole loop on a page, within a minute
  millrace up                        a site that stays up: MQTT, HTTP and files in, alarms and questions out
  millrace try pump.csv              what would it have caught? on your own recording, nothing kept
  millrace import pump.csv           take a recording into a site (./millrace-data)
  millrace replay DIR                recorded runs one after another: judge, answer, turn
  millrace signals                   units, rates and roles, as guessed; correct them here
  millrace wheels                    what is asked of which machine; \`wheels add\` asks more
  millrace events                    what the model in force found
  millrace label EVENT fault         answer it; the wheel turns
  millrace questions                 what the site asks; answer it
  millrace turn                      turn the wheel by hand
  millrace models                    the models made, and which is in force
  millrace promote                   put the proven model in force that waits for your word
  millrace rollback                  put the one before back in force
  millrace ledger                    what each turn gained and cost; \`ledger verify\` checks the chain
  millrace prove TURN                make a past turn's models again, and compare them
  millrace forget                    a block, a stretch of time, a machine, a file, somebody's answers
  millrace export                    the model in force, as one ONNX file
  millrace token                     who may ask over HTTP from other machines
  millrace user                      who may speak MQTT from other machines, and about what
  millrace backup                    a copy of a site, also of one that is up
  millrace restore                   a site from a backup
  millrace doctor                    is everything whole?

\`millrace COMMAND --help\` says more. From a clone also: \`./millrace test\`, \`./millrace bench\`.
Exit codes: 0 done, 2 wrong usage, 65 bad input, 70 a fault of ours, 74 storage, 75 in use, 130 stopped.
`;

async function main(words: readonly string[]): Promise<void> {
  const [name, ...rest] = words;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return void process.stdout.write(welcome);
  if (name === "--version" || name === "-v") return void process.stdout.write(`${version}\n`);
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) throw usage(`run ${JSON.stringify(name.slice(0, 40))}`, `Commands are ${Object.keys(commands).join(", ")}; \`millrace help\` says what they do.`);
  if (stayUp.includes(name)) holdMemorySteady();
  const command = await load();
  const asked = await withUsual(command, rest);
  if (isHelp(asked)) return void process.stdout.write(`${await help(command, asked)}\n`);
  await requireKnownOptions(await innermost(command, asked), asked);
  await run(command, asked);
}

async function run(command: AnyCommand, words: string[]): Promise<void> {
  try {
    await runCommand(command, { rawArgs: words });
  } catch (error) {
    if (error instanceof Error && error.name === "CLIError") throw usage(`run this: ${error.message}`, "See `--help` for what this command takes.");
    throw error;
  }
}

/** A misspelt option would otherwise be ignored, and something else done than was meant. */
async function requireKnownOptions(command: AnyCommand, words: readonly string[]): Promise<void> {
  const known = Object.keys((await resolved(command.args)) as ArgsDef);
  const odd = words
    .filter((word) => word.startsWith("--") && word !== "--")
    .map((word) => word.slice(2).split("=")[0] ?? "")
    .find((word) => !known.includes(word) && !(word.startsWith("no-") && known.includes(word.slice(3))));
  if (odd !== undefined) throw usage(`use option --${odd.slice(0, 40)}`, `Options here are ${known.map((one) => `--${one}`).join(", ")}.`);
}

/** Words with the usual subcommand put in front where they name none: `try pump.csv`, `models --all`. */
async function withUsual(command: AnyCommand, words: readonly string[]): Promise<string[]> {
  const inner = (await resolved(command.subCommands)) as Record<string, AnyCommand>;
  const usual = ((await resolved(command.default)) as string | undefined) ?? "";
  const takes = Object.hasOwn(inner, usual) && Object.values((await resolved(inner[usual].args)) as ArgsDef).some(({ type }) => type === "positional");
  const first = words[0] ?? "--help";
  const names = first.startsWith("-") ? words.some((word) => Object.hasOwn(inner, word)) : Object.hasOwn(inner, first);
  const isUsual = Object.hasOwn(inner, usual) && (takes || first.startsWith("-"));
  return isUsual && !names && words.length > 0 && !isHelp(words) ? [usual, ...words] : [...words];
}

const isHelp = (words: readonly string[]): boolean => words.includes("--help") || words.includes("-h");

/** The subcommand that words name, or the usual one. */
async function innermost(command: AnyCommand, words: readonly string[]): Promise<AnyCommand> {
  const inner = (await resolved(command.subCommands)) as Record<string, AnyCommand>;
  const named = words.find((word) => Object.hasOwn(inner, word));
  const usual = ((await resolved(command.default)) as string | undefined) ?? "";
  const name = named ?? (isHelp(words) || !Object.hasOwn(inner, usual) ? undefined : usual);
  return name === undefined ? command : ((await resolved(inner[name])) as AnyCommand);
}

async function help(command: AnyCommand, words: readonly string[]): Promise<string> {
  return await renderUsage(await innermost(command, words), defineCommand({ meta: { name: "millrace" } }) as AnyCommand);
}

async function resolved(value: unknown): Promise<unknown> {
  return (typeof value === "function" ? await (value as () => unknown)() : await value) ?? {};
}

// A reader that has seen enough (`| head`) ends the command, not in an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 74));
stopOnInterrupt();
main(process.argv.slice(2)).catch((error: unknown) => {
  printError(error, process.argv.includes("--json"));
  process.exitCode = exitCodeOf(error);
});
