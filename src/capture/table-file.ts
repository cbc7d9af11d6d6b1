import type { Remark } from "./remark.ts";

/** A column of a table: numbers with NaN for unknown, or of a text its place in `levels`, NaN unknown. */
export interface TableColumn {
  readonly name: string;
  readonly values: Float64Array;
  readonly levels: readonly string[] | null;
}

/** A column that was not taken, and why. */
export interface LeftOutColumn {
  readonly name: string;
  readonly reason: string;
}

/** A recorded table, read in full: plain data, with what was odd about the file. */
export interface TableFile {
  readonly path: string;
  readonly name: string;
  /** SHA-256 of the bytes on disk. */
  readonly digest: string;
  readonly bytes: number;
  readonly rows: number;
  readonly columns: readonly TableColumn[];
  /** UTC microseconds by row; `null` when no column holds times. */
  readonly times: Float64Array | null;
  readonly timeName: string | null;
  /** Number of each row in the file, from 1; header and empty lines not counted, rows set aside counted. */
  readonly rowNumbers: Float64Array;
  /** Whether the file names its columns; else they are c1, c2, ... or were given. */
  readonly header: boolean;
  readonly leftOut: readonly LeftOutColumn[];
  readonly remarks: readonly Remark[];
}

/** Rows `from` to `to`, both included, counted from 1; an open end is 1 or Infinity. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

export const allRows: RowRange = { from: 1, to: Infinity };

/** How tables are to be read; what is left out is found out. */
export interface TableOptions {
  readonly delimiter?: string | undefined;
  readonly decimal?: "." | "," | undefined;
  /** IANA zone of times that state none. @default "UTC" */
  readonly zone?: string | undefined;
  readonly dates?: "dmy" | "mdy" | "ymd" | undefined;
  /** The time column: dates, Unix times, or seconds since the start. `null`: there is none. */
  readonly time?: string | null | undefined;
  /** Names of all columns, for files without a header; they replace those of one with a header. */
  readonly columns?: readonly string[] | undefined;
  /** Columns to leave out. */
  readonly exclude?: readonly string[] | undefined;
  /** The only columns to take; the time column is read all the same. */
  readonly keep?: readonly string[] | undefined;
  /** Rows to take of a file. */
  readonly rows?: ((path: string) => RowRange) | undefined;
  /** Turn tables that lie on their side: always, never, or (left out) when they plainly do. */
  readonly transpose?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytes: number, total: number) => void) | undefined;
  /** Reads Parquet files; without it they are refused. */
  readonly parquet?: ParquetReader | undefined;
}

/** A column of a Parquet file. Of kind `time`: UTC microseconds. */
export interface ParquetColumn extends TableColumn {
  readonly kind: "number" | "text" | "time";
}

/** What a Parquet file holds; columns of no plain kind, and those not wanted, are left out with a reason. */
export interface ParquetTable {
  readonly rows: number;
  readonly columns: readonly ParquetColumn[];
  readonly leftOut: readonly LeftOutColumn[];
}

export type ParquetReader = (path: string, wanted: (name: string) => boolean) => Promise<ParquetTable>;

/** Some rows of a table, in their order. The arrays are copies, so that the rest can be let go. */
export function sliceRows(file: TableFile, { from, to }: RowRange): TableFile {
  const start = file.rowNumbers.findIndex((number) => number >= from);
  const beyond = file.rowNumbers.findIndex((number) => number > to);
  const end = beyond < 0 ? file.rows : beyond;
  if (start === 0 && end === file.rows) return file;
  const cut = (values: Float64Array): Float64Array => (start < 0 ? new Float64Array(0) : values.slice(start, end));
  return {
    ...file,
    rows: start < 0 ? 0 : Math.max(0, end - start),
    columns: file.columns.map((column) => ({ ...column, values: cut(column.values) })),
    times: file.times === null ? null : cut(file.times),
    rowNumbers: cut(file.rowNumbers),
  };
}
