import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { originWords, qualityWords } from "../schema/codes.ts";
import { day } from "../schema/lengths.ts";
import { dayOf, list, nextFile, startOf, within, type SealedDay } from "./archive.ts";
import { quoted, quotedPath, select, transaction, type Connection } from "./duckdb.ts";
import { fileDigest, syncDirectory, syncFile } from "./files.ts";
import { summaryOf } from "./scan.ts";

/** Days with samples in the open tables that had ended by `before`, oldest first. */
export async function unsealedDays(connection: Connection, before: number): Promise<string[]> {
  const end = Math.floor(before / day) * day;
  const number = `epoch_us(time) // ${day} AS number`;
  const rows = await select(connection, `SELECT ${number} FROM samples UNION SELECT ${number} FROM texts`);
  return rows
    .map((row) => Number(row["number"]) * day)
    .filter((start) => start + day <= end)
    .map(dayOf)
    .toSorted();
}

/**
 * Seals one day: its samples up to sequence `cutoff`, and those of the file it had before, go into a
 * new Parquet file, sorted by hour, signal and time, so that a block is read without reading the day;
 * one sample a time.
 *
 * Order: draft, fsync, rename, fsync of the folder; then one transaction takes the rows out of the
 * open tables and lists the file. A crash before it leaves an unlisted file, which is ignored.
 * Samples above `cutoff` that arrive meanwhile stay in the open tables.
 */
export async function sealDay(
  connection: Connection,
  folder: string,
  dayName: string,
  before: SealedDay | undefined,
  cutoff: number,
  names: ReadonlyMap<number, string>,
): Promise<SealedDay> {
  await nameSignals(connection, names);
  const where = `${within(startOf(dayName), startOf(dayName) + day)} AND sequence <= ${cutoff}`;
  const sealed = await writeDay(connection, folder, { day: dayName, file: nextFile(dayName, before) }, daySamples(where, before && join(folder, before.file)));
  await transaction(connection, async () => {
    await listSummed(connection, folder, sealed);
    for (const table of ["samples", "texts"]) await connection.run(`DELETE FROM ${table} WHERE ${where}`);
  });
  return sealed;
}

/** Writes a day's file, not yet listed: draft, fsync, rename, fsync of the folder. */
export async function writeDay(connection: Connection, folder: string, { day: dayName, file }: Pick<SealedDay, "day" | "file">, rows: string): Promise<SealedDay> {
  const path = join(folder, file);
  const draft = `${path}.tmp`;
  try {
    await connection.run(`COPY (${rows}) TO ${quoted(draft)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`);
    syncFile(draft);
    renameSync(draft, path);
    syncDirectory(folder);
  } catch (error) {
    if (existsSync(draft)) rmSync(draft, { force: true });
    throw error;
  }
  const [{ samples, sequence }] = await select(connection, `SELECT count(*) AS samples, max(sequence) AS sequence FROM read_parquet(${quotedPath(path)})`);
  return { day: dayName, file, samples: Number(samples), bytes: statSync(path).size, sequence: Number(sequence), digest: fileDigest(path) };
}

/** Lists a day with which signals it has. To be called inside a transaction. */
export async function listSummed(connection: Connection, folder: string, sealed: SealedDay): Promise<void> {
  await list(connection, sealed);
  await connection.run(`INSERT INTO sealed_signals ${summaryOf(sealed, join(folder, sealed.file))}`);
}

async function nameSignals(connection: Connection, names: ReadonlyMap<number, string>): Promise<void> {
  await connection.run("CREATE OR REPLACE TEMP TABLE signal_names (key INTEGER, signal VARCHAR)");
  const rows = [...names].map(([key, name]) => `(${key}, ${quoted(name)})`);
  if (rows.length > 0) await connection.run(`INSERT INTO signal_names VALUES ${rows.join(", ")}`);
}

const asText = (column: string, options: readonly string[]): string => `[${options.map(quoted).join(", ")}][${column} + 1] AS ${column}`;

/** All samples of the day as rows of its file; of equal signal, kind and time the highest sequence. */
function daySamples(where: string, before: string | undefined): string {
  const codes = `${asText("quality", qualityWords)}, ${asText("origin", originWords)}, received, sequence`;
  const parts = [
    `SELECT key, time, value, NULL::VARCHAR AS text, ${codes} FROM samples WHERE ${where}`,
    `SELECT key, time, NULL::DOUBLE AS value, text, ${codes} FROM texts WHERE ${where}`,
  ];
  if (before !== undefined) parts.push(`SELECT key, time, value, text, quality, origin, received, sequence FROM read_parquet(${quotedPath(before)})`);
  return `
    SELECT sample.key, signal, time, value, text, quality, origin, received, sequence
    FROM (${parts.join(" UNION ALL ")}) AS sample LEFT JOIN signal_names USING (key)
    QUALIFY row_number() OVER (PARTITION BY sample.key, time, text IS NULL ORDER BY sequence DESC) = 1
    ORDER BY date_trunc('hour', time), sample.key, time, sequence`;
}
