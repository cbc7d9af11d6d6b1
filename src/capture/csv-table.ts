import { MillraceError } from "../errors.ts";
import { readAs, revisesTexts } from "./column-kind.ts";
import { readRows } from "./csv.ts";
import { mostColumns, sniff, type Sniffed } from "./dialect.ts";
import { asUtf8, type EncodingReport } from "./encoding.ts";
import { bytesOf, newTap, type SourceFile } from "./file-bytes.ts";
import { Growing } from "./growing.ts";
import { cleanName, columnNames, shown } from "./name.ts";
import { readNumber, type Decimal } from "./number.ts";
import { ReadAgain } from "./read-again.ts";
import { Tally } from "./remark.ts";
import { noRows, TableBuilder, wrongNames, type ReadAs, type RowClock, type Table } from "./table.ts";
import type { RowRange, TableFile, TableOptions } from "./table-file.ts";
import { ambiguousDate, findTime, TimeReader, type TimeColumn } from "./time-column.ts";
import type { DateOrder } from "./timestamp.ts";
import { wallClock } from "./zone.ts";

/** Columns that a table may have which is to be turned. */
const mostTurned = 1_000_000;

/** What the first rows of a file say about how to read it; the names are those of the columns as they will be read. */
export interface CsvPlan {
  readonly file: SourceFile;
  readonly sniffed: Sniffed;
  readonly names: readonly string[];
  /** Positions whose name is not the file's own. */
  readonly renamed: readonly number[];
  /** Whether the names are those that were given. */
  readonly named: boolean;
  readonly time: TimeColumn | null;
  /** The named time column holds plain numbers: seconds since the start. */
  readonly secondsAt: number | null;
  order: DateOrder | null;
  decimal: Decimal;
  decimalKnown: boolean;
  readonly as: ReadAs[];
}

/** Looks at the first rows of a file. Throws what `sniff` throws, `capture.no-column`, `capture.no-time`. */
export async function planCsv(file: SourceFile, options: TableOptions): Promise<CsvPlan> {
  const sniffed = await sniff(file, { ...options, mostColumns: options.transpose === true ? mostTurned : mostColumns });
  const [first = []] = sniffed.rows;
  const sample = sniffed.rows.slice(sniffed.header ? 1 : 0);
  if (sample.length === 0) throw noRows(file.name);
  const fits = options.columns?.length === first.length;
  if (options.columns !== undefined && !fits && sniffed.header && options.transpose !== true) throw wrongNames(file.name, options.columns.length, first.length);
  const given = fits ? options.columns : undefined; // else they may name the lines of a table that is turned
  const { names, changed } = columnNames(given ?? (sniffed.header ? first : first.map((_, at) => `c${at + 1}`)));
  const { time, secondsAt } = timeColumn(names, sample, sniffed.decimal, options);
  const taken = new Set([time?.at, time?.clockAt, secondsAt]);
  const plan: CsvPlan = { file, sniffed, names, renamed: changed, named: given !== undefined, time, secondsAt, order: options.dates ?? null, decimal: sniffed.decimal, decimalKnown: sniffed.decimalKnown, as: [] };
  for (const at of names.keys()) plan.as.push(taken.has(at) ? "skip" : readAs(sample, at, sniffed.decimal));
  return plan;
}

/** The time column: the named one, else one of dates, or of Unix times under a name that says so. */
function timeColumn(names: readonly string[], sample: Sniffed["rows"], decimal: Decimal, { time: asked, transpose }: TableOptions): Pick<CsvPlan, "time" | "secondsAt"> {
  if (asked === null || transpose === true) return { time: null, secondsAt: null };
  if (asked === undefined || !names.includes(asked)) return { time: findTime(names, sample, decimal, undefined, false), secondsAt: null };
  const at = names.indexOf(asked);
  try {
    return { time: findTime(names, sample, decimal, asked, false), secondsAt: null };
  } catch (error) {
    const isNumbers = sample.every((row) => row.at(at) === "" || !Number.isNaN(readNumber(row.at(at) ?? "", decimal)));
    if (error instanceof MillraceError && error.code === "capture.no-time" && isNumbers) return { time: null, secondsAt: at };
    throw error;
  }
}

/** Reads a planned file: the columns for which `wanted` holds, and the rows asked for. */
export async function readCsvTable(plan: CsvPlan, wanted: (name: string) => boolean, range: RowRange, options: TableOptions): Promise<TableFile> {
  plan.names.forEach((name, at) => {
    if (!wanted(name)) plan.as[at] = "skip";
  });
  for (;;) {
    const pass = await passOver(plan, range, options).catch((error: unknown) => {
      if (!(error instanceof ReadAgain)) throw error; // each change is made once, so this ends
      plan.order = error.change.order ?? plan.order;
      plan.decimal = error.change.decimal ?? plan.decimal;
      plan.decimalKnown ||= error.change.decimal !== undefined;
      return null;
    });
    if (pass !== null && !revisesTexts(plan, pass.table.columns)) return tableOf(plan, pass);
  }
}

interface Pass {
  readonly table: Table;
  readonly times: Float64Array | null;
  readonly tally: Tally;
  readonly digest: string;
  readonly bytes: number;
}

async function passOver(plan: CsvPlan, { from, to }: RowRange, options: TableOptions): Promise<Pass> {
  const { file, sniffed, names } = plan;
  const tally = new Tally();
  const tap = newTap();
  const report: EncodingReport = { encoding: sniffed.encoding, replaced: 0 };
  const clock = new RowNumbers(timeReader(plan, options, tally), tally);
  const builder = new TableBuilder(file.name, names.map((name, at) => ({ name, as: plan.as[at] })), clock, plan, tally);
  const before = sniffed.preamble + (sniffed.header ? 1 : 0);
  let row = -before;
  await readRows(asUtf8(bytesOf(file, tap, options), report), sniffed.delimiter, file.name, (cells, line) => {
    row++;
    if (row < from || row > to || row < 1) return;
    clock.row = row;
    builder.add(cells, line);
  });
  if (from > Math.max(0, row)) throw noSuchRows(file.name, { from, to }, Math.max(0, row));
  if (sniffed.preamble > 0) tally.add("preamble", 1, undefined, sniffed.preamble);
  if (report.replaced > 0) tally.add("wrong-bytes", null, undefined, report.replaced);
  if (clock.firstOrdered !== null && clock.order === null) throw ambiguousDate(clock.firstOrdered);
  return { table: builder.done(), times: clock.times?.done() ?? null, tally, digest: tap.hash.digest("hex"), bytes: tap.bytes };
}

interface TableClock extends RowClock {
  readonly order: DateOrder | null;
  readonly firstOrdered: string | null;
}

function timeReader({ time, secondsAt, decimal, order }: CsvPlan, { zone = "UTC" }: TableOptions, tally: Tally): TableClock | null {
  if (time !== null) return new TimeReader(time, decimal, { zone, offsets: wallClock(zone) }, order, tally);
  if (secondsAt === null) return null;
  const cell = (cells: readonly string[]): string => cells.at(secondsAt) ?? "";
  return { read: (cells) => Math.round(1e6 * readNumber(cell(cells), decimal)), cell, order: null, firstOrdered: null };
}

/** Tells rows apart by their number in the file, and keeps their times beside it where the file has any. */
class RowNumbers implements RowClock {
  readonly #reader: TableClock | null;
  readonly #tally: Tally;
  readonly times: Growing | null;
  #previous = Number.NaN;
  row = 0;

  constructor(reader: TableClock | null, tally: Tally) {
    this.#reader = reader;
    this.#tally = tally;
    this.times = reader === null ? null : new Growing();
  }

  get order(): DateOrder | null {
    return this.#reader?.order ?? null;
  }

  get firstOrdered(): string | null {
    return this.#reader?.firstOrdered ?? null;
  }

  cell(cells: readonly string[]): string {
    return this.#reader?.cell(cells) ?? "";
  }

  /** NaN, so that the row is set aside, where its time makes no sense. */
  read(cells: readonly string[], line: number): number {
    if (this.#reader === null) return this.row;
    const time = this.#reader.read(cells, line);
    if (!Number.isFinite(time)) return Number.NaN;
    if (time <= this.#previous) this.#tally.add(time < this.#previous ? "backward-times" : "duplicate-times", line);
    this.#previous = time;
    this.times?.push(time);
    return this.row;
  }
}

function tableOf(plan: CsvPlan, { table, times, tally, digest, bytes }: Pass): TableFile {
  const { file, sniffed, names, renamed, time, secondsAt } = plan;
  const timeName = time !== null ? names[time.at] : secondsAt !== null ? names[secondsAt] : null;
  if (renamed.length > 0 && sniffed.header) tally.add("changed-names", 1, () => shown(names[renamed[0]]), renamed.length);
  if (secondsAt !== null) tally.add("seconds-times", null, () => shown(names[secondsAt]));
  return {
    path: file.path,
    name: cleanName(file.name),
    digest,
    bytes,
    rows: table.times.length,
    columns: table.columns.map(({ name, values, texts }) => ({ name, values, levels: texts })),
    times,
    timeName,
    rowNumbers: table.times,
    header: sniffed.header,
    leftOut: table.crowded.map((name) => ({ name, reason: "too many different texts" })),
    remarks: tally.remarks(),
  };
}

export function noSuchRows(file: string, { from, to }: RowRange, rows: number): MillraceError {
  return new MillraceError("capture.no-rows", `Cannot take rows ${from}..${to === Infinity ? "" : to} of ${shown(file)}: it has ${rows}`, {
    hint: "Rows are counted from 1, header and blank lines not counted.",
  });
}
