import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { relist } from "./archive.ts";
import { openDatabase, quoted, select, type Connection } from "./duckdb.ts";
import { setAside, syncDirectory } from "./files.ts";
import { isDamage } from "./storage-error.ts";
import { createTables, markComplete } from "./tables.ts";

/** Rows that DuckDB keeps and reads together: what one damaged place makes unreadable. */
const groupRows = 122_880;

/**
 * Makes a new database of open days from what can still be read of a damaged one, and sets that aside.
 *
 * To be called with the database closed. A crash half-way leaves the damaged one in place, to be
 * salvaged again. Returns what was lost, in sentences.
 */
export async function salvage(directory: string, memoryLimitMiB: number, why: string): Promise<string[]> {
  const file = join(directory, "samples.duckdb");
  const draft = `${file}.new`;
  for (const left of [draft, `${draft}.wal`]) rmSync(left, { force: true });
  const notices = await copyReadable(directory, file, draft, memoryLimitMiB);
  const target = setAside(directory, file);
  if (existsSync(`${file}.wal`)) setAside(directory, `${file}.wal`);
  renameSync(draft, file);
  syncDirectory(directory);
  return [`The database of the open days was damaged and is now ${target} (${why})`, ...notices];
}

async function copyReadable(directory: string, file: string, draft: string, memoryLimitMiB: number): Promise<string[]> {
  const database = await openDatabase(draft, memoryLimitMiB);
  const connection = await database.connect();
  try {
    await createTables(connection);
    await connection.run(`ATTACH ${quoted(file)} AS damaged (READ_ONLY)`);
    const lost = (await copyGroups(connection, "samples")) + (await copyGroups(connection, "texts"));
    const listing = await copyList(connection, directory);
    await connection.run("DETACH damaged");
    await markComplete(connection);
    return [`${lost} samples of open days could not be read`, ...listing];
  } finally {
    connection.closeSync();
    database.closeSync();
  }
}

async function copyList(connection: Connection, directory: string): Promise<string[]> {
  try {
    for (const table of ["sealed_days", "sealed_signals"]) await connection.run(`INSERT INTO ${table} SELECT * FROM damaged.${table}`);
    return [];
  } catch (error) {
    if (!isDamage(error)) throw error;
    return await relist(connection, directory);
  }
}

/** Copies a table group by group; tells how many rows were in groups that cannot be read. */
async function copyGroups(connection: Connection, table: string): Promise<number> {
  const [{ last }] = await select(connection, `SELECT coalesce(max(rowid), -1) AS last FROM damaged.${table}`);
  let lost = 0;
  for (let first = 0; first <= Number(last); first += groupRows) {
    const group = `FROM damaged.${table} WHERE rowid >= ${first} AND rowid < ${first + groupRows}`;
    try {
      await connection.run(`INSERT INTO ${table} SELECT * ${group}`);
    } catch (error) {
      if (!isDamage(error)) throw error;
      const [{ rows }] = await select(connection, `SELECT count(*) AS rows ${group}`);
      lost += Number(rows);
    }
  }
  return lost;
}
