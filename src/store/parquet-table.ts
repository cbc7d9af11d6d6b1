import { MillraceError } from "../errors.ts";
import { openDatabase, itemsOf, quoted, quotedPath, select, type Connection, type Vector } from "./duckdb.ts";
import { firstLine } from "./storage-error.ts";

/** A column of a Parquet file: numbers, UTC microseconds, or codes into `levels`; NaN unknown. */
export interface ParquetColumn {
  readonly name: string;
  readonly kind: "number" | "text" | "time";
  readonly values: Float64Array;
  readonly levels: readonly string[] | null;
}

export interface ParquetTable {
  readonly rows: number;
  readonly columns: readonly ParquetColumn[];
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
}

const memoryMiB = 512;
const mostCells = 250_000_000; // 2 GB of doubles
const mostLevels = 65_536;

const kinds: readonly (readonly [RegExp, ParquetColumn["kind"], (column: string) => string])[] = [
  [/^(?:U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|BOOLEAN|DECIMAL.*)$/, "number", (column) => `CAST(${column} AS DOUBLE)`],
  [/^TIMESTAMP WITH TIME ZONE$/, "time", (column) => `CAST(epoch_us(${column}) AS DOUBLE)`],
  [/^(?:TIMESTAMP.*|DATE)$/, "time", (column) => `CAST(epoch_us(CAST(${column} AS TIMESTAMP)) AS DOUBLE)`],
  [/^(?:VARCHAR|ENUM.*|UUID|TIME.*|INTERVAL)$/, "text", (column) => `CAST(${column} AS VARCHAR)`],
];

/**
 * Reads a Parquet file, rows in their order: the columns for which `wanted` holds.
 *
 * Lists, structures and binaries are left out with the reason, and so are texts with more than 65,536
 * values. Memory: 8 bytes a cell and at most 512 MiB for the driver.
 * Throws `capture.bad-parquet` for a file that cannot be read, `capture.too-large` above 250 million cells.
 */
export async function readParquetTable(path: string, wanted: (name: string) => boolean): Promise<ParquetTable> {
  const database = await openDatabase(":memory:", memoryMiB);
  const connection = await database.connect();
  try {
    return await tableFrom(connection, path, wanted);
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw new MillraceError("capture.bad-parquet", `Cannot read ${quoted(path.slice(-200))}: ${firstLine(error)}`, { hint: "Export or copy the file again.", cause: error });
  } finally {
    connection.closeSync();
    database.closeSync();
  }
}

async function tableFrom(connection: Connection, path: string, wanted: (name: string) => boolean): Promise<ParquetTable> {
  const from = `FROM read_parquet(${quotedPath(path)})`;
  const described = await select(connection, `SELECT column_name, column_type FROM (DESCRIBE SELECT * ${from})`);
  const [{ rows }] = await select(connection, `SELECT count(*) AS rows ${from}`);
  const columns = described.map(({ column_name, column_type }) => ({ name: String(column_name), type: String(column_type), kind: kinds.find(([type]) => type.test(String(column_type))) }));
  const taken = columns.filter(({ name, kind }) => kind !== undefined && wanted(name));
  if (Number(rows) * taken.length > mostCells) throw tooLarge(path);
  const filled = taken.map(({ name, kind }) => ({ name, kind: kind?.[1] ?? ("number" as const), values: new Float64Array(Number(rows)).fill(Number.NaN), codes: new Map<string, number>() }));
  if (taken.length > 0) {
    const chosen = taken.map(({ name, kind }) => kind?.[2](`"${name.replaceAll('"', '""')}"`)).join(", ");
    const result = await connection.stream(`SELECT ${chosen} ${from}`);
    let row = 0;
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      for (const [at, column] of filled.entries()) fill(column, chunk.getColumnVector(at), row, chunk.rowCount);
      row += chunk.rowCount;
    }
  }
  const crowded = filled.filter(({ codes }) => codes.size > mostLevels);
  return {
    rows: Number(rows),
    columns: filled.filter((column) => !crowded.includes(column)).map(({ name, kind, values, codes }) => ({ name, kind, values, levels: kind === "text" ? [...codes.keys()] : null })),
    leftOut: [
      ...columns.filter(({ kind }) => kind === undefined).map(({ name, type }) => ({ name, reason: `no number, text or time: ${type.slice(0, 40)}` })),
      ...columns.filter(({ name, kind }) => kind !== undefined && !wanted(name)).map(({ name }) => ({ name, reason: "as was said" })),
      ...crowded.map(({ name }) => ({ name, reason: "too many different texts" })),
    ],
  };
}

interface Filled {
  readonly kind: ParquetColumn["kind"];
  readonly values: Float64Array;
  readonly codes: Map<string, number>;
}

function fill({ kind, values, codes }: Filled, vector: Vector, start: number, rows: number): void {
  if (kind !== "text") {
    const items = itemsOf(vector, Float64Array);
    for (let row = 0; row < rows; row++) if (vector.getItem(row) !== null) values[start + row] = Number.isFinite(items[row]) ? items[row] : Number.NaN;
    return;
  }
  for (let row = 0; row < rows && codes.size <= mostLevels; row++) {
    const text = vector.getItem(row);
    if (typeof text !== "string" || text === "") continue;
    let code = codes.get(text);
    if (code === undefined) codes.set(text, (code = codes.size));
    values[start + row] = code;
  }
}

function tooLarge(path: string): MillraceError {
  return new MillraceError("capture.too-large", `Cannot read ${quoted(path.slice(-200))}: it has more than ${mostCells} cells`, {
    hint: "Take fewer columns with --keep, or split the file.",
  });
}
