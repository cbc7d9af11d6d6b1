import { closeSync, fstatSync, openSync, readSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { day } from "../schema/lengths.ts";
import { instant, quoted, quotedPath, select, transaction, type Connection } from "./duckdb.ts";
import { fileDigest, setAside } from "./files.ts";
import { firstLine, messageOf } from "./storage-error.ts";
import { floorTable, hasFloor, tableNames } from "./tables.ts";

/** A day whose samples are in a Parquet file of their own. */
export interface SealedDay {
  readonly day: string; // 2020-03-09, UTC
  readonly file: string; // its name in samples/
  readonly samples: number;
  readonly bytes: number;
  readonly sequence: number; // the highest in it
  readonly digest: string | null; // of the file; null when it was found rather than made
}

/** A file is `2020-03-09.parquet`; each later version of that day, with late samples, counts from 2. */
const filePattern = /^(\d{4}-\d\d-\d\d)(?:\.(\d+))?\.parquet$/;

export const dayOf = (time: number): string => new Date(Math.floor(time / day) * (day / 1000)).toISOString().slice(0, 10);
export const startOf = (name: string): number => Date.parse(`${name}T00:00:00Z`) * 1000;

export function nextFile(dayName: string, before: SealedDay | undefined): string {
  if (before === undefined) return `${dayName}.parquet`;
  return `${dayName}.${Number(filePattern.exec(before.file)?.at(2) ?? 1) + 1}.parquet`;
}

/** Files of samples/ that are whole days, the newest version of each day only. */
export function findDays(folder: string): { day: string; file: string }[] {
  const newest = new Map<string, { day: string; file: string; version: number }>();
  for (const file of readdirSync(folder)) {
    const [, name, count = "1"] = filePattern.exec(file) ?? [];
    if (name === undefined) continue;
    if ((newest.get(name)?.version ?? 0) < Number(count)) newest.set(name, { day: name, file, version: Number(count) });
  }
  return [...newest.values()].map(({ day: name, file }) => ({ day: name, file })).toSorted((a, b) => (a.day < b.day ? -1 : 1));
}

/** The days that are sealed and listed, as of the connection's transaction, oldest first. */
export async function listedDays(connection: Connection, from = "", to = "9999-99-99"): Promise<SealedDay[]> {
  const rows = await select(connection, `SELECT * FROM sealed_days WHERE day BETWEEN ${quoted(from)} AND ${quoted(to)} ORDER BY day`);
  return rows.map((row) => ({
    day: String(row["day"]),
    file: String(row["file"]),
    samples: Number(row["samples"]),
    bytes: Number(row["bytes"]),
    sequence: Number(row["sequence"]),
    digest: row["digest"] === null ? null : String(row["digest"]),
  }));
}

/** Lists a day in place of what was listed for it. To be called inside a transaction. */
export async function list(connection: Connection, sealed: SealedDay): Promise<void> {
  await unlist(connection, sealed.day);
  const { day: name, file, samples, bytes, sequence, digest: hash } = sealed;
  await connection.run(
    `INSERT INTO sealed_days VALUES (${quoted(name)}, ${quoted(file)}, ${samples}, ${bytes}, ${sequence}, ${hash === null ? "NULL" : quoted(hash)})`,
  );
}

/** Takes a day off the list. To be called inside a transaction. */
export async function unlist(connection: Connection, dayName: string): Promise<void> {
  await connection.run(`DELETE FROM sealed_days WHERE day = ${quoted(dayName)}`);
  await connection.run(`DELETE FROM sealed_signals WHERE day = ${quoted(dayName)}`);
}

/**
 * What is wrong with a file, without reading all of it: gone, cut short, or not Parquet at its ends;
 * `null` when nothing is. Costs two small reads, so that ten years of days are looked at in a second.
 */
export function outwardFault(folder: string, { file, bytes }: Pick<SealedDay, "file" | "bytes">): string | null {
  let handle: number;
  try {
    handle = openSync(join(folder, file), "r");
  } catch (error) {
    return messageOf(error).startsWith("ENOENT") ? "it is gone" : messageOf(error);
  }
  try {
    const { size } = fstatSync(handle);
    if (size !== bytes) return `it has ${size} bytes, not ${bytes}`;
    const ends = Buffer.alloc(8);
    readSync(handle, ends, 0, 4, 0);
    readSync(handle, ends, 4, 4, size - 4);
    return ends.toString("latin1") === "PAR1PAR1" ? null : "it is not a Parquet file";
  } finally {
    closeSync(handle);
  }
}

/** What is wrong with the content of a file, having read all of it; `null` when nothing is. */
export async function inwardFault(connection: Connection, folder: string, sealed: SealedDay): Promise<string | null> {
  try {
    if (sealed.digest !== null && fileDigest(join(folder, sealed.file)) !== sealed.digest) return "its content has changed";
    const path = quotedPath(join(folder, sealed.file));
    await connection.run(`SELECT count(key), sum(value), max(sequence), max(time), max(text), max(quality), max(origin) FROM read_parquet(${path})`);
    return null;
  } catch (error) {
    return firstLine(error);
  }
}

/** Takes an unreadable day off the list and moves its file out of the way; tells it as a notice. */
export async function setDayAside(connection: Connection, directory: string, sealed: SealedDay, why: string): Promise<string> {
  await transaction(connection, () => unlist(connection, sealed.day));
  const path = join(directory, "samples", sealed.file);
  const lost = `The ${sealed.samples} samples of ${sealed.day} cannot be read: samples/${sealed.file}: ${why}`;
  try {
    return `${lost}; the file is now ${setAside(directory, path)}`;
  } catch {
    return lost;
  }
}

/** Lists the days found in samples/ after the list itself was lost; tells what could not be read. */
export async function relist(connection: Connection, directory: string): Promise<string[]> {
  const folder = join(directory, "samples");
  const notices: string[] = [];
  for (const { day: name, file } of findDays(folder)) {
    const path = join(folder, file);
    try {
      const [facts] = await select(
        connection,
        `SELECT file_size_bytes AS bytes, num_rows AS samples FROM parquet_file_metadata(${quotedPath(path)})`,
      );
      const [{ sequence }] = await select(
        connection,
        `SELECT max(stats_max_value::BIGINT) AS sequence FROM parquet_metadata(${quotedPath(path)}) WHERE path_in_schema = 'sequence'`,
      );
      const sealed = { day: name, file, samples: Number(facts.samples), bytes: Number(facts.bytes), sequence: Number(sequence ?? 0), digest: null };
      await transaction(connection, () => list(connection, sealed));
    } catch (error) {
      notices.push(`The samples of ${name} cannot be read: ${firstLine(error)}; the file is now ${setAside(directory, path)}`);
    }
  }
  return notices;
}

/** Files of a day that are in samples/ and not listed: of an earlier version, left there by a crash. */
export function unlistedFiles(folder: string, dayName: string, listed: string | undefined): string[] {
  return readdirSync(folder).filter((file) => filePattern.exec(file)?.[1] === dayName && file !== listed);
}

let copies = 0;

/** Writes the open days and the list of sealed ones, as of one moment, into a new database; tells what they were. */
export async function copyOpenDays(connection: Connection, file: string): Promise<{ openSamples: number; days: SealedDay[] }> {
  const name = `copy_${++copies}`;
  await connection.run(`ATTACH ${quoted(file)} AS ${name}`);
  try {
    const copied = await transaction(connection, async () => {
      const lower = await hasFloor(connection);
      for (const table of lower ? [...tableNames, floorTable] : tableNames) await connection.run(`CREATE TABLE ${name}.${table} AS FROM ${table}`);
      const [{ open }] = await select(connection, `SELECT (SELECT count(*) FROM ${name}.samples) + (SELECT count(*) FROM ${name}.texts) AS open`);
      return { openSamples: Number(open), days: await listedDays(connection) };
    });
    await connection.run(`CHECKPOINT ${name}`);
    return copied;
  } finally {
    await connection.run(`DETACH ${name}`);
  }
}

/** Which part of a Parquet file or of the open table holds the times from `start` up to `end`. */
export function within(start: number, end: number): string {
  return `time >= ${instant(start)} AND time < ${instant(end)}`;
}
