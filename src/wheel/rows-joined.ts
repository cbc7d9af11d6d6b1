import { basename, dirname, resolve } from "node:path";
import { factsOf } from "../capture/column-facts.ts";
import { shown } from "../capture/name.ts";
import { naturally } from "../capture/table-paths.ts";
import type { LeftOutColumn, TableColumn, TableFile } from "../capture/table-file.ts";
import { noColumn } from "../capture/time-column.ts";
import { MillraceError } from "../errors.ts";
import type { StudyColumn } from "./study-request.ts";

/** Tables put one under the other: those that teach first, then those that judge. */
export interface JoinedRows {
  readonly files: readonly TableFile[];
  /** How many of the files teach, and how many rows they have. */
  readonly teachingFiles: number;
  readonly teaching: number;
  /** First row of each file, and behind the last one the number of all rows. */
  readonly starts: readonly number[];
  readonly rows: number;
}

/** Throws `study.unlike-tables` when tables without names of columns have unlike numbers of them. */
export function joinTables(train: readonly TableFile[], test: readonly TableFile[]): JoinedRows {
  const files = [...train, ...test];
  const unnamed = files.filter(({ columns }) => columns.length > 0 && columns.every(({ name }, at) => name === `c${at + 1}`));
  const odd = unnamed.find(({ columns }) => columns.length !== unnamed[0].columns.length);
  if (odd !== undefined) throw unlike(unnamed[0], odd);
  const starts = [0];
  for (const { rows } of files) starts.push((starts.at(-1) ?? 0) + rows);
  return { files, teachingFiles: train.length, teaching: starts[train.length], starts, rows: starts[files.length] };
}

/** Place in `files` of each row. */
export function filesOfRows({ files, starts, rows }: JoinedRows): Int32Array {
  const of = new Int32Array(rows);
  for (const at of files.keys()) of.fill(at, starts[at], starts[at + 1]);
  return of;
}

/** Numbers of one kind by row, file after file; `null` when some file has none. */
export function joinedNumbers({ files, starts, rows }: JoinedRows, of: (file: TableFile) => Float64Array | null): Float64Array | null {
  const joined = new Float64Array(rows);
  for (const [at, file] of files.entries()) {
    const own = of(file);
    if (own === null) return null;
    joined.set(own, starts[at]);
  }
  return joined;
}

/**
 * A column by its name in any of the files, or one that the files' names hold: `file`, `folder`, and
 * `file:PATTERN` with a regular expression whose first group, or all of it, is the value.
 * Rows of files without it are unknown. Throws `capture.no-column`, `study.bad-pattern`.
 */
export function namedColumn(joined: JoinedRows, name: string): StudyColumn {
  const { files } = joined;
  const own = files.map(({ columns }) => columns.find((column) => column.name === name));
  if (own.some((column) => column !== undefined)) return joinColumns(joined, name, own);
  const [, of, pattern] = /^(file|folder)(?::(.+))?$/s.exec(name) ?? [];
  if (of === undefined) throw noColumn(name, [...new Set(files.flatMap(({ columns }) => columns.map((column) => column.name))), "file", "folder"]);
  const texts = files.map(({ path }) => (of === "file" ? stem(path) : basename(dirname(resolve(path)))));
  const values = pattern === undefined ? texts : matches(texts, pattern);
  const numbers = values.map((text) => (text === null || text.trim() === "" ? Number.NaN : Number(text)));
  const isNumbers = values.every((text, at) => text === null || !Number.isNaN(numbers[at]));
  const columns = values.map((text, at): TableColumn => {
    const value = isNumbers ? numbers[at] : text === null ? Number.NaN : 0;
    return { name, values: new Float64Array(files[at].rows).fill(value), levels: isNumbers ? null : [text ?? ""] };
  });
  return joinColumns(joined, name, columns);
}

const stem = (path: string): string => basename(path).replace(/\.gz$/i, "").replace(/\.[^.]*$/, "");

function matches(texts: readonly string[], pattern: string): (string | null)[] {
  try {
    const expression = new RegExp(pattern);
    return texts.map((text) => {
      const found = expression.exec(text);
      return found === null ? null : (found[1] ?? found[0]);
    });
  } catch (cause) {
    throw new MillraceError("study.bad-pattern", `Cannot use ${shown(pattern)} as a pattern: it is no regular expression`, { hint: "Write it like file:d(\\d+), with the part that matters in brackets.", cause });
  }
}

/** Columns of one name put one under the other; numbers beside texts become texts. */
function joinColumns({ files, starts, rows, teachingFiles }: JoinedRows, name: string, columns: readonly (TableColumn | undefined)[]): StudyColumn {
  const [only] = columns;
  if (columns.length === 1 && only?.levels === null) return { name, values: only.values, levels: null }; // a long history is not held twice
  const values = new Float64Array(rows).fill(Number.NaN);
  if (columns.every((column) => column === undefined || column.levels === null)) {
    for (const [at, column] of columns.entries()) if (column !== undefined) values.set(column.values, starts[at]);
    return { name, values, levels: null };
  }
  const texts = columns.map((column) => (column === undefined ? null : asTexts(column)));
  const taught = sorted(texts.slice(0, teachingFiles).flatMap((column) => column?.levels ?? []));
  const known = new Set(taught);
  const levels = [...taught, ...sorted(texts.slice(teachingFiles).flatMap((column) => column?.levels ?? [])).filter((text) => !known.has(text))];
  const places = new Map(levels.map((text, at) => [text, at]));
  for (const at of files.keys()) {
    const column = texts[at];
    if (column === null || column === undefined) continue;
    const codes = column.levels.map((text) => places.get(text) ?? Number.NaN);
    for (let row = 0; row < column.values.length; row++) if (!Number.isNaN(column.values[row])) values[starts[at] + row] = codes[column.values[row]];
  }
  return { name, values, levels };
}

/** A column of texts, each different number written as one. */
export function asTexts({ values, levels }: Pick<TableColumn, "values" | "levels">): { readonly values: Float64Array; readonly levels: readonly string[] } {
  if (levels !== null) return { values, levels };
  const places = new Map<number, number>();
  const codes = values.map((value) => {
    if (Number.isNaN(value)) return value;
    let place = places.get(value);
    if (place === undefined) places.set(value, (place = places.size));
    return place;
  });
  return { values: codes, levels: Array.from(places.keys(), String) };
}

const sorted = (texts: readonly string[]): string[] => [...new Set(texts)].toSorted(naturally);

/** Levels that a category may have to be looked at. */
const mostLevels = 200;

/** The columns that a model may look at, and those that are left out, each with the reason. */
export interface JoinedInputs {
  readonly inputs: readonly StudyColumn[];
  readonly leftOut: readonly LeftOutColumn[];
  readonly remarks: readonly string[];
}

/**
 * The inputs: every column that all files have, but for those `taken` for something else, those that
 * say nothing about the rows that teach, numbers of rows, and texts that name the row.
 * Throws `study.no-inputs`.
 */
export function inputsOf(joined: JoinedRows, taken: ReadonlySet<string>): JoinedInputs {
  const { files } = joined;
  const names = [...new Set(files.flatMap(({ columns }) => columns.map(({ name }) => name)))].filter((name) => !taken.has(name));
  const leftOut = [...new Map(files.flatMap((file) => file.leftOut.map((column) => [column.name, column] as const))).values()];
  const inputs: StudyColumn[] = [];
  const remarks: string[] = [];
  for (const name of names) {
    const lacking = files.find(({ columns }) => !columns.some((column) => column.name === name));
    const column = lacking === undefined ? namedColumn(joined, name) : null;
    const reason = column === null ? `${shown(lacking?.name ?? "")} has no such column` : uselessness(joined, column);
    if (column === null || reason !== null) leftOut.push({ name, reason: reason ?? "" });
    else inputs.push(taughtLevels(joined, column, remarks));
  }
  if (inputs.length === 0) throw noInputs(leftOut);
  return { inputs, leftOut, remarks };
}

/** Why a column can teach nothing; `null` when it may. */
function uselessness({ starts, teaching, teachingFiles }: JoinedRows, { values, levels }: StudyColumn): string | null {
  const facts = factsOf(values.subarray(0, teaching));
  if (facts.known === 0) return "without a value in the rows that teach";
  if (facts.distinct?.length === 1 && facts.known === teaching) return "the same value in all rows that teach";
  if (levels === null) {
    const numbers = starts.slice(0, teachingFiles).every((start, at) => factsOf(values.subarray(start, starts[at + 1])).numbering);
    return numbers ? "it numbers the rows" : null;
  }
  const different = new Set(values.subarray(0, teaching).filter((value) => !Number.isNaN(value))).size;
  if (different > 2 && (different === facts.known || (different > 20 && 2 * different > facts.known))) return `it names the row: ${different} different texts in ${facts.known} rows`;
  return different > mostLevels ? `too many different texts: ${different}, at most ${mostLevels} are looked at` : null;
}

/** A category knows the texts that were there to be learnt; others are unknown. */
function taughtLevels({ teaching }: JoinedRows, column: StudyColumn, remarks: string[]): StudyColumn {
  if (column.levels === null) return column;
  const most = column.values.subarray(0, teaching).reduce((most, value) => (value > most ? value : most), -1);
  const strange = column.values.reduce((count, value) => (value > most ? count + 1 : count), 0);
  if (strange === 0) return { ...column, levels: column.levels.slice(0, most + 1) };
  remarks.push(`${shown(column.name)}: ${strange} rows to be judged hold texts that no row that teaches has; unknown there`);
  return { ...column, values: column.values.map((value) => (value > most ? Number.NaN : value)), levels: column.levels.slice(0, most + 1) };
}

function unlike(one: TableFile, other: TableFile): MillraceError {
  const wide = ({ name, columns }: TableFile) => `${shown(name)} has ${columns.length}`;
  return new MillraceError("study.unlike-tables", `Cannot put tables together that name no columns: ${wide(one)} of them, ${wide(other)}`, {
    hint: "Leave the odd one out, give names with --columns, or turn tables that lie on their side with --transpose.",
  });
}

function noInputs(leftOut: readonly LeftOutColumn[]): MillraceError {
  const few = leftOut.slice(0, 4).map(({ name, reason }) => `${shown(name)} (${reason})`).join(", ");
  return new MillraceError("study.no-inputs", `Cannot learn from these tables: no column is left to look at${few === "" ? "" : `; left out were ${few}`}`, {
    hint: "Check --keep, --exclude and --rows, and that the files that teach and those that judge have the same columns.",
  });
}
