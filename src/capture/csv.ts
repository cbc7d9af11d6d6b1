import { pipeline } from "node:stream/promises";
import { CsvError, parse } from "csv-parse";
import { parse as parseAll } from "csv-parse/sync";
import { MillraceError } from "../errors.ts";
import { shown } from "./name.ts";

/** Longest row, in characters: more than that is an open quote or no table. */
export const longestRow = 16 * 1024 * 1024;

const rules = (delimiter: string) => ({
  delimiter,
  bom: true,
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
  record_delimiter: ["\r\n", "\n", "\r"],
  max_record_size: longestRow,
});

/**
 * Calls `onRow` with the trimmed cells of each row and the line it ends on, counted from 1.
 *
 * Quoting as in RFC 4180; a quote in the middle of an unquoted cell is taken as it stands. Rows of
 * any width are handed over; lines with nothing in them are not, and their number is returned.
 * Memory: one row. Throws `capture.open-quote`, `capture.row-too-long`, and whatever `onRow` throws.
 */
export async function readRows(
  utf8: AsyncIterable<Buffer>,
  delimiter: string,
  name: string,
  onRow: (cells: string[], line: number) => void,
): Promise<{ blankLines: number }> {
  const parser = parse({
    ...rules(delimiter),
    on_record(cells: string[], { lines }) {
      for (let i = 0; i < cells.length; i++) cells[i] = cells[i].trim();
      onRow(cells, lines);
      return null; // nothing is queued: the stream stays as fast as the reader
    },
  });
  parser.resume();
  try {
    await pipeline(utf8, parser);
  } catch (error) {
    throw asCsvError(error, name);
  }
  return { blankLines: parser.info.empty_lines };
}

/** The first rows of a text that may stop in the middle of one, cells trimmed. */
export function firstRows(text: string, delimiter: string, count: number): string[][] {
  const rows: string[][] = [];
  try {
    parseAll(text, { ...rules(delimiter), to: count, on_record: (cells: string[]) => void rows.push(cells.map((cell) => cell.trim())) });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error; // what was read before an open quote is enough here
  }
  return rows;
}

function asCsvError(error: unknown, name: string): unknown {
  if (!(error instanceof CsvError)) return error;
  if (error.code === "CSV_QUOTE_NOT_CLOSED") {
    return new MillraceError("capture.open-quote", `Cannot read ${shown(name)}: ${describeQuote(error)}`, {
      hint: "Close the quote, or double it where it belongs to the text.",
      cause: error,
    });
  }
  if (error.code === "CSV_MAX_RECORD_SIZE") return rowTooLong(name, error);
  return error;
}

function describeQuote(error: CsvError): string {
  const line = /at line (\d+)/.exec(error.message)?.[1];
  return line === undefined ? "a quote is never closed" : `the quote opened on line ${line} is never closed`;
}

export function rowTooLong(name: string, cause?: unknown): MillraceError {
  return new MillraceError("capture.row-too-long", `Cannot read ${shown(name)}: a row is longer than ${longestRow} characters`, {
    hint: "Check that lines end, that quotes are closed, and that this is a table.",
    cause,
  });
}
