import { pipeline } from "node:stream/promises";
import { CsvError, parse } from "csv-parse";
import { parse as parseAll } from "csv-parse/sync";
import { MillraceError } from "../errors.ts";
import { shown } from "./name.ts";

/** Longest row, in characters: more than that is an open quote or no table. */
export const longestRow = 16 * 1024 * 1024;

/** The delimiter of tables whose columns stand apart by any run of spaces and tabs. */
export const blanks = " ";

const rules = (delimiter: string) => ({
  delimiter: delimiter === blanks ? [" ", "\t"] : delimiter,
  bom: true,
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
  record_delimiter: ["\r\n", "\n", "\r"],
  max_record_size: longestRow,
});

type OnRow = (cells: string[], line: number) => void;

/**
 * Calls `onRow` with the trimmed cells of each row and the line it ends on, counted from 1.
 *
 * Quoting as in RFC 4180; a quote in the middle of an unquoted cell is taken as it stands. Rows of
 * any width are handed over; lines with nothing in them are not, and their number is returned
 * (those after the last row aside). Chunks must not end inside a character. Memory: one row.
 *
 * Up to the first quote, lines are split where they stand: that is five times as fast as the parser.
 * Throws `capture.open-quote`, `capture.row-too-long`, and whatever `onRow` throws.
 */
export async function readRows(utf8: AsyncIterable<Buffer>, delimiter: string, name: string, onRow: OnRow): Promise<{ blankLines: number }> {
  const plain = new PlainLines(delimiter, name, onRow);
  let blankLines = 0;
  let last = 0;
  const parser = parse({
    ...rules(delimiter),
    on_record(cells: string[], { lines, empty_lines }) {
      blankLines = empty_lines;
      last = plain.line + lines;
      onRow(trimmed(cells, delimiter), last);
      return null; // nothing is queued: the stream stays as fast as the reader
    },
  });
  parser.resume();
  try {
    await pipeline(fromFirstQuote(utf8, plain), parser);
  } catch (error) {
    throw asCsvError(error, name, Math.max(last, plain.line));
  }
  return { blankLines: plain.blankLines + blankLines };
}

const quote = 0x22;

/** Hands whole lines to `plain` until a quote appears; yields everything from the start of that chunk's first line. */
async function* fromFirstQuote(utf8: AsyncIterable<Buffer>, plain: PlainLines): AsyncGenerator<Buffer> {
  let quoted = false;
  for await (const chunk of utf8) {
    if (!quoted && !chunk.includes(quote)) {
      plain.take(chunk.toString());
      continue;
    }
    if (!quoted) yield Buffer.from(plain.handOver());
    quoted = true;
    yield chunk;
  }
  if (!quoted) plain.end();
}

/** Lines of text without quotes, cut into cells. */
class PlainLines {
  readonly #delimiter: string;
  readonly #name: string;
  readonly #onRow: OnRow;
  /** The start of a line whose end has not come yet. */
  #rest = "";
  #pendingBlank = 0;
  line = 0;
  blankLines = 0;

  constructor(delimiter: string, name: string, onRow: OnRow) {
    this.#delimiter = delimiter;
    this.#name = name;
    this.#onRow = onRow;
  }

  take(chunk: string): void {
    const text = this.line === 0 ? (this.#rest + chunk).replace(/^\ufeff/, "") : this.#rest + chunk;
    // A carriage return at the very end may be half of a line end.
    const end = Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r", text.length - 2)) + 1;
    this.#rest = text.slice(end);
    if (this.#rest.length > longestRow) throw rowTooLong(this.#name);
    if (end > 0) this.#lines(text.slice(0, end));
  }

  /** What has not been read yet: the parser goes on from there. */
  handOver(): string {
    this.blankLines += this.#pendingBlank;
    return this.#rest;
  }

  end(): void {
    if (this.#rest !== "") this.#lines(`${this.#rest}\n`);
  }

  #lines(text: string): void {
    const lines = text.includes("\r") ? text.split(/\r\n|\n|\r/) : text.split("\n");
    for (let i = 0; i < lines.length - 1; i++) {
      this.line++;
      if (lines[i] === "") this.#pendingBlank++;
      else this.#row(lines[i]);
    }
  }

  #row(line: string): void {
    this.blankLines += this.#pendingBlank;
    this.#pendingBlank = 0;
    this.#onRow(cellsOf(line, this.#delimiter), this.line);
  }
}

/** The cells of a line without quotes. */
const cellsOf = (line: string, delimiter: string): string[] => trimmed(line.split(delimiter === blanks ? /[ \t]+/ : delimiter), delimiter);

/** Cells without the space around them; between runs of blanks there are no empty ones. Changes `cells`. */
function trimmed(cells: string[], delimiter: string): string[] {
  for (let i = 0; i < cells.length; i++) cells[i] = cells[i].trim();
  return delimiter === blanks ? cells.filter((cell) => cell !== "") : cells;
}

/** The first rows of a text that may stop in the middle of one, cells trimmed. */
export function firstRows(text: string, delimiter: string, count: number): string[][] {
  if (!text.includes('"')) return firstPlainRows(text, delimiter, count);
  const rows: string[][] = [];
  try {
    parseAll(text, { ...rules(delimiter), to: count, on_record: (cells: string[]) => void rows.push(trimmed(cells, delimiter)) });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error; // what was read before an open quote is enough here
  }
  return rows;
}

function firstPlainRows(text: string, delimiter: string, count: number): string[][] {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/).filter((line) => line !== "");
  return lines.slice(0, count).map((line) => cellsOf(line, delimiter));
}

function asCsvError(error: unknown, name: string, lastLine: number): unknown {
  if (!(error instanceof CsvError)) return error;
  if (error.code === "CSV_QUOTE_NOT_CLOSED") {
    return new MillraceError("capture.open-quote", `Cannot read ${shown(name)}: a quote opened after line ${lastLine} is never closed`, {
      hint: "Close the quote, or double it where it belongs to the text.",
      cause: error,
    });
  }
  return error.code === "CSV_MAX_RECORD_SIZE" ? rowTooLong(name, error) : error;
}

export function rowTooLong(name: string, cause?: unknown): MillraceError {
  return new MillraceError("capture.row-too-long", `Cannot read ${shown(name)}: a row is longer than ${longestRow} characters`, {
    hint: "Check that lines end, that quotes are closed, and that this is a table.",
    cause,
  });
}
