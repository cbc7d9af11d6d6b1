import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { MillraceError } from "../errors.ts";

/** One step of the records' format: `0001-records.sql` brings them to version 1. Never edited once released. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
}

/** The steps beside this file, in order and without a hole. */
export function readMigrations(folder = join(import.meta.dirname, "migrations")): Migration[] {
  const files = readdirSync(folder)
    .filter((file) => /^\d{4}-.*\.sql$/.test(file))
    .toSorted();
  return files.map((file, index) => {
    const version = Number(file.slice(0, 4));
    if (version !== index + 1) throw new RangeError(`Cannot read migrations: ${file} comes where ${index + 1} should`);
    return { version, sql: readFileSync(join(folder, file), "utf8") };
  });
}

/**
 * Brings a database to the newest format. Each step is one transaction with its number, so a process
 * killed anywhere leaves a whole version, and running again completes.
 * Throws `store.newer` for a database that a later version of Millrace wrote.
 */
export function migrate(database: DatabaseSync, migrations: readonly Migration[] = readMigrations()): void {
  const newest = migrations.length;
  const version = formatOf(database);
  if (version > newest) throw newer(version, newest);
  for (const { version: next, sql } of migrations.slice(version)) {
    database.exec("BEGIN IMMEDIATE");
    try {
      database.exec(sql);
      database.exec(`PRAGMA user_version = ${next}`);
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }
}

/** The version of the format a database is in; 0 when it is empty. */
export function formatOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
}

export function newer(version: number, newest: number): MillraceError {
  return new MillraceError("store.newer", `Cannot open the records: they have format ${version}, this version of Millrace knows up to ${newest}`, {
    hint: "Use the version of Millrace that wrote this directory, or a later one.",
  });
}
