import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { MillraceError } from "../errors.ts";
import { listedDays, outwardFault, relist, setDayAside } from "./archive.ts";
import { openDatabase, openReadOnly, select, type Connection, type Database } from "./duckdb.ts";
import { removeDrafts, setAside } from "./files.ts";
import { readLock } from "./lock.ts";
import { brokenAt, damagedAt, repairLog, type RepairedLog } from "./log-repair.ts";
import { salvage } from "./salvage.ts";
import { readSequence } from "./sequence-file.ts";
import { firstLine, isDamage, isNotDamage, lockHolder, storageError } from "./storage-error.ts";
import { createTables, floorTable, hasFloor, markComplete } from "./tables.ts";

/** Damaged places that are cut out of a log before all of it is set aside. */
const mostRepairs = 20;

/** What the sample store was found to be, and what had to be done to open it. */
export interface OpenedSamples {
  readonly database: Database;
  readonly connection: Connection;
  /** The highest sequence ever given, as far as the files tell. */
  readonly sequence: number;
  readonly notices: string[];
}

/**
 * Opens the open days, and looks at the sealed ones from outside.
 *
 * A log is first rid of its damaged places, then set aside as a whole, then, if that does not help, the database of open days with it;
 * the sealed days are then listed again from their files. Whatever is the fault of something else
 * (a lock, a full disk, no permission) is thrown and nothing is moved.
 */
export async function openSamples(directory: string, memoryLimitMiB: number): Promise<OpenedSamples> {
  for (const folder of ["samples", "set-aside"]) mkdirSync(join(directory, folder), { recursive: true });
  const file = join(directory, "samples.duckdb");
  const notices = setLogWithoutDatabaseAside(directory, file);
  try {
    const opened = await prepare(directory, file, memoryLimitMiB, notices).catch(async (error: unknown) => {
      if (!isDamage(error)) throw error;
      notices.push(...(await salvage(directory, memoryLimitMiB, firstLine(error))));
      return await prepare(directory, file, memoryLimitMiB, notices);
    });
    const acknowledged = readSequence(directory);
    if (acknowledged > opened.sequence) notices.push(`Up to ${acknowledged - opened.sequence} samples that had been acknowledged are missing`);
    return { ...opened, sequence: Math.max(opened.sequence, acknowledged), notices };
  } catch (error) {
    throw storageError(`open the samples of ${JSON.stringify(directory)}`, error);
  }
}

/** Opens the database, and brings its list of sealed days in line with the files. */
async function prepare(directory: string, file: string, memoryLimitMiB: number, notices: string[]): Promise<Omit<OpenedSamples, "notices">> {
  const database = await openWhole(directory, file, memoryLimitMiB, notices);
  const connection = await database.connect();
  try {
    rmSync(`${file}.tmp`, { recursive: true, force: true }); // what a killed process had swapped out
    for (const draft of [`${file}.new`, `${file}.new.wal`]) rmSync(draft, { force: true }); // and what it was writing anew
    removeDrafts(join(directory, "samples"));
    const isEmpty = (await select(connection, "SELECT 1 FROM duckdb_tables() WHERE table_name = 'format'")).length === 0;
    if (isEmpty) {
      await createTables(connection);
      notices.push(...(await relist(connection, directory)));
      await markComplete(connection);
    }
    await requireFormat(connection);
    notices.push(...(await setUnreadableAside(connection, directory)));
    return { database, connection, sequence: await lastSequence(connection) };
  } catch (error) {
    connection.closeSync();
    database.closeSync();
    throw error;
  }
}

/** A log whose database is gone says nothing by itself, and the driver would drop it without a word. */
function setLogWithoutDatabaseAside(directory: string, file: string): string[] {
  if (existsSync(file) || !existsSync(`${file}.wal`)) return [];
  return [`The database of the open days is gone: samples that were not yet sealed are missing; its log is now ${setAside(directory, `${file}.wal`)}`];
}

async function openWhole(directory: string, file: string, memoryLimitMiB: number, notices: string[]): Promise<Database> {
  const log = `${file}.wal`;
  const mended = await openMended(directory, file, memoryLimitMiB, notices);
  if (mended !== null) return mended;
  for (const suspect of [log, file]) {
    try {
      return await openDatabase(file, memoryLimitMiB);
    } catch (error) {
      refuseUnlessDamaged(directory, error);
      if (existsSync(suspect)) notices.push(notice(suspect === log, setAside(directory, suspect), firstLine(error)));
    }
  }
  return await openDatabase(file, memoryLimitMiB);
}

/** Opens the database, with the damaged places of its log cut out; `null` when that does not help. */
async function openMended(directory: string, file: string, memoryLimitMiB: number, notices: string[]): Promise<Database | null> {
  let repaired: RepairedLog | undefined;
  let position = brokenAt(directory);
  if (position !== null) await requireUnlocked(directory, file); // the log may be another process's, at work
  for (let repairs = 0; repairs < mostRepairs; repairs++) {
    if (position !== null) {
      repaired = repairLog(directory, position);
      notices.push(repaired.notice);
    }
    try {
      return await openDatabase(file, memoryLimitMiB);
    } catch (error) {
      refuseUnlessDamaged(directory, error);
      position = damagedAt(error);
      if (position === null && repaired === undefined) return null;
      if (position === null) repaired?.cut();
      if (position === null) repaired = undefined;
    }
  }
  return null;
}

async function requireUnlocked(directory: string, file: string): Promise<void> {
  const holder = await openReadOnly(file).then(
    (database) => {
      database.closeSync();
      return null;
    },
    (error: unknown) => lockHolder(error),
  );
  if (holder !== null) throw inUse(directory, holder);
}

function notice(isLog: boolean, target: string, why: string): string {
  const what = isLog
    ? "The log of the open days could not be read: samples of open days that came after its last checkpoint are missing"
    : "The open days could not be read: samples that were not yet sealed are missing, sealed days are not touched";
  return `${what}; the file is now ${target} (${why})`;
}

function refuseUnlessDamaged(directory: string, error: unknown): void {
  const holder = lockHolder(error);
  if (holder !== null) throw inUse(directory, holder);
  if (isNotDamage(error)) throw error;
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
  const floor = (await hasFloor(connection)) ? `(SELECT coalesce(max(sequence), 0) FROM ${floorTable})` : "0";
  const [{ last }] = await select(
    connection,
    `SELECT greatest((SELECT coalesce(max(sequence), 0) FROM samples), (SELECT coalesce(max(sequence), 0) FROM texts),
       (SELECT coalesce(max(sequence), 0) FROM sealed_days), ${floor}) AS last`,
  );
  return Number(last);
}
