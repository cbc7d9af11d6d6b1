// Prints figures: `./millrace bench NAME [--json] [--only PART]`; without a name, what there is; `--page` makes docs/figures.md again.
import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benches } from "./benches.ts";
import { writePage } from "./figures-page.ts";
import { thisCommit, thisMachine } from "./machine.ts";
import { goalsText, missesOf, resultJson, type Bench, type Outcome } from "./result.ts";

const results = join(import.meta.dirname, "results");
const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "boolean", default: false }, only: { type: "string" }, page: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
  });
  const [name] = positionals;
  if (values.page) return writePage();
  if (name === undefined || values.help) return list();
  const bench = benches.find((one) => one.name === name);
  if (bench === undefined) throw usage(`Cannot run bench ${JSON.stringify(name)}: there is ${benches.map((one) => one.name).join(", ")}`);
  const { only } = values;
  if (only !== undefined && !bench.parts.includes(only)) throw usage(`Cannot run part ${JSON.stringify(only)}: ${name} has ${bench.parts.join(", ")}`);

  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130)); // whatever it started ends with it
  const [started, load] = [performance.now(), loadavg()[0]];
  const outcome = await bench.run({ wants: (part) => only === undefined || only === part, say });
  const result = resultOf(bench, outcome, (performance.now() - started) / 1000, load);
  if (only === undefined) keep(bench, result);
  process.stdout.write(`${values.json ? resultJson(result) : resultJson(result, 2)}\n`);
}

function resultOf({ name }: Bench, { figures, goals, notes, variantsTried }: Outcome, seconds: number, load: number) {
  const misses = missesOf(goals);
  for (const { figure, goal, got, cause } of misses) say(`missed: ${figure} ${got === null ? "not measured" : Number(got.toPrecision(4))}, goal ${goal}: ${cause}`);
  return { bench: name, at: new Date().toISOString(), commit: thisCommit(), machine: { ...thisMachine(), load }, seconds, variantsTried, figures, goals: goalsText(goals), misses, notes };
}

/** Only a full run is kept: a part of the figures would pass for all of them. */
function keep({ name }: Bench, result: object): void {
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${name}.json`), `${resultJson(result, 2)}\n`);
  writePage();
}

function list(): void {
  process.stdout.write("Benches; run one with `./millrace bench NAME [--json] [--only PART]`:\n\n");
  for (const { name, summary, needs, takes, parts } of benches) {
    process.stdout.write(`${name.padEnd(10)} ${summary}\n${" ".repeat(11)}needs ${needs}; takes ${takes} on 2 cores\n`);
    if (parts.length > 0) process.stdout.write(`${" ".repeat(11)}parts: ${parts.join(", ")}\n`);
  }
}

const usage = (text: string): Error => Object.assign(new Error(text), { isUsage: true });

try {
  await main();
} catch (error) {
  const isUsage = error instanceof Error && ("isUsage" in error || ("code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")));
  say(isUsage ? (error as Error).message : error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = isUsage ? 2 : 1;
}
