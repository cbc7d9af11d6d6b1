import { basename } from "node:path";
import { matchesGlob } from "node:path";
import type { RowRange, TableFile, TableOptions } from "../capture/table-file.ts";
import { allRows } from "../capture/table-file.ts";
import { tablePaths } from "../capture/table-paths.ts";
import { readTables } from "../capture/tables.ts";
import { readParquetTable } from "../store/parquet-table.ts";
import type { BlockBy } from "../wheel/rows-blocks.ts";
import { oneOf, spanOf, wholeOf } from "./options.ts";
import { progress } from "./progress.ts";
import { rowsOfSpan } from "../wheel/burst-length.ts";
import { leastSamples } from "../wheel/table-bursts.ts";
import { usage } from "./usage.ts";

/** Options of commands that read tables of any kind. */
export const tableArgs = {
  columns: { type: "string", description: "Names of the columns of files without a header, separated by commas (c1, c2, ... unless given)", valueHint: "COLS" },
  exclude: { type: "string", description: "Columns to leave out, separated by commas", valueHint: "COLS" },
  keep: { type: "string", description: "The only columns that a model may look at, separated by commas", valueHint: "COLS" },
  delimiter: { type: "string", description: "What separates columns: a character, tab or blanks; guessed (auto)", valueHint: "CHAR" },
  decimal: { type: "string", description: "Decimal sign, . or ,; guessed", valueHint: "SIGN" },
  time: { type: "string", description: "The time column, or none; guessed", valueHint: "COL" },
  zone: { type: "string", description: "IANA zone of times that state none (UTC unless given)", valueHint: "ZONE" },
  dates: { type: "string", description: "Order of dates that could be read two ways: dmy, mdy or ymd", valueHint: "ORDER" },
  rows: { type: "string", description: "Rows to take of each file, from 1: A..B, A.. or ..B; of some files as PATTERN:A..B, of a side as train:A..B or test:A..B; separated by commas", valueHint: "A..B" },
  transpose: { type: "boolean", description: "Turn tables that lie on their side, one variable a line; done by itself where it is plain, --no-transpose forbids it" },
} as const;

type Given = { readonly [K in Exclude<keyof typeof tableArgs, "transpose">]?: string | undefined } & { readonly transpose?: boolean | undefined };

/** The files of both sides, read. */
export interface BothSides {
  readonly train: readonly TableFile[];
  readonly test: readonly TableFile[];
}

/**
 * Reads the tables of both sides together, so that one that lies on its side is known by the others.
 * `needed` are columns that are taken whatever `--keep` says.
 */
export async function readSides(train: readonly string[], test: readonly string[], given: Given, needed: readonly (string | undefined)[], silent: boolean): Promise<BothSides> {
  const sides = { train: tablePaths(train), test: tablePaths(test) };
  const both = new Set(sides.train.filter((path) => sides.test.includes(path)));
  const ranges = rowRules(given.rows);
  const read = async (side: "train" | "test", paths: readonly string[]) => await tablesOf(paths, given, needed, (path) => rangeOf(ranges, path, side), silent);
  if (both.size > 0) return { train: await read("train", sides.train), test: await read("test", sides.test) }; // one file, two ranges of rows
  const sideOf = new Map([...sides.train.map((path) => [path, "train"] as const), ...sides.test.map((path) => [path, "test"] as const)]);
  const tables = await tablesOf([...sides.train, ...sides.test], given, needed, (path) => rangeOf(ranges, path, sideOf.get(path) ?? "train"), silent);
  return { train: tables.slice(0, sides.train.length), test: tables.slice(sides.train.length) };
}

async function tablesOf(paths: readonly string[], given: Given, needed: readonly (string | undefined)[], rows: (path: string) => RowRange, silent: boolean): Promise<TableFile[]> {
  const keep = names(given.keep);
  const bar = progress("reading", silent);
  const options: TableOptions = {
    delimiter: given.delimiter === "auto" ? undefined : ({ tab: "\t", blanks: " " }[given.delimiter ?? ""] ?? given.delimiter),
    decimal: oneOf("decimal", given.decimal, [".", ","]),
    zone: given.zone,
    dates: oneOf("dates", given.dates, ["dmy", "mdy", "ymd"]),
    time: given.time === "none" ? null : given.time,
    columns: names(given.columns),
    exclude: names(given.exclude),
    keep: keep === undefined ? undefined : [...keep, ...needed.filter((name) => name !== undefined).filter((name) => !/^(?:file|folder)(?::|$)/.test(name))],
    rows,
    transpose: given.transpose,
    onProgress: bar.at,
    parquet: readParquetTable,
  };
  return await readTables(paths, options).finally(bar.done);
}

export const names = (text: string | undefined): string[] | undefined => text?.split(",").map((name) => name.trim()).filter((name) => name !== "");

interface RowRule extends RowRange {
  readonly pattern: string | null;
}

/** `A..B`, `PATTERN:A..B`, `train:A..B`, several separated by commas. */
export function rowRules(text: string | undefined): RowRule[] {
  return (names(text) ?? []).map((rule) => {
    const [, pattern, from = "", to = ""] = /^(?:(.+):)?(\d*)\.\.(\d*)$/.exec(rule) ?? refuse(rule);
    const range = { pattern: pattern ?? null, from: from === "" ? 1 : Number(from), to: to === "" ? Infinity : Number(to) };
    return range.from >= 1 && range.from <= range.to ? range : refuse(rule);
  });
}

/** The rows of the rule that says most about a file: its name, then its side, then all files. */
export function rangeOf(rules: readonly RowRule[], path: string, side: "train" | "test"): RowRange {
  const isNamed = ({ pattern }: RowRule) => pattern !== null && pattern !== "train" && pattern !== "test" && (matchesGlob(basename(path), pattern) || matchesGlob(path, pattern));
  return rules.find(isNamed) ?? rules.find(({ pattern }) => pattern === side) ?? rules.find(({ pattern }) => pattern === null) ?? allRows;
}

function refuse(rule: string): never {
  throw usage(`read --rows ${JSON.stringify(rule.slice(0, 60))}`, "Write rows from 1 as 1..400, 401.. or ..400; of some files as d*_te.dat:161..; of a side as train:1..400.");
}

/** `500`, `1h` or a column. */
export function blockOf(text: string | undefined): BlockBy | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) {
    if (Number(text) < 1) throw usage("cut blocks of 0 rows", "A block has at least one row.");
    return { by: "rows", rows: Number(text) };
  }
  return /^\d+(?:\.\d+)?\s*(?:ms|s|min|m|h|d)$/.test(text) ? { by: "span", span: spanOf("block", text), text } : { by: "column", column: text };
}

/** Samples of a burst unless they are told: 0.17 s at 12 kHz. */
const usualBurst = 2048;
/** A file with fewer bursts than this is no long recording. */
const fewestBursts = 20;

/**
 * Rows of a burst: as told, in rows or as a length of time, or where every file is a long recording without
 * times, and the target is the file's. `null` for tables that are taken row by row.
 */
export function burstOf({ window: text, rate, target }: { readonly window?: string | undefined; readonly rate?: string | undefined; readonly target?: string | undefined }, { train, test }: BothSides): number | null {
  const isSpan = text !== undefined && /^[\d.]+\s*[a-z]+$/i.test(text.trim());
  if (rate !== undefined && !isSpan) throw usage("use --rate without a --window of some time", "It says how many rows a length of time is, such as --window 0.17s --rate 12kHz.");
  if (text === "none") return null;
  if (isSpan) {
    const rows = rowsOfSpan(spanOf("window", text), [...train, ...test], rate === undefined ? null : hertzOf(rate));
    if (rows < leastSamples) throw usage(`cut bursts of ${text}: that is ${rows} rows`, `A burst has at least ${leastSamples} rows.`);
    return rows;
  }
  if (text !== undefined) return wholeOf("window", text, leastSamples);
  const isLong = [...train, ...test].every(({ rows, times }) => times === null && rows >= fewestBursts * usualBurst);
  return isLong && /^(?:file|folder)(?::|$)/.test(target ?? "") ? usualBurst : null;
}

/** `12kHz`, `50Hz` or a number of samples a second. */
function hertzOf(text: string): number {
  const [, number = "", kilo = ""] = /^(\d+(?:\.\d+)?)\s*(k?)(?:Hz)?$/i.exec(text.trim()) ?? [];
  const hertz = Number(number) * (kilo === "" ? 1 : 1000);
  if (!(hertz > 0)) throw usage(`read --rate ${JSON.stringify(text.slice(0, 40))}`, "Write samples a second such as 12kHz, 50Hz or 0.5.");
  return hertz;
}

/** Every value of an option that takes several: the words after it up to the next option, wherever it stands. */
export function valuesOf(words: readonly string[], option: string): string[] {
  const values: string[] = [];
  let taking = false;
  for (const word of words) {
    if (word === "--") break;
    if (word.startsWith("--")) {
      taking = word === `--${option}`;
      if (word.startsWith(`--${option}=`)) values.push(word.slice(option.length + 3));
    } else if (taking) values.push(word);
  }
  return values;
}

/** Refuses words that belong to no option: a shell may have unfolded a pattern where one name was meant. */
export function requireNoStrays(words: readonly string[], positionals: readonly string[]): void {
  const taken = [...valuesOf(words, "train"), ...valuesOf(words, "test")];
  const stray = positionals.find((word) => !taken.includes(word));
  if (stray !== undefined) throw usage(`use ${JSON.stringify(stray.slice(0, 60))}: it belongs to no option`, "Files stand after --train and --test; put patterns in quotes.");
}
