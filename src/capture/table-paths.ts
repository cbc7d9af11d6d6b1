import { globSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { MillraceError } from "../errors.ts";
import { shown } from "./name.ts";

/** Files that one reading takes at most. */
export const mostFiles = 10_000;

const tableNames = /\.(?:csv|tsv|tab|txt|dat|data|asc|parquet)(?:\.gz)?$/i;
const paperNames = /^(?:licen[cs]e|copying|notice|readme|changelog|changes)\b/i;

/** Names as people count: d2 before d10. */
export const naturally = new Intl.Collator("en", { numeric: true }).compare;

/**
 * The files that paths, wildcards (`d*.csv`, `runs/**` + `/*.csv`) and folders stand for: in the order of the patterns,
 * those of one pattern in natural order, each once. Of a folder its tables, not those of folders in it.
 *
 * Throws `capture.no-files` for a pattern that matches nothing, `capture.too-many-files`.
 */
export function tablePaths(patterns: readonly string[]): string[] {
  const found = new Set<string>();
  for (const pattern of patterns) {
    for (const path of matches(pattern)) found.add(path);
    if (found.size > mostFiles) throw tooMany(pattern);
  }
  return [...found];
}

function matches(pattern: string): string[] {
  const facts = statSync(pattern, { throwIfNoEntry: false });
  if (facts?.isDirectory() === true) return nonEmpty(pattern, tablesIn(pattern), "the folder holds no table");
  // A name with a bracket in it may be there as it stands.
  if (facts !== undefined || !/[*?[{]/.test(pattern)) return [pattern];
  return nonEmpty(pattern, globSync(pattern).filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile()), "nothing matches it");
}

function tablesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (!entry.isDirectory() && tableNames.test(entry.name) && !paperNames.test(entry.name) ? [join(folder, entry.name)] : []));
}

function nonEmpty(pattern: string, paths: string[], seen: string): string[] {
  if (paths.length > 0) return paths.toSorted(naturally);
  throw new MillraceError("capture.no-files", `Cannot read ${shown(pattern)}: ${seen}`, {
    hint: "Check the spelling and the folder; put a pattern in quotes so that the shell leaves it alone.",
  });
}

function tooMany(pattern: string): MillraceError {
  return new MillraceError("capture.too-many-files", `Cannot read ${shown(pattern)}: it stands for more than ${mostFiles} files`, {
    hint: "Name fewer files.",
  });
}
