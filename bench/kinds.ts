import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { openSite, type Site } from "../src/site.ts";
import { program } from "./program.ts";
import { dataDirectory } from "./recordings.ts";
import type { Bench, Goal, Outcome, Run } from "./result.ts";
import { inTemporary } from "./temporary.ts";

/**
 * Targets told on a site as anybody would have them told: `import`, `wheels add`, `label --csv`, `turn`, each a process
 * of its own; what comes afterwards is judged as it arrives, by the model of the recipe that the verdict speaks of, in force or
 * not. Beside it `try` on the same split.
 */
export const kinds: Bench = {
  name: "kinds",
  summary: "a laboratory's value and a remaining life told on a site, beside `try` on the same split",
  needs: "the data sets",
  takes: "five minutes",
  parts: ["debutanizer", "fd001"],
  run: runKinds,
};

const run = promisify(execFile);
const minute = 60_000;
const begins = Date.UTC(2020, 0, 1);
const cap = 125;

async function runKinds({ wants, say }: Run): Promise<Outcome> {
  const figures: Record<string, SetFigures> = {};
  for (const [name, set] of [["debutanizer", debutanizer], ["fd001", fd001]] as const) {
    if (!wants(name)) continue;
    figures[name] = await inTemporary(set);
    say(`${name}: ${JSON.stringify(figures[name])}`);
  }
  return {
    figures,
    goals: Object.entries(figures).map(([name, { rmse, rmseTry }]): Goal => ({ figure: `${name}.rmse`, got: rmse, ...(rmseTry === null ? {} : { atMost: 1.15 * rmseTry }), cause: "a site judges by one recipe where `try` weighs several, and its rows look back within their block only" })),
    notes: [
      "What is judged taught nothing, and chose nothing: it was imported after the turn. rmseConstant is that of the mean of what taught. decision is the first turn's: on few blocks a gain may be likely by chance, and then nothing goes into force.",
      "debutanizer: rows 1 to 1197 teach, in blocks of 100; the rest is judged. fd001: each unit is a block and a life; judged at the last row of each test unit, at most 125.",
    ],
    variantsTried: 1,
  };
}

interface SetFigures {
  readonly decision: string;
  readonly recipe: string | null;
  readonly rmse: number | null;
  readonly rmseConstant: number;
  readonly rmseTry: number | null;
  readonly judged: number;
  readonly turnSeconds: number;
}

/** Runs one command on the site and reads what it prints. */
// oxlint-disable-next-line no-explicit-any -- objects of many commands
async function millrace(...words: string[]): Promise<any> {
  const { stdout } = await run(process.execPath, [program, ...words, "--json"], { maxBuffer: 2 ** 28 });
  return JSON.parse(stdout) as unknown;
}

const stamp = (row: number): string => new Date(begins + row * minute).toISOString();

async function debutanizer(directory: string): Promise<SetFigures> {
  const path = join(dataDirectory, "debutanizer/debutanizer_data.txt");
  if (!existsSync(path)) throw new Error(`Cannot find ${path}: set MILLRACE_BENCH_DATA to the folder that holds the data sets`);
  const table = readFileSync(path, "utf8").split("\n").map((line) => line.trim().split(/\s+/).map(Number)).filter((row) => row.length === 8 && row.every(Number.isFinite));
  const taught = 1197;
  const csv = (from: number, to: number) => ["time,u1,u2,u3,u4,u5,u6,u7", ...table.slice(from, to).map((row, at) => [stamp(from + at), ...row.slice(0, 7)].join(","))].join("\n");
  const labels = ["asset,start,target,value,author", ...table.slice(0, taught).map((row, at) => `column,${stamp(at)},butane,${row[7]},lab`)].join("\n");
  const told = await onSite({ directory, csv: [csv(0, taught), csv(taught, table.length)], block: "100min", labels, add: ["--kind", "estimate", "--target", "butane", "--rows", "16"] });
  const truth = new Map(table.map((row, at) => [(begins + at * minute) * 1000, row[7] ?? NaN]));
  const judged = [...told.said].filter(([time]) => time >= (begins + taught * minute) * 1000 && truth.has(time));
  const mean = table.slice(0, taught).reduce((sum, row) => sum + (row[7] ?? 0), 0) / taught;
  const rmseTry = await tried(directory, "estimate", "--train", path, "--test", path, "--rows", `train:1..${taught},test:${taught + 1}..`, "--target", "c8", "--lag", "16");
  return {
    ...told.turn,
    rmse: rmseOf(judged.map(([time, value]) => value - (truth.get(time) ?? NaN))),
    rmseConstant: rmseOf(table.slice(taught).map((row) => mean - (row[7] ?? NaN))) ?? NaN,
    rmseTry,
    judged: judged.length,
  };
}

async function fd001(directory: string): Promise<SetFigures> {
  const at = (part: string) => join(dataDirectory, `cmapss/${part}_FD001.txt.gz`);
  const read = (part: string) => gunzipSync(readFileSync(at(part))).toString("utf8").trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const [train, test, left] = [read("train"), read("test"), read("RUL").map(([value = NaN]) => value)];
  const names = ["run", ...Array.from({ length: 24 }, (_, j) => `s${j + 1}`)];
  // A run of the test comes after all that taught, a minute a cycle.
  const csv = (rows: readonly number[][], from: number, prefix: string) => [["time", ...names].join(","), ...rows.map(([unit = 0, , ...values], row) => [stamp(from + row), `${prefix}${unit}`, ...values].join(","))].join("\n");
  const lasts = (rows: readonly number[][]) => rows.flatMap(([unit], row) => (rows[row + 1]?.[0] === unit ? [] : [row]));
  const labels = ["asset,start,target,answer,author", ...lasts(train).map((row) => `column,${stamp(row)},engine,end-of-life,shop`)].join("\n");
  const told = await onSite({ directory, csv: [csv(train, 0, "t"), csv(test, train.length, "e")], block: "change:run", labels, add: ["--kind", "remaining-life", "--target", "engine", "--cap", String(cap)] });
  const errors = lasts(test).map((row, unit) => (told.said.get((begins + (train.length + row) * minute) * 1000) ?? NaN) - Math.min(left[unit] ?? NaN, cap));
  const mean = train.reduce((sum, [unit], row) => sum + Math.min(cap, (lasts(train)[(unit ?? 1) - 1] ?? 0) - row), 0) / train.length;
  const rmseTry = await tried(directory, "remaining-life", "--train", at("train"), "--test", at("test"), "--truth", at("RUL"), "--group", "c1", "--order", "c2", "--cap", String(cap));
  return { ...told.turn, rmse: rmseOf(errors), rmseConstant: rmseOf(left.map((value) => mean - Math.min(value, cap))) ?? NaN, rmseTry, judged: errors.filter(Number.isFinite).length };
}

interface Course {
  readonly directory: string;
  /** What teaches, and what comes afterwards. */
  readonly csv: readonly [string, string];
  readonly block: string;
  readonly labels: string;
  readonly add: readonly string[];
}

/** The whole course on a site of its own; what the recipe of the verdict said of each row that came afterwards, by its time. */
async function onSite({ directory, csv, block, labels, add }: Course): Promise<{ turn: Pick<SetFigures, "decision" | "recipe" | "turnSeconds">; said: Map<number, number> }> {
  const data = join(directory, "site");
  const file = (name: string, content: string): string => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  const on = ["--data", data];
  await millrace("import", file("head.csv", csv[0]), "--asset", "column", "--block", block, "--label", "none", ...on);
  const { wheel } = await millrace("wheels", "add", "--asset", "column", "--name", "told", ...add, ...on);
  await millrace("label", "--csv", file("labels.csv", labels), "--measured", "--no-turn", ...on);
  const began = performance.now();
  const { turn } = await millrace("turn", "--wheel", "told", ...on);
  const turnSeconds = (performance.now() - began) / 1000;
  await millrace("import", file("tail.csv", csv[1]), "--asset", "column", "--block", block, "--label", "none", ...on);
  const site = await openSite(data);
  try {
    const { decision, challenger } = turn.verdict;
    const recipe = challenger === null ? null : ((await site.store.records.model(challenger))?.recipe.name ?? null);
    return { turn: { decision, recipe, turnSeconds }, said: recipe === null ? new Map() : await saidBy(site, wheel.id, recipe) };
  } finally {
    await site.close();
  }
}

/** What the recipe's model of the turn said of the blocks that came afterwards; those from before it were judged by models of earlier blocks. */
async function saidBy({ store }: Site, wheel: string, recipe: string): Promise<Map<number, number>> {
  const judged = await store.records.judged({ wheel, role: "recipe", recipe });
  return new Map(judged.flatMap(({ start, period, scores }) => [...scores].map((value, row): [number, number] => [start + row * period, value])).filter(([, value]) => !Number.isNaN(value)));
}

async function tried(directory: string, ...words: string[]): Promise<number | null> {
  const { figures } = await millrace("try", ...words, "--report", join(directory, "report.html"));
  return figures.rmse?.value ?? figures.rmseCapped?.value ?? null;
}

const rmseOf = (errors: readonly number[]): number | null => {
  const known = errors.filter(Number.isFinite);
  return known.length === 0 ? null : Math.sqrt(known.reduce((sum, error) => sum + error ** 2, 0) / known.length);
};
