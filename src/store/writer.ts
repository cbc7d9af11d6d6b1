import { originCode, qualityCode, type NumberSeries, type TextSeries } from "./batch.ts";
import { chunkRows, itemsOf, newChunk, type ColumnType, type Connection, type DataChunk, type Vector } from "./duckdb.ts";
import { halvesOf, setInt64, type Halves } from "./int64.ts";

type Series = NumberSeries | TextSeries;
type Table = "samples" | "texts";

/** Series that arrived together; their stored samples are numbered from `firstSequence`. */
export interface Numbered {
  readonly received: number;
  readonly series: readonly Series[];
  readonly firstSequence: number;
}

/**
 * Appends batches of `count` samples in all to a table, inside the open transaction.
 * Fills whole chunks in place: several million values a second.
 */
export async function writeSamples(connection: Connection, table: Table, batches: readonly Numbered[], count: number): Promise<void> {
  if (count === 0) return;
  const appender = await connection.createAppender(table);
  try {
    const chunks = new ChunkFiller(table, count, (chunk) => appender.appendDataChunk(chunk));
    for (const { received, series, firstSequence } of batches) {
      let sequence = firstSequence;
      for (const one of series) sequence += chunks.add("texts" in one ? one : withoutNaN(one), received, sequence);
    }
    appender.flushSync();
  } catch (error) {
    appender.clear(); // or closing would try again to store what is left in it
    throw error;
  } finally {
    appender.closeSync();
  }
}

/** Fills one chunk after the other with `left` rows in all; the last one has the rows that remain. */
class ChunkFiller {
  readonly #table: Table;
  readonly #emit: (chunk: DataChunk) => void;
  #left: number;
  #chunk: DataChunk;
  #columns: Columns;
  #row = 0;

  constructor(table: Table, left: number, emit: (chunk: DataChunk) => void) {
    this.#table = table;
    this.#left = left;
    this.#emit = emit;
    this.#chunk = this.#newChunk();
    this.#columns = columnsOf(this.#table, this.#chunk);
  }

  /** Adds a series whose samples are numbered from `sequence`; tells how many there were. */
  add(series: Series, received: number, sequence: number): number {
    const count = series.times.length;
    for (let from = 0; from < count; ) {
      const rows = Math.min(count - from, this.#columns.rows - this.#row);
      this.#fill(series, from, rows, received, sequence + from);
      from += rows;
      this.#row += rows;
      if (this.#row === this.#columns.rows) this.#send();
    }
    return count;
  }

  #fill(series: Series, from: number, rows: number, received: number, sequence: number): void {
    const columns = this.#columns;
    const row = this.#row;
    columns.key.fill(series.key, row, row + rows);
    columns.quality.fill(qualityCode(series.quality), row, row + rows);
    columns.origin.fill(originCode(series.origin), row, row + rows);
    columns.received.fill(BigInt(received), row, row + rows);
    for (let index = 0; index < rows; index++) {
      setInt64(columns.time, row + index, series.times[from + index]);
      setInt64(columns.sequence, row + index, sequence + index);
    }
    if ("texts" in series) for (let index = 0; index < rows; index++) columns.value.setItem(row + index, series.texts[from + index]);
    else columns.numbers?.set(series.values.subarray(from, from + rows), row);
  }

  #send(): void {
    for (const vector of this.#columns.vectors) vector.flush();
    this.#emit(this.#chunk);
    this.#left -= this.#row;
    this.#row = 0;
    // A chunk of numbers is used again; one of texts would keep every text it ever held.
    if (this.#left === 0 || (this.#table === "samples" && this.#left >= chunkRows)) return;
    this.#chunk = this.#newChunk();
    this.#columns = columnsOf(this.#table, this.#chunk);
  }

  #newChunk(): DataChunk {
    const value = this.#table === "texts" ? "VARCHAR" : "DOUBLE";
    const types: ColumnType[] = ["INTEGER", "TIMESTAMPTZ", value, "UTINYINT", "UTINYINT", "TIMESTAMPTZ", "BIGINT"];
    return newChunk(types, Math.min(this.#left, chunkRows));
  }
}

/** Columns of a chunk of either table; they differ in the type of the value only. */
interface Columns {
  readonly rows: number;
  readonly vectors: readonly Vector[];
  readonly key: Int32Array;
  readonly time: Halves;
  readonly value: Vector;
  readonly numbers: Float64Array | null; // the value's, unless it is text
  readonly quality: Uint8Array;
  readonly origin: Uint8Array;
  readonly received: BigInt64Array;
  readonly sequence: Halves;
}

function columnsOf(table: Table, chunk: DataChunk): Columns {
  const vectors = Array.from({ length: 7 }, (_, column) => chunk.getColumnVector(column));
  return {
    rows: chunk.rowCount,
    vectors,
    key: itemsOf(vectors[0], Int32Array),
    time: halvesOf(itemsOf(vectors[1], BigInt64Array)),
    value: vectors[2],
    numbers: table === "texts" ? null : itemsOf(vectors[2], Float64Array),
    quality: itemsOf(vectors[3], Uint8Array),
    origin: itemsOf(vectors[4], Uint8Array),
    received: itemsOf(vectors[5], BigInt64Array),
    sequence: halvesOf(itemsOf(vectors[6], BigInt64Array)),
  };
}

/** A series without its NaN values, which are not stored; itself when it has none. */
function withoutNaN(series: NumberSeries): NumberSeries {
  const { times, values } = series;
  if (!values.some(Number.isNaN)) return series;
  return { ...series, times: times.filter((_, index) => !Number.isNaN(values[index])), values: values.filter((value) => !Number.isNaN(value)) };
}
