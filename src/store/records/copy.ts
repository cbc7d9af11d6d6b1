import { copyFileSync, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { setAside, syncDirectory, syncFile } from "../files.ts";
import { migrate } from "../migrate.ts";
import { messageOf } from "../storage-error.ts";
import type { SettledFact } from "./facts.ts";
import type { Line } from "./journal.ts";
import { pseudonymised } from "./persons.ts";
import { damaged, recordsError, Sql } from "./sql.ts";
import { restoreLine, writeFact } from "./write.ts";

/** Where the number of the last write is kept, inside the records themselves. */
export const writesSetting = "records.writes";

/** What is left out of the copy: large, and made again from the blocks. */
const derived: readonly string[] = ["sum", "node"];

const copyPath = (directory: string): string => join(directory, "records-copy.sqlite");

/** The number of the last write in a database of records; 0 before the first. */
export function writesIn(sql: Sql): number {
  return Number(sql.text("SELECT text FROM setting WHERE name = ?", writesSetting) ?? 0);
}

export function hasCopy(directory: string): boolean {
  return existsSync(copyPath(directory));
}

export function copyBytes(directory: string): number {
  return statSync(copyPath(directory), { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * Puts all records but sums and nodes into `records-copy.sqlite`, in place of the copy before.
 * Every row is read for it, so damage shows here at the latest: then it throws and the old copy stays.
 */
export function keepCopy(database: DatabaseSync, directory: string): void {
  const draft = `${copyPath(directory)}.tmp`;
  rmSync(draft, { force: true });
  try {
    copyRecords(database, draft, derived);
    renameSync(draft, copyPath(directory));
    syncDirectory(directory);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Writes the records as of now, but for some tables, into a new file; on return it is whole and on the disk. */
export function copyRecords(database: DatabaseSync, target: string, leftOut: readonly string[]): void {
  const fresh = new DatabaseSync(target);
  migrate(fresh);
  fresh.close();
  database.prepare("ATTACH ? AS copy").run(target);
  try {
    database.exec("PRAGMA copy.journal_mode = OFF; PRAGMA copy.synchronous = OFF; BEGIN; PRAGMA defer_foreign_keys = ON");
    try {
      const tables = database.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all();
      for (const name of tables.map((table) => String(table["name"]))) {
        if (!leftOut.includes(name)) database.exec(`INSERT INTO copy."${name}" SELECT * FROM main."${name}"`);
      }
      database.exec("COMMIT");
    } finally {
      if (database.isTransaction) database.exec("ROLLBACK");
    }
    const [check] = database.prepare("PRAGMA copy.quick_check(1)").all();
    if (check?.["quick_check"] !== "ok") throw new Error(`the copy of the records is not whole: ${String(check?.["quick_check"])}`);
  } finally {
    database.exec("DETACH copy");
  }
  syncFile(target);
}

/** Copies a database page by page while others go on using it, and looks at every page of the copy; what failed, or `null`. */
export async function backUp(database: DatabaseSync, target: string): Promise<Error | null> {
  rmSync(target, { force: true });
  try {
    await backup(database, target, { rate: 500 });
    const copied = new DatabaseSync(target);
    try {
      const [check] = copied.prepare("PRAGMA quick_check(1)").all();
      if (check?.["quick_check"] !== "ok") return damaged(String(check?.["quick_check"]));
      copied.exec("PRAGMA journal_mode = DELETE"); // one file, with nothing beside it
    } finally {
      copied.close();
    }
    syncFile(target);
    return null;
  } catch (error) {
    return recordsError(error);
  }
}

/**
 * Makes records again from the copy and the lines that came after it, and sets the damaged ones aside.
 *
 * To be called with the database closed. A crash half-way leaves copy and journal as they were, to be
 * used again. Returns what was done and what is missing, in sentences.
 */
export function restoreRecords(directory: string, linesAfter: (number: number) => readonly Line[], why: string): string[] {
  const path = join(directory, "records.sqlite");
  const draft = `${path}.new`;
  for (const left of [draft, `${draft}-wal`, `${draft}-shm`]) rmSync(left, { force: true });
  if (hasCopy(directory)) copyFileSync(copyPath(directory), draft);
  const database = new DatabaseSync(draft, { enableForeignKeyConstraints: true });
  let replayed: Replayed;
  try {
    const [check] = database.prepare("PRAGMA quick_check(1)").all();
    if (check?.["quick_check"] !== "ok") throw new Error(`the copy is damaged too: ${String(check?.["quick_check"])}`);
    database.exec("PRAGMA synchronous = OFF"); // it is fsynced as a whole below
    migrate(database);
    replayed = replay(database, linesAfter);
  } finally {
    database.close();
  }
  syncFile(draft);
  const isThere = (file: string): boolean => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
  const moved = [path, `${path}-wal`].filter(isThere).map((file) => setAside(directory, file));
  for (const left of [`${path}-wal`, `${path}-shm`]) rmSync(left, { force: true });
  renameSync(draft, path);
  syncDirectory(dirname(path));
  const where = moved.length === 0 ? "they are gone" : `they are now ${moved.join(" and ")}`;
  return [`The records could not be read (${why}): ${where}; they were made again from ${basename(copyPath(directory))} and records.journal`, ...missingOf(replayed)];
}

/** What became of lines that were written again. */
export interface Replayed {
  readonly written: number;
  /** Numbers that are in no line. */
  readonly holes: number;
  readonly refused: readonly string[];
}

/** Writes the lines after the last write of a database into it, each whole or not at all, all in one commit. */
export function replay(database: DatabaseSync, linesAfter: (number: number) => readonly Line[]): Replayed {
  const sql = new Sql(database);
  const first = writesIn(sql);
  const lines = linesAfter(first);
  const refused: string[] = [];
  sql.transaction(() => {
    for (const line of lines) {
      sql.run("SAVEPOINT line");
      try {
        const facts = pseudonymised(sql, line.facts) as SettledFact[]; // names, from before they had a table
        for (const fact of facts) if ("put" in fact && fact.put === "ledger") restoreLine(sql, fact.value);
        writeNumbered(sql, { ...line, facts });
      } catch (error) {
        refused.push(messageOf(error));
        sql.run("ROLLBACK TO line");
      }
      sql.run("RELEASE line");
    }
  });
  return { written: lines.length - refused.length, holes: (lines.at(-1)?.number ?? first) - first - lines.length, refused };
}

/** Writes facts and the number of their write, inside the open transaction. */
export function writeNumbered(sql: Sql, { number, facts }: Line): void {
  for (const fact of facts) writeFact(sql, fact);
  writeFact(sql, { put: "setting", value: { name: writesSetting, text: String(number) } });
}

export function missingOf({ holes, refused }: Replayed): string[] {
  const missing = holes + refused.length;
  if (missing === 0) return [];
  const first = refused[0];
  return [`${missing} writes of records that had been acknowledged are missing${first === undefined ? "" : ` (${first.slice(0, 200)})`}`];
}
