import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { shown, type Shown, type ShownBench } from "./shown.ts";
import { drawingsOf } from "./drawings.ts";
import { withProofTables } from "./proof-tables.ts";
import { valueAt, type Miss, type Result } from "./result.ts";

const root = join(import.meta.dirname, "..");
const results = join(root, "bench/results");
const docs = join(root, "docs");

/** The results of the last full runs, by bench. */
export function readResults(): Map<string, Result> {
  const found = shown.map(({ bench }) => bench).filter((bench) => existsSync(join(results, `${bench}.json`)));
  return new Map(found.map((bench) => [bench, JSON.parse(readFileSync(join(results, `${bench}.json`), "utf8")) as Result]));
}

/** Writes docs/figures.md and its pictures from the results. */
export function writePage(): void {
  const read = readResults();
  for (const [name, svg] of drawingsOf(read)) writeFileSync(join(docs, "img", name), svg);
  writeFileSync(join(docs, "figures.md"), pageOf(read));
  writeFileSync(join(docs, "proof.md"), withProofTables(readFileSync(join(docs, "proof.md"), "utf8"), read.get("gate")));
}

/** The page of figures in Markdown: what was measured, when and on what, with goals and misses. */
export function pageOf(results: ReadonlyMap<string, Result>): string {
  const drawings = new Set(drawingsOf(results).keys());
  const sections = shown.flatMap((one) => {
    const result = results.get(one.bench);
    return result === undefined ? [] : [sectionOf(one, result, drawings)];
  });
  const missing = shown.filter(({ bench }) => !results.has(bench)).map(({ bench }) => `\`${bench}\``);
  const missingText = missing.length === 0 ? "" : `\nNo full run is kept of: ${missing.join(", ")}.\n`;
  return `# Figures

What the benches printed in their last full runs. This page is made from \`bench/results\` by \`node bench/main.ts --page\`, and
made again by each full run; any of them can be run again with \`./millrace bench NAME\`. A goal that was missed is said to be.
${missingText}
${sections.join("\n")}`;
}

function sectionOf({ bench, title, about, rows }: ShownBench, result: Result, drawings: ReadonlySet<string>): string {
  const { at, commit, machine, seconds, variantsTried, misses, notes } = result;
  const goals = new Map(result.goals?.map(({ figure, goal }) => [figure, goal]));
  const missed = new Set(misses.map(({ figure }) => figure));
  const lines = rows.flatMap((row) => lineOf(row, result.figures, goals, missed));
  const pictures = [...drawings].filter((name) => name === `figures-${bench}.svg` || name.startsWith(`figures-${bench}-`)).map((name) => `\n![${title}](img/${name})\n`);
  const load = machine.load === undefined ? "" : `, load ${machine.load.toFixed(1)} when it began`;
  return `## ${title}

${about}

| \`${bench}\` | figure | goal |
|---|---:|---|
${lines.join("\n")}
${pictures.join("")}
${missesText(misses)}${variantsTried > 0 ? `${variantsTried} variants of the defaults were looked at on these data, so the figures are that much optimistic.\n\n` : ""}${at.slice(0, 10)}, commit \`${commit}\`; ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}${load}; ${Math.round(seconds)} s.
${notes.length === 0 ? "" : `\n<details><summary>How it was measured</summary>\n\n${notes.map((note) => `- ${escaped(note)}`).join("\n")}\n\n</details>\n`}`;
}

function lineOf({ label, path, unit }: Shown, figures: unknown, goals: ReadonlyMap<string, string>, missed: ReadonlySet<string>): string[] {
  const value = valueAt(figures, path);
  if (value === undefined) return [];
  const goal = goals.get(path);
  return [`| ${label} | ${figureText(value, unit)} | ${goal === undefined ? "" : `${goal}${missed.has(path) ? ", **missed**" : ""}`} |`];
}

function missesText(misses: readonly Miss[]): string {
  if (misses.length === 0) return "";
  return `Missed:\n\n${misses.map(({ figure, goal, got, cause }) => `- \`${figure}\`: ${figureText(got)}, goal ${goal}. ${escaped(cause)}`).join("\n")}\n\n`;
}

function figureText(value: unknown, unit = ""): string {
  if (typeof value !== "number") return "not measured";
  const text = Number.isInteger(value) || Math.abs(value) >= 10_000 ? Math.round(value).toLocaleString("en") : plainDigits(Number(value.toPrecision(3)));
  return unit === "" || unit === "×" || unit.startsWith("/") ? `${text}${unit}` : `${text} ${unit}`;
}

const plainDigits = (value: number): string => (value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential() : String(value));
/** Text of a result as Markdown: nothing in it is a tag. */
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("\n", " ");
