import { join } from "node:path";
import { originCode, qualityCode } from "../src/store/batch.ts";
import { openDatabase, transaction } from "../src/store/duckdb.ts";
import { createTables } from "../src/store/tables.ts";
import { writeSamples } from "../src/store/writer.ts";

const valuesPerCommit = 10_000;
const signals = 1000;

/** What DuckDB's appender takes by itself: the store's table and its commits, with nothing before them. */
export async function appendAlone(directory: string, seconds: number): Promise<{ valuesPerSecond: number; valuesPerCommit: number }> {
  const database = await openDatabase(join(directory, "alone.duckdb"), 512);
  const connection = await database.connect();
  try {
    await createTables(connection);
    const mixed = {
      keys: Int32Array.from({ length: valuesPerCommit }, (_, row) => 1 + (row % signals)),
      times: new Float64Array(valuesPerCommit),
      values: Float64Array.from({ length: valuesPerCommit }, (_, row) => 20 + Math.sin(row)),
      qualities: new Uint8Array(valuesPerCommit).fill(qualityCode("good")),
      origins: new Uint8Array(valuesPerCommit).fill(originCode("sensor")),
    };
    const start = performance.now();
    let sequence = 1;
    let elapsed = 0;
    for (; elapsed < seconds; elapsed = (performance.now() - start) / 1000) {
      const received = Date.now() * 1000;
      for (let row = 0; row < valuesPerCommit; row++) mixed.times[row] = received + Math.floor(row / signals);
      await transaction(connection, () => writeSamples(connection, "samples", [{ received, series: [], mixed, firstSequence: sequence }], valuesPerCommit));
      sequence += valuesPerCommit;
    }
    return { valuesPerSecond: (sequence - 1) / elapsed, valuesPerCommit };
  } finally {
    connection.closeSync();
    database.closeSync();
  }
}
