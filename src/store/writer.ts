import { originCode, qualityCode, type NumberSeries, type TextSeries } from "./batch.ts";
import { chunkRows, newChunk, type ColumnType, type Connection, type DataChunk } from "./duckdb.ts";
import { halvesOf, setInt64, type Halves } from "./int64.ts";

type Series = NumberSeries | TextSeries;
/** Series that arrived together; their stored samples are numbered from `firstSequence`. */
export interface Numbered {
  readonly received: number;
  readonly series: readonly Series[];
  readonly firstSequence: number;
}

type Vector = ReturnType<DataChunk["getColumnVector"]>;

/** Columns of a chunk of the tables `samples` and `texts`, which differ in the type of the value only. */
interface Columns {
  readonly rows: number;
  readonly vectors: readonly Vector[];
  readonly key: Int32Array;
  readonly time: Halves;
  readonly numbers: Float64Array | null;
  readonly texts: Vector;
  readonly quality: Uint8Array;
  readonly origin: Uint8Array;
  readonly received: Halves;
  readonly sequence: Halves;
}

/**
 * Appends batches of `count` samples in all to a table, inside the open transaction.
 * Fills whole chunks in place: several million values a second.
 */
export async function writeSamples(
  connection: Connection,
  table: "samples" | "texts",
  batches: readonly Numbered[],
  count: number,
): Promise<void> {
  if (count === 0) return;
  const appender = await connection.createAppender(table);
  try {
    fill(table, batches, count, (chunk) => appender.appendDataChunk(chunk));
    appender.flushSync();
  } catch (error) {
    appender.clear(); // or closing would try again to store what is left in it
    throw error;
  } finally {
    appender.closeSync();
  }
}

function fill(table: "samples" | "texts", batches: readonly Numbered[], count: number, emit: (chunk: DataChunk) => void): void {
  const types: ColumnType[] = ["INTEGER", "TIMESTAMPTZ", table === "texts" ? "VARCHAR" : "DOUBLE", "UTINYINT", "UTINYINT", "TIMESTAMPTZ", "BIGINT"];
  let chunk = newChunk(types, Math.min(count, chunkRows));
  let columns = columnsOf(chunk);
  let row = 0;
  let written = 0;

  for (const { received, series, firstSequence } of batches) {
    let sequence = firstSequence;
    for (const one of series) {
      const quality = qualityCode(one.quality);
      const origin = originCode(one.origin);
      for (let index = 0; index < one.times.length; index++) {
        if (!setValue(columns, row, one, index)) continue;
        columns.key[row] = one.key;
        setInt64(columns.time, row, one.times[index]);
        columns.quality[row] = quality;
        columns.origin[row] = origin;
        setInt64(columns.received, row, received);
        setInt64(columns.sequence, row, sequence++);
        if (++row < columns.rows) continue;

        for (const vector of columns.vectors) vector.flush();
        emit(chunk);
        written += row;
        row = 0;
        if (written === count) return;
        // A chunk of numbers is used again; one of texts keeps every text it ever held.
        if (table === "samples" && count - written >= chunkRows) continue;
        chunk = newChunk(types, Math.min(count - written, chunkRows));
        columns = columnsOf(chunk);
      }
    }
  }
}

/** Puts one value into its column; false for NaN, which is not stored. */
function setValue(columns: Columns, row: number, series: Series, index: number): boolean {
  if ("texts" in series) {
    columns.texts.setItem(row, series.texts[index]);
    return true;
  }
  const value = series.values[index];
  if (Number.isNaN(value) || columns.numbers === null) return false;
  columns.numbers[row] = value;
  return true;
}

function columnsOf(chunk: DataChunk): Columns {
  const vectors = Array.from({ length: 7 }, (_, column) => chunk.getColumnVector(column));
  const items = (column: number): unknown => ("items" in vectors[column] ? vectors[column].items : null);
  return {
    rows: chunk.rowCount,
    vectors,
    key: items(0) as Int32Array,
    time: halvesOf(items(1) as BigInt64Array),
    numbers: items(2) as Float64Array | null,
    texts: vectors[2],
    quality: items(3) as Uint8Array,
    origin: items(4) as Uint8Array,
    received: halvesOf(items(5) as BigInt64Array),
    sequence: halvesOf(items(6) as BigInt64Array),
  };
}
