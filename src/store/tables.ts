import { select, transaction, type Connection } from "./duckdb.ts";

const tables = `
  CREATE TABLE IF NOT EXISTS samples (key INTEGER, time TIMESTAMPTZ, value DOUBLE, quality UTINYINT, origin UTINYINT, received TIMESTAMPTZ, sequence BIGINT);
  CREATE TABLE IF NOT EXISTS texts (key INTEGER, time TIMESTAMPTZ, text VARCHAR, quality UTINYINT, origin UTINYINT, received TIMESTAMPTZ, sequence BIGINT);
  CREATE TABLE IF NOT EXISTS sealed_days (day VARCHAR, file VARCHAR, samples BIGINT, bytes BIGINT, sequence BIGINT, digest VARCHAR);
  CREATE TABLE IF NOT EXISTS sealed_signals (day VARCHAR, key INTEGER, samples BIGINT, first BIGINT, last BIGINT);
`;

/** All tables of a whole database of open days. */
export const tableNames = ["samples", "texts", "sealed_days", "sealed_signals", "format"] as const;

/** Remembers the highest number of samples that were forgotten, so that none is given again; made when it is needed. */
export const floorTable = "forgotten";

export async function hasFloor(connection: Connection): Promise<boolean> {
  return (await select(connection, `SELECT 1 FROM duckdb_tables() WHERE table_name = '${floorTable}'`)).length > 0;
}

/** Makes the tables of a new database of open days. */
export async function createTables(connection: Connection): Promise<void> {
  await transaction(connection, () => connection.run(tables));
}

/** Says that the tables are made and the sealed days listed: without it, opening does both again. */
export async function markComplete(connection: Connection): Promise<void> {
  await transaction(connection, () => connection.run("CREATE TABLE format (version INTEGER); INSERT INTO format VALUES (1)"));
}
