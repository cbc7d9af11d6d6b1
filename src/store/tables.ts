import { transaction, type Connection } from "./duckdb.ts";

const tables = `
  CREATE TABLE samples (key INTEGER, time TIMESTAMPTZ, value DOUBLE, quality UTINYINT, origin UTINYINT, received TIMESTAMPTZ, sequence BIGINT);
  CREATE TABLE texts (key INTEGER, time TIMESTAMPTZ, text VARCHAR, quality UTINYINT, origin UTINYINT, received TIMESTAMPTZ, sequence BIGINT);
  CREATE TABLE sealed_days (day VARCHAR, file VARCHAR, samples BIGINT, bytes BIGINT, sequence BIGINT, digest VARCHAR);
  CREATE TABLE sealed_signals (day VARCHAR, key INTEGER, samples BIGINT, first BIGINT, last BIGINT);
  CREATE TABLE format (version INTEGER);
  INSERT INTO format VALUES (1);
`;

/** Makes the tables of an empty database of open days. */
export async function createTables(connection: Connection): Promise<void> {
  await transaction(connection, () => connection.run(tables));
}
