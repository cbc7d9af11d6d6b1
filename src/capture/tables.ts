import { noSuchRows, planCsv, readCsvTable, type CsvPlan } from "./csv-table.ts";
import { bytesOf, findFile, headOf, newTap, type SourceFile } from "./file-bytes.ts";
import { cleanName, columnNames, shown } from "./name.ts";
import { allRows, sliceRows, type ParquetColumn, type ParquetReader, type RowRange, type TableFile, type TableOptions } from "./table-file.ts";
import { tablePaths } from "./table-paths.ts";
import { wrongNames } from "./table.ts";
import { noColumn, noTime } from "./time-column.ts";
import { numericForm, readNumericTime } from "./timestamp.ts";
import { lyingDown, turned } from "./transposed.ts";

/** A table as it was read, and whether names, columns and rows that were asked for are yet to be applied. */
interface Draft {
  readonly file: TableFile;
  readonly named: boolean;
  readonly whole: boolean;
}

/**
 * Reads recorded tables: delimited text of any kind (comma, semicolon, tab, bar, runs of blanks; with
 * lines of something else before the table), plain or gzip, and Parquet. `patterns` are paths,
 * wildcards and folders, see `tablePaths`.
 *
 * Without a header columns are c1, c2, ...; empty cells and words such as NA are unknown; equal names
 * are told apart. Tables that lie on their side are turned, and say so in a remark. Times are read
 * where a column is named or plainly holds them; that column is then none of the others.
 *
 * Cost: one pass over a file, a second where a later row shows that it is written otherwise. Memory:
 * 8 bytes a cell that is taken and 16 a row, twice that while columns grow, at most 4 GB a file.
 * Throws MillraceError `capture.*`.
 */
export async function readTables(patterns: readonly string[], options: TableOptions = {}): Promise<TableFile[]> {
  const sources: { file: SourceFile; plan: CsvPlan | null }[] = [];
  for (const path of tablePaths(patterns)) sources.push(await sourceOf(path, options));
  const headers = sources.flatMap(({ plan }) => (plan?.sniffed.header === true ? plan.names : []));
  const told = sources.every(({ plan }) => plan?.sniffed.header === true) && options.transpose !== true;
  if (told) requireNames(headers, options); // before anything long is read
  const drafts: Draft[] = [];
  for (const { file, plan } of sources) drafts.push(plan === null ? await parquetDraft(file, options) : await csvDraft(plan, options));
  const named = upright(drafts, options).map((draft) => ({ ...draft, file: withTime(withNames(draft, options), options) }));
  if (!told) requireNames([...headers, ...named.flatMap(({ file }) => namesOf(file))], options);
  return named.map(({ file, whole }) => (whole ? sliced(withWanted(file, options), options) : file));
}

async function sourceOf(path: string, options: TableOptions): Promise<{ file: SourceFile; plan: CsvPlan | null }> {
  const file = await findFile(path);
  const isParquet = options.parquet !== undefined && !file.gzip && (await headOf(file, 4, options.signal)).bytes.toString("latin1") === "PAR1";
  return { file, plan: isParquet ? null : await planCsv(file, options) };
}

/** A file without a header may have to be turned before its rows and names mean anything, so all of it is read. */
async function csvDraft(plan: CsvPlan, options: TableOptions): Promise<Draft> {
  const whole = !plan.sniffed.header || options.transpose === true;
  const wanted = whole ? () => true : (name: string) => isWanted(name, options);
  const range = whole ? allRows : (options.rows?.(plan.file.path) ?? allRows);
  return { file: await readCsvTable(plan, wanted, range, options), named: plan.named, whole };
}

async function parquetDraft(source: SourceFile, options: TableOptions): Promise<Draft> {
  const read = await (options.parquet as ParquetReader)(source.path, (name) => isWanted(name, options) || name === options.time);
  const tap = newTap();
  for await (const chunk of bytesOf(source, tap, options)) void chunk; // for the digest alone
  const times = options.time === undefined ? read.columns.find(({ kind }) => kind === "time") : read.columns.find(({ kind, name }) => kind === "time" && name === options.time);
  const others = read.columns.filter((column) => column !== times);
  const rows = read.rows;
  const file: TableFile = {
    path: source.path,
    name: cleanName(source.name),
    digest: tap.hash.digest("hex"),
    bytes: source.size,
    rows,
    columns: others.filter(({ kind }) => kind !== "time").map(({ name, values, levels }) => ({ name, values, levels })),
    times: times?.values ?? null,
    timeName: times?.name ?? null,
    rowNumbers: Float64Array.from({ length: rows }, (_, row) => row + 1),
    header: true,
    leftOut: [...read.leftOut, ...others.filter(({ kind }) => kind === "time").map(({ name }: ParquetColumn) => ({ name, reason: "a second column of times" }))],
    remarks: [],
  };
  return { file, named: true, whole: true };
}

const isWanted = (name: string, { exclude, keep }: TableOptions): boolean => exclude?.includes(name) !== true && keep?.includes(name) !== false;

function upright(drafts: readonly Draft[], { transpose }: TableOptions): Draft[] {
  if (transpose === false) return [...drafts];
  const reasons = transpose === true ? drafts.map(() => "as was said") : lyingDown(drafts.map(({ file }) => file));
  return drafts.map((draft, at) => {
    const reason = reasons[at];
    return reason === null || (draft.named && transpose !== true) ? draft : { file: turned(draft.file, reason), named: false, whole: true };
  });
}

function withNames({ file, named }: Draft, { columns: given }: TableOptions): TableFile {
  if (named || given === undefined) return file;
  if (given.length !== file.columns.length) throw wrongNames(file.name, given.length, file.columns.length);
  const { names } = columnNames(given);
  return { ...file, columns: file.columns.map((column, at) => ({ ...column, name: names[at] })) };
}

/** Times from a column of numbers that was named: Unix times or Excel days by their size, else seconds since the start. */
function withTime(file: TableFile, { time }: TableOptions): TableFile {
  const column = typeof time === "string" && file.timeName !== time ? file.columns.find(({ name }) => name === time) : undefined;
  if (column === undefined) return file;
  if (column.levels !== null) throw noTime(`no cell of ${shown(column.name)} is a time that can be read`);
  const form = numericForm(extremes(column.values));
  const times = column.values.map((value) => (form === null ? Math.round(1e6 * value) : readNumericTime(String(value), form, ".")));
  const remarks = form === null ? [...file.remarks, { code: "seconds-times" as const, count: 1, firstLine: null, text: `Column ${shown(column.name)} taken as seconds since the start` }] : file.remarks;
  return { ...file, columns: file.columns.filter((one) => one !== column), times, timeName: column.name, remarks };
}

function extremes(values: Float64Array): number[] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [value < low ? value : low, value > high ? value : high];
  return [low, high];
}

const namesOf = ({ columns, leftOut, timeName }: TableFile): string[] => [...columns.map(({ name }) => name), ...leftOut.map(({ name }) => name), ...(timeName === null ? [] : [timeName])];

/** Throws `capture.no-column` for a name that no file has. */
function requireNames(names: readonly string[], { exclude = [], keep = [], time }: TableOptions): void {
  const known = new Set(names);
  const odd = [...exclude, ...keep, ...(typeof time === "string" ? [time] : [])].find((name) => !known.has(name));
  if (odd !== undefined) throw noColumn(odd, [...known]);
}

function withWanted(file: TableFile, options: TableOptions): TableFile {
  return { ...file, columns: file.columns.filter(({ name }) => isWanted(name, options)) };
}

function sliced(file: TableFile, { rows }: TableOptions): TableFile {
  const range: RowRange = rows?.(file.path) ?? allRows;
  const result = sliceRows(file, range);
  if (result.rows === 0) throw noSuchRows(file.name, range, file.rows);
  return result;
}
