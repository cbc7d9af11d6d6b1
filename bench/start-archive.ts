import { statSync } from "node:fs";
import { join } from "node:path";
import { ulid } from "ulid";
import type { Block } from "../src/schema/block.ts";
import { day, hour, second } from "../src/schema/time.ts";
import { openSite } from "../src/site.ts";
import { dayOf, list } from "../src/store/archive.ts";
import { openDatabase, quoted, transaction, type Connection } from "../src/store/duckdb.ts";
import { fileDigest, syncDirectory } from "../src/store/files.ts";
import { PlantRecorder } from "./synthetic.ts";

const signals = 36;
/** Rows of a made-up day: so many signals, one sample a second each. */
const rowsADay = signals * 86_400;

/** What an archive came to. */
export interface Archive {
  readonly days: number;
  readonly bytes: number;
  readonly samples: number;
  readonly blocks: number;
}

/**
 * Makes a site with a wheel over 36 signals and sealed days of them, a block an hour, until its files
 * have `bytes` in all; the last day is the day before yesterday.
 *
 * The days are written as sealing lays them out and listed as it lists them, but not compressed, which
 * would take ten times as long.
 */
export async function makeArchive(directory: string, bytes: number, say: (text: string) => void): Promise<Archive> {
  const last = Math.floor((Date.now() * 1000) / day) * day - 2 * day;
  const site = await openSite(directory, { create: true });
  const recording = new PlantRecorder({ signals, seed: 9, start: last + day }).next(7200);
  const { intake } = await site.import(recording, { asset: "machine", blockRule: { by: "duration", length: hour }, warmUpRows: 0 });
  const keys = (await site.store.records.signals(intake.asset.id)).map(({ key }) => key);
  const sequence = await site.store.telemetry.sequence();
  await site.close();

  const archive = await writeDays(directory, bytes, last, { keys, sequence }, say);
  const again = await openSite(directory);
  const [pattern] = intake.blocks;
  const starts = Array.from({ length: 24 * archive.days }, (_, at) => last + day - (at + 1) * hour);
  const blocks = starts.map((start): Block => ({ ...pattern, id: ulid(start / 1000), revision: 1, start, end: start + hour, rows: 3600, sequence: archive.sequence }));
  await again.store.records.write(blocks.map((value) => ({ put: "block", value })));
  await again.close();
  return { days: archive.days, bytes: archive.bytes, samples: archive.days * rowsADay, blocks: blocks.length };
}

async function writeDays(directory: string, bytes: number, last: number, { keys, sequence }: { readonly keys: readonly number[]; readonly sequence: number }, say: (text: string) => void) {
  const database = await openDatabase(join(directory, "samples.duckdb"), 1024);
  const connection = await database.connect();
  try {
    let [written, days, next] = [0, 0, sequence + 1];
    for (let start = last; written < bytes; start -= day) {
      written += await writeDay(connection, join(directory, "samples"), start, keys, next);
      next += rowsADay;
      days++;
      if (days % 10 === 0) say(`${days} days, ${(written / 1e9).toFixed(1)} GB`);
    }
    syncDirectory(join(directory, "samples"));
    return { days, bytes: written, sequence: next - 1 };
  } finally {
    connection.closeSync();
    database.closeSync();
  }
}

async function writeDay(connection: Connection, folder: string, start: number, keys: readonly number[], sequence: number): Promise<number> {
  const name = dayOf(start);
  const path = join(folder, `${name}.parquet`);
  const rows = `SELECT [${keys.join(", ")}][(i // 3600) % ${keys.length} + 1]::INTEGER AS key, 'machine/signal' AS signal,
      make_timestamptz((${start} + ((i // ${3600 * keys.length}) * 3600 + i % 3600) * 1000000)::BIGINT) AS time, 100 + random() AS value, NULL::VARCHAR AS text,
      'good' AS quality, 'sensor' AS origin, make_timestamptz((${start} + random() * ${day})::BIGINT) AS received, ${sequence} + i AS sequence FROM range(${rowsADay}) AS rows (i)`;
  await connection.run(`COPY (${rows}) TO ${quoted(path)} (FORMAT parquet, COMPRESSION uncompressed, ROW_GROUP_SIZE 122880)`);
  const { size } = statSync(path);
  await transaction(connection, async () => {
    await list(connection, { day: name, file: `${name}.parquet`, samples: rowsADay, bytes: size, sequence: sequence + rowsADay - 1, digest: fileDigest(path) });
    const summaries = keys.map((key) => `(${quoted(name)}, ${key}, 86400, ${start}, ${start + day - second})`);
    await connection.run(`INSERT INTO sealed_signals VALUES ${summaries.join(", ")}`);
  });
  return size;
}
