import { isUtf8 } from "node:buffer";
import { gunzipSync } from "node:zlib";
import { CsvError } from "csv-parse";
import { parse } from "csv-parse/sync";
import { MillraceError } from "../errors.ts";
import { Answer } from "../schema/label.ts";
import type { Says } from "../schema/target.ts";
import type { Micros } from "../schema/time.ts";
import { longestRow } from "./csv.ts";
import { encodingFromMark } from "./encoding.ts";
import { cleanName, shown } from "./name.ts";
import { readNumber } from "./number.ts";
import { ambiguousDate } from "./time-column.ts";
import { localMicros, numericForm, orderOf, readNumericTime, readWritten, type DateOrder } from "./timestamp.ts";
import { wallClock, type Offsets } from "./zone.ts";

/** One line of a table of work orders or recorded truth: what somebody says of a stretch of an asset. */
export interface WorkOrder {
  /** The line of the file it ends on, from 1. */
  readonly row: number;
  /** Name, path or id, as written. */
  readonly asset: string;
  readonly start: Micros;
  readonly end: Micros;
  readonly answer: Answer;
  readonly faultKind: string | null;
  readonly author: string;
  readonly certainty: number;
  /** The number that the order has where it comes from. */
  readonly id: string | null;
  /** What a target is said to be; left out for an answer about the condition. */
  readonly target?: string;
  readonly says?: Says;
}

export interface WorkOrders {
  readonly orders: readonly WorkOrder[];
  /** Lines that make no sense, and why; in the order of the file. */
  readonly rejected: readonly { readonly row: number; readonly seen: string }[];
}

export interface WorkOrderOptions {
  /** IANA zone of times that do not state one. @default "UTC" */
  readonly zone?: string;
  /** Order of dates that could be read two ways. */
  readonly dates?: DateOrder;
  /** Who says so where the table does not. */
  readonly author?: string;
}

/** Rows that are read from one table; more is a table of something else. */
export const mostOrders = 10_000;

const required = ["asset", "start"] as const;
/** Of a line about the condition, and of one about a target: a laboratory's value, a class, an end of life. */
const more = { condition: ["end", "answer"], target: ["target"] } as const;
const names = [...required, ...more.condition, ...more.target, "value", "unit", "class", "kind", "author", "certainty", "id"] as const;
/** What the answer of a line about a target may be, where it is neither a value nor a class. */
const lifeEnd = "end-of-life";
type Cells = Readonly<Partial<Record<(typeof names)[number], string>>>;

interface Clock {
  readonly offsets: (local: number) => Offsets;
  readonly order: DateOrder | null;
  /** Whether a comma may be a decimal sign. */
  readonly comma: boolean;
}

interface Line {
  readonly row: number;
  readonly cells: Cells;
  readonly isTooWide: boolean;
}

/**
 * Reads a table of work orders: `asset,start,end,answer,kind,author` and, if there, `certainty` and `id`,
 * under a heading in any order; other columns are left alone. A line with a `target` says what that was
 * instead: a `value` with its `unit`, a `class`, or the answer `end-of-life`, at `start` or until `end`.
 *
 * The heading tells what separates cells (`,` `;` `|` or tab). Times are written with a date, or as
 * seconds to nanoseconds since 1970, or as days of a spreadsheet; a decimal comma is read where commas
 * do not separate. Of an hour that the clock shows twice the first is taken, for an end the second where it
 * would otherwise lie before its start. Lines that make no sense are told by number; the others are read.
 *
 * Throws: `capture.empty`, `capture.no-column`, `capture.too-large`, `capture.open-quote`, `capture.damaged`,
 * `capture.row-too-long`, `capture.not-text`, `capture.ambiguous-date`, `capture.unknown-zone`.
 */
export function readWorkOrders(content: string | Uint8Array, options: WorkOrderOptions = {}): WorkOrders {
  const text = (typeof content === "string" ? content : textOf(content)).replace(/^\ufeff/, "").replaceAll(/\r\n?/g, "\n");
  if (text.trim() === "") throw new MillraceError("capture.empty", "Cannot read work orders: there is nothing in them", { hint: "Check that the export ran to its end." });
  const delimiter = delimiterOf(text);
  const table = linesOf(text, delimiter);
  const clock = { offsets: wallClock(options.zone ?? "UTC"), order: options.dates ?? dateOrderIn(table), comma: delimiter !== "," };
  const orders: WorkOrder[] = [];
  const rejected: { row: number; seen: string }[] = [];
  for (const { row, cells, isTooWide } of table) {
    const order = isTooWide ? "it has more cells than the heading" : workOrderOf(row, cells, clock, options.author);
    if (typeof order === "string") rejected.push({ row, seen: order });
    else orders.push(order);
  }
  return { orders, rejected };
}

/** The order that a line is, or why it is none. */
function workOrderOf(row: number, cells: Cells, clock: Clock, usualAuthor = ""): WorkOrder | string {
  const asset = cleanName(cells.asset ?? "");
  const author = cleanName(cells.author ?? "") || cleanName(usualAuthor);
  const sure = cells.certainty ?? "";
  const certainty = sure === "" ? 1 : readNumber(sure, decimalIn(sure, clock));
  const start = timeOf(cells.start ?? "", clock).early;
  const target = cleanName(cells.target ?? "") || null;
  const isInstant = target !== null && (cells.end ?? "") === "";
  const ends = isInstant ? { early: start + 1, late: start + 1 } : timeOf(cells.end ?? "", clock);
  const end = ends.early > start ? ends.early : ends.late;
  const answer = answerIn(target, cells);
  const says = target === null ? null : saysIn(cells, clock);
  if (asset === "") return "it names no asset";
  if (Number.isNaN(start)) return `start ${shown(cells.start ?? "")} is no time`;
  if (Number.isNaN(end)) return `end ${shown(cells.end ?? "")} is no time`;
  if (!(end > start)) return `it ends at ${shown(cells.end ?? "")}, which is not after its start`;
  if (answer === null) return `answer ${shown(cells.answer ?? "")} is none of ${Answer.options.join(", ")}`;
  if (typeof says === "string") return says;
  if (author === "") return "it does not say who says so";
  if (!(certainty >= 0 && certainty <= 1)) return `certainty ${shown(sure)} is no number from 0 to 1`;
  const kind = answer === "fault" ? cleanName(cells.kind ?? "") : "";
  return { row, asset, start, end, answer, faultKind: kind || null, author, certainty, id: cleanName(cells.id ?? "") || null, ...(target !== null && says !== null && { target, says }) };
}

/** What a line says of the condition, `null` for no answer; one about a target says nothing of it. */
function answerIn(target: string | null, cells: Cells): Answer | null {
  return target === null ? (Answer.safeParse(cells.answer?.toLowerCase()).data ?? null) : "unsure";
}

/** What a line says of its target, or why that cannot be told. */
function saysIn({ value = "", unit = "", class: named = "", answer = "" }: Cells, clock: Clock): Says | string {
  const isEnd = answer.toLowerCase() === lifeEnd;
  if (Number(value !== "") + Number(named !== "") + Number(isEnd) !== 1) return `it says neither one value, nor one class, nor ${lifeEnd}`;
  if (isEnd) return { what: "end-of-life" };
  if (named !== "") return { what: "class", class: cleanName(named) };
  const number = readNumber(value, decimalIn(value, clock));
  return Number.isFinite(number) ? { what: "value", value: number, unit: cleanName(unit) || null } : `value ${shown(value)} is no number`;
}

/** UTC microseconds of a cell, `NaN` for none; the two differ in an hour that the clock shows twice. */
function timeOf(cell: string, clock: Clock): { early: number; late: number } {
  const plain = (time: number) => ({ early: time, late: time });
  const atClock = (local: number) => {
    if (Number.isNaN(local)) return plain(local);
    const { kind, first, second } = clock.offsets(local);
    return { early: local - first, late: local - (kind === "repeated" ? second : first) };
  };
  const written = readWritten(cell);
  if (written !== null) {
    const local = localMicros(written, clock.order ?? "dmy");
    return written.offset === null ? atClock(local) : plain(local - written.offset);
  }
  const decimal = decimalIn(cell, clock);
  const form = numericForm([readNumber(cell, decimal)]);
  if (form === null) return plain(Number.NaN);
  const time = readNumericTime(cell, form, decimal);
  return form === "excel" ? atClock(time) : plain(time);
}

const decimalIn = (cell: string, { comma }: Clock): "," | "." => (comma && cell.includes(",") ? "," : ".");

/** The order that the first date which fits only one proves; throws `capture.ambiguous-date` when one is needed and none does. */
function dateOrderIn(table: readonly Line[]): DateOrder | null {
  let open: string | null = null;
  for (const { cells } of table) {
    for (const cell of [cells.start ?? "", cells.end ?? ""]) {
      const date = readWritten(cell);
      if (date === null || date.fixed !== null) continue;
      const order = orderOf(date);
      if (order !== null) return order;
      open ??= cell;
    }
  }
  if (open !== null) throw ambiguousDate(open);
  return null;
}

/** What separates the heading into the most names that are known. */
function delimiterOf(text: string): string {
  const [first = ""] = text.split("\n", 1);
  const heading = first.slice(0, 10_000);
  const known = (delimiter: string): number => names.filter((name) => heading.split(delimiter).map(nameOf).includes(name)).length;
  return [",", ";", "\t", "|"].reduce((best, delimiter) => (known(delimiter) > known(best) ? delimiter : best));
}

const nameOf = (cell: string): string => cell.trim().replace(/^"(.*)"$/, "$1").trim().toLowerCase();

function linesOf(text: string, delimiter: string): Line[] {
  let heading: string[] | null = null;
  const lines: Line[] = [];
  parseRows(text, delimiter, (row, line) => {
    if (row.every((cell) => cell.trim() === "")) return;
    if (heading === null) return void (heading = headingOf(row));
    if (lines.length >= mostOrders) throw tooLarge();
    const cells = Object.fromEntries(heading.map((name, at) => [name, (row.at(at) ?? "").trim()]));
    lines.push({ row: line, cells, isTooWide: row.slice(heading.length).some((cell) => cell.trim() !== "") });
  });
  return lines;
}

function headingOf(row: readonly string[]): string[] {
  const heading = row.map(nameOf);
  const needed = [...required, ...more[heading.includes("target") ? "target" : "condition"]];
  const missing = needed.filter((name) => !heading.includes(name));
  const double = names.find((name) => heading.indexOf(name) !== heading.lastIndexOf(name));
  if (missing.length === 0 && double === undefined) return heading;
  const seen = missing.length > 0 ? `no column ${missing.map(shown).join(", ")} in ${row.slice(0, 8).map(shown).join(", ")}` : `column ${shown(double ?? "")} is there twice`;
  throw new MillraceError("capture.no-column", `Cannot read work orders: ${seen}`, { hint: "Begin the table with a line such as asset,start,end,answer,kind,author or, for a laboratory, asset,start,target,value,unit,author." });
}

function parseRows(text: string, delimiter: string, onRow: (cells: readonly string[], line: number) => void): void {
  let last = 0;
  try {
    parse(text, {
      delimiter,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      record_delimiter: "\n",
      max_record_size: longestRow,
      on_record(cells: string[], { lines }) {
        last = lines;
        onRow(cells, lines);
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const isOpen = error.code === "CSV_QUOTE_NOT_CLOSED";
    const seen = isOpen ? `a quote opened after line ${last} is never closed` : `a row is longer than ${longestRow} characters`;
    throw new MillraceError(isOpen ? "capture.open-quote" : "capture.row-too-long", `Cannot read work orders: ${seen}`, { hint: "Close the quote, or double it where it belongs to the text.", cause: error });
  }
}

const mostBytes = 64 * 1024 * 1024;

/** Text of a file: unpacked if it is gzip, UTF-16 by its mark, else UTF-8, else Windows-1252. */
function textOf(bytes: Uint8Array): string {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? unpacked(bytes) : bytes;
  const marked = encodingFromMark(plain);
  if (marked === "utf-8" && plain.includes(0)) {
    throw new MillraceError("capture.not-text", "Cannot read work orders as CSV: they hold zero bytes", { hint: "Export the table as text with one row a line." });
  }
  return new TextDecoder(marked === "utf-8" && !isUtf8(plain) ? "windows-1252" : marked).decode(plain);
}

function unpacked(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: mostBytes });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge();
    throw new MillraceError("capture.damaged", "Cannot read work orders: their packed data is damaged", { hint: "Copy or export the file again.", cause });
  }
}

function tooLarge(): MillraceError {
  return new MillraceError("capture.too-large", `Cannot read work orders: there are more than ${mostOrders} of them`, { hint: "Split the table by year or by machine." });
}
