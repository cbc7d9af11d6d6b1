import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { MillraceError } from "../errors.ts";
import { listedDays, outwardFault, relist, removeDrafts, setDayAside } from "./archive.ts";
import { isNotDamage, lockHolder, messageOf, openDatabase, select, storageError, transaction, type Connection, type Database } from "./duckdb.ts";
import { setAside } from "./files.ts";
import { readLock } from "./lock.ts";

/** What the sample store was found to be, and what had to be done to open it. */
export interface OpenedSamples {
  readonly database: Database;
  readonly connection: Connection;
  /** The highest sequence ever given, as far as the files tell. */
  readonly sequence: number;
  readonly notices: string[];
}

const tables = `
  CREATE TABLE samples (key INTEGER, time TIMESTAMPTZ, value DOUBLE, quality UTINYINT, origin UTINYINT, received TIMESTAMPTZ, sequence BIGINT);
  CREATE TABLE texts (key INTEGER, time TIMESTAMPTZ, text VARCHAR, quality UTINYINT, origin UTINYINT, received TIMESTAMPTZ, sequence BIGINT);
  CREATE TABLE sealed_days (day VARCHAR, file VARCHAR, samples BIGINT, bytes BIGINT, sequence BIGINT, digest VARCHAR);
  CREATE TABLE sealed_signals (day VARCHAR, key INTEGER, samples BIGINT, first BIGINT, last BIGINT);
  CREATE TABLE format (version INTEGER);
  INSERT INTO format VALUES (1);
`;

/**
 * Opens the open days, and looks at the sealed ones from outside.
 *
 * A damaged log is set aside first, then, if that does not help, the database of open days with it;
 * the sealed days are then listed again from their files. Whatever is the fault of something else
 * (a lock, a full disk, no permission) is thrown and nothing is moved.
 */
export async function openSamples(directory: string, memoryLimitMiB: number): Promise<OpenedSamples> {
  for (const folder of ["samples", "set-aside"]) mkdirSync(join(directory, folder), { recursive: true });
  const notices: string[] = [];
  const file = join(directory, "samples.duckdb");
  const isNew = !existsSync(file);
  const database = await openWhole(directory, file, memoryLimitMiB, notices);
  const connection = await database.connect();
  try {
    rmSync(`${file}.tmp`, { recursive: true, force: true }); // what a killed process had swapped out
    removeDrafts(join(directory, "samples"));
    const isEmpty = (await select(connection, "SELECT 1 FROM duckdb_tables() WHERE table_name = 'format'")).length === 0;
    if (isEmpty) await transaction(connection, () => connection.run(tables));
    await requireFormat(connection);
    if (isEmpty) notices.push(...(await relist(connection, directory)));
    if (isEmpty && !isNew && notices.length === 0) await connection.run("CHECKPOINT");
    notices.push(...(await setUnreadableAside(connection, directory)));
    return { database, connection, sequence: await lastSequence(connection), notices };
  } catch (error) {
    connection.closeSync();
    database.closeSync();
    throw storageError(`open the samples of ${JSON.stringify(directory)}`, error);
  }
}

async function openWhole(directory: string, file: string, memoryLimitMiB: number, notices: string[]): Promise<Database> {
  const log = `${file}.wal`;
  for (const suspect of [log, file]) {
    try {
      return await openDatabase(file, memoryLimitMiB);
    } catch (error) {
      refuseUnlessDamaged(directory, error);
      const why = messageOf(error).split("\n").at(0)?.slice(0, 200);
      if (existsSync(suspect)) notices.push(notice(suspect === log, setAside(directory, suspect), why));
    }
  }
  try {
    return await openDatabase(file, memoryLimitMiB);
  } catch (error) {
    throw storageError(`open the samples of ${JSON.stringify(directory)}`, error);
  }
}

function notice(isLog: boolean, target: string, why: string | undefined): string {
  const what = isLog
    ? "The log of the open days could not be read: samples of open days that came after its last checkpoint are missing"
    : "The open days could not be read: samples that were not yet sealed are missing, sealed days are not touched";
  return `${what}; the file is now ${target} (${why})`;
}

function refuseUnlessDamaged(directory: string, error: unknown): void {
  const holder = lockHolder(error);
  if (holder !== null) throw inUse(directory, holder);
  if (isNotDamage(error)) throw storageError(`open the samples of ${JSON.stringify(directory)}`, error);
}

function inUse(directory: string, holder: number): MillraceError {
  const pid = holder || readLock(directory) || "unknown";
  return new MillraceError("store.in-use", `Cannot open the site in ${JSON.stringify(directory)}: process ${pid} has it open`, {
    hint: "Stop that process first, or use another directory; one directory serves one process.",
  });
}

async function requireFormat(connection: Connection): Promise<void> {
  const [{ version }] = await select(connection, "SELECT version FROM format");
  if (version === 1) return;
  throw new MillraceError("store.newer", `Cannot open the samples: they have format ${version}, this version of Millrace knows 1`, {
    hint: "Use the version of Millrace that wrote this directory, or a later one.",
  });
}

async function setUnreadableAside(connection: Connection, directory: string): Promise<string[]> {
  const notices: string[] = [];
  for (const sealed of await listedDays(connection)) {
    const fault = outwardFault(join(directory, "samples"), sealed);
    if (fault !== null) notices.push(await setDayAside(connection, directory, sealed, fault));
  }
  return notices;
}

async function lastSequence(connection: Connection): Promise<number> {
  const [{ last }] = await select(
    connection,
    `SELECT greatest((SELECT coalesce(max(sequence), 0) FROM samples), (SELECT coalesce(max(sequence), 0) FROM texts),
       (SELECT coalesce(max(sequence), 0) FROM sealed_days)) AS last`,
  );
  return Number(last);
}
