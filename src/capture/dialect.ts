import { MillraceError } from "../errors.ts";
import { blanks, firstRows, longestRow, rowTooLong } from "./csv.ts";
import { asUtf8, encodingFromMark, type EncodingReport } from "./encoding.ts";
import { empty, headOf, type SourceFile } from "./file-bytes.ts";
import { shown } from "./name.ts";
import { readNumber, whyUnknown, type Decimal } from "./number.ts";
import { readWritten } from "./timestamp.ts";

/** How a table is written, and its first rows as they were read with that. */
export interface Sniffed {
  readonly delimiter: string;
  readonly decimal: Decimal;
  /** Whether a cell showed the decimal sign, or it was given. */
  readonly decimalKnown: boolean;
  readonly header: boolean;
  readonly encoding: EncodingReport["encoding"];
  /** Rows of something else (a title, a device's name) before the table; blank lines not counted. */
  readonly preamble: number;
  /** The first rows of the table, header included. */
  readonly rows: readonly (readonly string[])[];
}

export const mostColumns = 10_000;

const sampleRows = 500;
const longestPreamble = 100;
const headSizes = [256 * 1024, 4 * 1024 * 1024, longestRow];
const delimiters = ["\t", ";", "|", ","]; // a tie goes to the one that numbers and prose use least

/**
 * Finds delimiter, decimal sign, encoding and header from the first rows of a file.
 *
 * Reads 256 KB, more while there are fewer than 20 lines, never more than 16 MB. Throws
 * `capture.empty`, `capture.not-text`, `capture.too-many-columns`, `capture.row-too-long`.
 */
export async function sniff(
  file: SourceFile,
  options: { delimiter?: string | undefined; decimal?: Decimal | undefined; mostColumns?: number | undefined; signal?: AbortSignal | undefined },
): Promise<Sniffed> {
  const { text, whole, encoding } = await headText(file, options.signal);
  const lastEnd = Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r"));
  const sample = whole || lastEnd < 0 ? text : text.slice(0, lastEnd + 1);
  if (sample.trim() === "") throw empty(file.name);
  const { delimiter, rows, preamble } = bestSplit(sample, options.delimiter === undefined ? delimiters : [options.delimiter]);
  const columns = rows.at(0)?.length ?? 0;
  if (columns > (options.mostColumns ?? mostColumns)) throw tooManyColumns(file.name, columns);
  if (!whole && lastEnd < 0) throw rowTooLong(file.name);
  const seen = options.decimal ?? decimalOf(rows);
  const decimal = seen ?? ".";
  return { delimiter, decimal, decimalKnown: seen !== null, header: hasHeader(rows, decimal), encoding, preamble, rows };
}

async function headText(file: SourceFile, signal: AbortSignal | undefined): Promise<{ text: string; whole: boolean; encoding: EncodingReport["encoding"] }> {
  for (const size of headSizes) {
    const { bytes, whole } = await headOf(file, size, signal);
    refuseBinary(bytes, file.name);
    const report: EncodingReport = { encoding: encodingFromMark(bytes), replaced: 0 };
    let text = "";
    for await (const part of asUtf8([bytes], report)) text += part.toString();
    text = text.replace(/^\ufeff/, "");
    const lines = text.split(/\r\n|\n|\r/, 20).length;
    if (whole || lines >= 20 || size === longestRow) return { text, whole, encoding: report.encoding };
  }
  throw new RangeError("Cannot read a head: no size to try");
}

/** A way to split a text: the rows of its table, and how many rows of something else come before. */
interface Split {
  readonly delimiter: string;
  readonly rows: string[][];
  readonly preamble: number;
}

/** The delimiter under which most rows are as wide as the usual row, and the first row too. */
function bestSplit(sample: string, candidates: readonly string[]): Split {
  const splits = candidates.map((delimiter) => {
    const rows = firstRows(sample, delimiter, sampleRows);
    const width = usual(rows.map((row) => row.length));
    const alike = rows.filter((row) => row.length === width).length / rows.length;
    const score = width < 2 ? 0 : alike + (rows.at(0)?.length === width ? 1 : 0);
    const preamble = delimiter === blanks ? (numbersFrom(rows) ?? 0) : titleRows(rows, width);
    return { delimiter, rows: rows.slice(preamble), preamble, score };
  });
  const best = splits.reduce((best, split) => (split.score > best.score + 1e-9 ? split : best));
  // Nothing splits: a table of numbers set apart by blanks, or one column, which the comma splits least surprisingly.
  return best.score > 0 ? best : (blankTable(sample, candidates) ?? splits[splits.length - 1]);
}

/** Narrow rows at the head, before the first two that are as wide as the usual one; 0 when there is no such place. */
function titleRows(rows: readonly (readonly string[])[], width: number): number {
  if (width < 2) return 0;
  const first = rows.findIndex((row, at) => row.length === width && rows.at(at + 1)?.length === width);
  const narrow = rows.slice(0, Math.max(0, first)).every((row) => row.length < width - 1); // one cell less is a careless header
  return first > 0 && first <= longestPreamble && narrow ? first : 0;
}

/** Rows of numbers, all equally wide when split at blanks; `null` for anything else, such as a column of sentences. */
function blankTable(sample: string, candidates: readonly string[]): Split | null {
  if (candidates !== delimiters) return null;
  const rows = firstRows(sample, blanks, sampleRows);
  const preamble = numbersFrom(rows);
  return preamble === null ? null : { delimiter: blanks, rows: rows.slice(preamble), preamble };
}

/**
 * Where rows of numbers begin that are all equally wide and go on to the end, a header of that width included;
 * `null` without such rows, or when numbers come before as well.
 */
function numbersFrom(rows: readonly (readonly string[])[]): number | null {
  const width = rows.at(-1)?.length ?? 0;
  const isNumbers = (row: readonly string[]) => row.every((cell) => !Number.isNaN(readNumber(cell, ".")) || whyUnknown(cell) === "unknown");
  let from = rows.length;
  while (from > 0 && rows[from - 1].length === width && isNumbers(rows[from - 1])) from--;
  if (width < 2 || rows.length < 2 || rows.length - from < 1) return null;
  const start = from > 0 && rows[from - 1].length === width ? from - 1 : from;
  const before = rows.slice(0, start);
  return before.length <= longestPreamble && (before.length === 0 || rows.length - from > 1) && !before.some(isNumbers) ? start : null;
}

/** The decimal comma only where more cells are written with it than with a point; `null` when none has either. */
function decimalOf(rows: readonly (readonly string[])[]): Decimal | null {
  let commas = 0;
  let points = 0;
  for (const row of rows) {
    for (const cell of row) {
      if (/^[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)?,\d+(?:[eE][+-]?\d+)?$/.test(cell)) commas++;
      else if (/^[+-]?\d*\.\d+(?:[eE][+-]?\d+)?$/.test(cell)) points++;
    }
  }
  if (commas === 0 && points === 0) return null;
  return commas > points ? "," : ".";
}

/** A first row is a header unless numbers or times stand in it over columns of the same. */
function hasHeader(rows: readonly (readonly string[])[], decimal: Decimal): boolean {
  const isValue = (cell: string) => !Number.isNaN(readNumber(cell, decimal)) || readWritten(cell) !== null;
  const [first = [], ...body] = rows;
  if (body.length === 0) return !first.some(isValue);
  let votes = 0;
  first.forEach((cell, index) => {
    const values = body.filter((row) => isValue(row.at(index) ?? "")).length;
    const known = body.filter((row) => whyUnknown(row.at(index) ?? "") === "unparsable").length;
    if (known === 0 || values < known / 2) return; // a column of texts tells nothing
    if (isValue(cell)) votes--;
    else if (whyUnknown(cell) === "unparsable") votes++;
  });
  return votes >= 0;
}

function usual(counts: readonly number[]): number {
  const tally = new Map<number, number>();
  for (const count of counts) tally.set(count, (tally.get(count) ?? 0) + 1);
  return [...tally].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [0, 0])[0];
}

const magics: readonly [string, string, string][] = [
  ["PK\u0003\u0004", "a ZIP or Excel workbook", "Open it in the spreadsheet and save the sheet as CSV."],
  ["\u00d0\u00cf\u0011\u00e0", "an old Excel workbook", "Open it in the spreadsheet and save the sheet as CSV."],
  ["PAR1", "a Parquet file", "Export it as CSV."],
  ["SQLite format 3", "an SQLite database", "Export the table as CSV."],
  ["%PDF", "a PDF", "Ask for the data behind it as CSV."],
];

function refuseBinary(bytes: Buffer, name: string): void {
  const refuse = (seen: string, hint: string) => {
    throw new MillraceError("capture.not-text", `Cannot read ${shown(name)} as CSV: ${seen}`, { hint });
  };
  const start = bytes.subarray(0, 16).toString("latin1");
  for (const [magic, seen, hint] of magics) if (start.startsWith(magic)) refuse(`it is ${seen}`, hint);
  if (encodingFromMark(bytes) !== "utf-8") return; // UTF-16 is half zeros
  const seen = bytes.subarray(0, 65_536);
  const zeros = seen.includes(0);
  const controls = seen.reduce((count, byte) => count + (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 ? 1 : 0), 0);
  if (zeros || controls > seen.length / 20) {
    refuse(zeros ? "it holds zero bytes" : "too many of its bytes are no text", "Export the recording as text with one row a line.");
  }
}

export function tooManyColumns(name: string, columns: number): MillraceError {
  return new MillraceError(
    "capture.too-many-columns",
    `Cannot read ${shown(name)}: its header has ${columns} columns, at most ${mostColumns} are read`,
    { hint: "Give signals columns and times rows; a table that lies on its side must be turned first." },
  );
}
