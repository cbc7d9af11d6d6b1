import { originCode, qualityCode, type MixedSamples, type NumberSeries, type TextSeries } from "./batch.ts";
import { chunkRows, itemsOf, newChunk, type ColumnType, type Connection, type DataChunk, type Vector } from "./duckdb.ts";
import { halvesOf, setInt64, type Halves } from "./int64.ts";

type Series = NumberSeries | TextSeries;
type Table = "samples" | "texts";

/** Samples that arrived together; those that are stored are numbered from `firstSequence`, the series' first. */
export interface Numbered {
  readonly received: number;
  readonly series: readonly Series[];
  readonly mixed?: MixedSamples | undefined;
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
    for (const { received, series, mixed, firstSequence } of batches) {
      let sequence = firstSequence;
      for (const one of series) sequence += chunks.add("texts" in one ? one : withoutNaN(one), received, sequence);
      if (mixed !== undefined) chunks.add(knownOf(mixed), received, sequence);
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

  /** Adds samples that are numbered from `sequence`; tells how many there were. */
  add(samples: Series | MixedSamples, received: number, sequence: number): number {
    const count = samples.times.length;
    for (let from = 0; from < count; ) {
      const rows = Math.min(count - from, this.#columns.rows - this.#row);
      this.#fill(samples, from, rows, received, sequence + from);
      from += rows;
      this.#row += rows;
      if (this.#row === this.#columns.rows) this.#send();
    }
    return count;
  }

  #fill(samples: Series | MixedSamples, from: number, rows: number, received: number, sequence: number): void {
    const columns = this.#columns;
    const row = this.#row;
    if ("keys" in samples) fillCodes(columns, row, samples, from, rows);
    else {
      columns.key.fill(samples.key, row, row + rows);
      columns.quality.fill(qualityCode(samples.quality), row, row + rows);
      columns.origin.fill(originCode(samples.origin), row, row + rows);
    }
    columns.received.fill(BigInt(received), row, row + rows);
    for (let index = 0; index < rows; index++) {
      setInt64(columns.time, row + index, samples.times[from + index]);
      setInt64(columns.sequence, row + index, sequence + index);
    }
    if ("texts" in samples) for (let index = 0; index < rows; index++) columns.value.setItem(row + index, samples.texts[from + index]);
    else columns.numbers?.set(samples.values.subarray(from, from + rows), row);
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

function fillCodes(columns: Columns, row: number, { keys, qualities, origins }: MixedSamples, from: number, rows: number): void {
  columns.key.set(keys.subarray(from, from + rows), row);
  columns.quality.set(qualities.subarray(from, from + rows), row);
  columns.origin.set(origins.subarray(from, from + rows), row);
}

/** A series without its NaN values, which are not stored; itself when it has none. */
function withoutNaN(series: NumberSeries): NumberSeries {
  const { times, values } = series;
  if (!hasNaN(values)) return series;
  return { ...series, times: times.filter((_, index) => !Number.isNaN(values[index])), values: values.filter((value) => !Number.isNaN(value)) };
}

/** Mixed samples without the NaN values, which are not stored; themselves when there are none. */
function knownOf(mixed: MixedSamples): MixedSamples {
  const { keys, times, values, qualities, origins } = mixed;
  if (!hasNaN(values)) return mixed;
  const isKnown = (_: number, row: number): boolean => !Number.isNaN(values[row]);
  return {
    keys: keys.filter(isKnown),
    times: times.filter(isKnown),
    values: values.filter(isKnown),
    qualities: qualities.filter(isKnown),
    origins: origins.filter(isKnown),
  };
}

function hasNaN(values: Float64Array): boolean {
  for (let index = 0; index < values.length; index++) if (Number.isNaN(values[index])) return true;
  return false;
}
