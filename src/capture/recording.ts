import type { Grid } from "../schema/grid.ts";
import type { Role } from "../schema/signal.ts";
import type { Encoding } from "./encoding.ts";
import { readCsv } from "./csv-recording.ts";
import { findFile } from "./file-bytes.ts";
import type { Decimal } from "./number.ts";
import type { Remark } from "./remark.ts";
import type { DateOrder, TimeForm } from "./timestamp.ts";

/** What the reader is told instead of guessing. Names of columns are as the recording shows them. */
export interface ReadOptions {
  delimiter?: string;
  decimal?: Decimal;
  /** IANA zone of times that do not state one. @default "UTC" */
  zone?: string;
  dates?: DateOrder;
  /** The time column. */
  time?: string;
  /** The column of recorded truth; `null` for none. */
  label?: string | null;
  /** Columns to leave out. */
  exclude?: readonly string[];
  /** Names of all columns, for a file without a header; they replace those of one with a header. */
  columns?: readonly string[];
  /** UCUM codes by column. */
  units?: Readonly<Record<string, string>>;
  roles?: Readonly<Record<string, Role>>;
  /** Microseconds between rows of a file without a time column. */
  period?: number;
  /** Time of the first row of such a file, UTC microseconds. @default 0 */
  start?: number;
  /** Called with the bytes read and their total; a file that has to be read twice starts again. */
  onProgress?: (bytes: number, total: number) => void;
  signal?: AbortSignal;
}

/** One signal of a recording. */
export interface Column {
  readonly name: string;
  readonly valueType: "number" | "text" | "flag";
  /** UCUM code; `null` when the file does not say. */
  readonly unit: string | null;
  readonly role: Role;
  /** Microseconds between known values, the median; `null` with fewer than two. */
  readonly period: number | null;
  /** One a row, `NaN` unknown; flags 0 or 1; of a text its position in `texts`. */
  readonly values: Float64Array;
  readonly texts: readonly string[] | null;
  readonly guessed: { readonly unit: boolean; readonly role: boolean };
}

export interface Dialect {
  readonly delimiter: string;
  readonly decimal: Decimal;
  readonly header: boolean;
  readonly encoding: Encoding;
  readonly gzip: boolean;
  /** Where the time stands (two columns for a date and a time of day) and how; `null` when rows were given times. */
  readonly time: { readonly columns: readonly string[]; readonly form: TimeForm } | null;
  readonly zone: string;
  /** `null` when no date needed one. */
  readonly dateOrder: DateOrder | null;
}

/** A file of recorded samples, read in full, with what was guessed about it and what was odd. */
export interface Recording {
  /** `digest` is the SHA-256 of the bytes on disk, `bytes` their number. */
  readonly file: { readonly name: string; readonly digest: string; readonly bytes: number };
  /** UTC microseconds, one a row, in file order: not sorted, duplicates kept. */
  readonly times: Float64Array;
  readonly columns: readonly Column[];
  /** Recorded truth: 1 where something was wrong, 0 where not, `NaN` unknown. */
  readonly label: { readonly name: string; readonly values: Float64Array } | null;
  readonly grid: Grid;
  readonly blockRule: { readonly by: "file" };
  readonly dialect: Dialect;
  readonly rows: number;
  readonly remarks: readonly Remark[];
}

/**
 * Reads a recording from a file: finds out how it is written, what its signals are and when each
 * value was taken. Nothing is left out in silence: see `remarks`. An error means that nothing was read.
 *
 * Takes delimited text (CSV and its kin), plain or gzip.
 *
 * Cost: eight bytes a cell, and one pass over the file; another when a later row shows that dates
 * are month first, that numbers have a decimal comma, or that a column which began with numbers holds texts.
 * Throws: MillraceError `capture.*`; the signal's reason when aborted; RangeError for a period that is
 * not a whole number of microseconds above 0.
 */
export async function readRecording(path: string, options: ReadOptions = {}): Promise<Recording> {
  const { period } = options;
  if (period !== undefined && !(Number.isSafeInteger(period) && period > 0)) {
    throw new RangeError(`Cannot use ${period} as a period: a whole number of microseconds above 0 is needed`);
  }
  options.signal?.throwIfAborted();
  return readCsv(await findFile(path), options);
}
