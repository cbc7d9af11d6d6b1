import {
  BIGINT,
  DOUBLE,
  DuckDBDataChunk,
  DuckDBInstance,
  INTEGER,
  TIMESTAMPTZ,
  UTINYINT,
  VARCHAR,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBVector,
} from "@duckdb/node-api";

/** The one file that imports the driver of the sample store. */
export type Connection = DuckDBConnection;
export type DataChunk = DuckDBDataChunk;
export type Database = DuckDBInstance;
export type Vector = DuckDBVector;

/** Rows in one chunk of a DuckDB table; a longer one is refused. */
export const chunkRows = 2048;

const columnTypes = { BIGINT, DOUBLE, INTEGER, TIMESTAMPTZ, UTINYINT, VARCHAR } satisfies Record<string, DuckDBType>;
export type ColumnType = keyof typeof columnTypes;

/** An empty chunk of `rows` rows, to be filled through its column vectors. */
export function newChunk(types: readonly ColumnType[], rows: number): DataChunk {
  return DuckDBDataChunk.create(types.map((type) => columnTypes[type]), rows);
}

/** Opens or makes a DuckDB file; the driver takes the operating system's lock on it. */
export async function openDatabase(file: string, memoryLimitMiB: number): Promise<Database> {
  const database = await DuckDBInstance.create(file, {
    memory_limit: `${memoryLimitMiB}MiB`,
    threads: "2",
    // A plant has no network: nothing is ever fetched, and what is not built in is an error.
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    // What is not in a checkpoint is read again at the next start: 12 MiB of many small commits take about a second.
    checkpoint_threshold: "12MiB",
    // Otherwise what readers have freed goes back to the system only when others read on the same thread: 100 MiB and more stay.
    allocator_background_threads: "true",
  });
  const connection = await database.connect();
  try {
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
  } finally {
    connection.closeSync();
  }
  return database;
}

/**
 * Lets go of blocks that are also on the disk, down to `keptMiB` in all: the driver keeps whatever it once
 * wrote or read until it has reached its limit, and the system has all of it in a cache of its own, which
 * it gives to others when they need the room. To be called while nobody reads: until it returns there
 * is room for little more.
 */
export async function letGoOfBlocks(connection: Connection, keptMiB: number, memoryLimitMiB: number): Promise<void> {
  try {
    await connection.run(`SET GLOBAL memory_limit = '${Math.min(keptMiB, memoryLimitMiB)}MiB'`);
  } finally {
    await connection.run(`SET GLOBAL memory_limit = '${memoryLimitMiB}MiB'`);
  }
}

/** Opens a DuckDB file without changing it; fails where a writer has it open. */
export async function openReadOnly(file: string): Promise<Database> {
  return await DuckDBInstance.create(file, { access_mode: "READ_ONLY", autoinstall_known_extensions: "false", autoload_known_extensions: "false" });
}

/** The array that a column vector is made of; the driver keeps it private, and any other way boxes every value. */
export function itemsOf<T>(vector: Vector, type: abstract new (...args: never[]) => T): T {
  const items: unknown = Reflect.get(vector, "items");
  if (items instanceof type) return items;
  throw new TypeError(`Cannot read a column of ${String(vector.type)} as ${type.name}`);
}

/** One row of a query as plain numbers and text (`bigint` and `boolean` become numbers). */
export type Row = Readonly<Record<string, number | string | null>>;

/** All rows of a small result. */
export async function select(connection: Connection, sql: string): Promise<Row[]> {
  const rows = await (await connection.run(sql)).getRowObjects();
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
}

function plain(value: unknown): number | string | null {
  if (value === null || typeof value === "number" || typeof value === "string") return value;
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value);
  throw new TypeError(`Cannot read a ${typeof value} from the samples as a plain value`);
}

/** Runs `work` in one transaction: all of it is durable on return, or none of it happened. */
export async function transaction<T>(connection: Connection, work: () => Promise<T> | T): Promise<T> {
  await connection.run("BEGIN TRANSACTION");
  try {
    const result = await work();
    await connection.run("COMMIT");
    return result;
  } catch (error) {
    await connection.run("ROLLBACK").catch(() => {}); // a failed COMMIT has already rolled back
    throw error;
  }
}

/** Text as an SQL literal. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A path as an SQL literal for read_parquet(), which would take `*?[` as wildcards. */
export function quotedPath(path: string): string {
  return quoted(path.replaceAll(/[*?[]/g, "[$&]"));
}

/** A time or a length, in microseconds, as an SQL literal. */
export function instant(micros: number): string {
  if (!Number.isSafeInteger(micros)) throw new RangeError(`Cannot use the time ${micros}: only whole microseconds`);
  return `make_timestamptz(${micros}::BIGINT)`;
}
