import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readTables } from "../capture/tables.ts";
import { openDatabase, quoted } from "./duckdb.ts";
import { readParquetTable } from "./parquet-table.ts";

const home = mkdtempSync(join(tmpdir(), "millrace-parquet-"));
after(() => rmSync(home, { recursive: true, force: true }));

async function parquetOf(name: string, query: string): Promise<string> {
  const path = join(home, name);
  const database = await openDatabase(":memory:", 256);
  const connection = await database.connect();
  await connection.run(`COPY (${query}) TO ${quoted(path)} (FORMAT parquet)`);
  connection.closeSync();
  database.closeSync();
  return path;
}

const every = () => true;

test("readParquetTable() reads numbers, texts and times of more rows than one chunk, in order, with gaps", async () => {
  const path = await parquetOf(
    "all.parquet",
    `SELECT i::INTEGER AS whole, CASE WHEN i % 3 = 0 THEN NULL ELSE i / 4 END AS gappy, i::DECIMAL(12, 2) AS money, i % 2 = 0 AS flag, 'k' || (i % 3) AS kind,
       make_timestamptz(1700000000000000 + i * 1000000) AS "when", DATE '2026-01-05' AS day, [i] AS list, 'inf'::DOUBLE AS wild FROM range(5000) t(i)`,
  );
  const { rows, columns, leftOut } = await readParquetTable(path, every);
  assert.equal(rows, 5000);
  assert.deepEqual(columns.map(({ name, kind }) => [name, kind]), [["whole", "number"], ["gappy", "number"], ["money", "number"], ["flag", "number"], ["kind", "text"], ["when", "time"], ["day", "time"], ["wild", "number"]]);
  assert.deepEqual(leftOut.map(({ name }) => name), ["list"]);
  const at = (row: number) => columns.map(({ values, levels }) => (levels === null ? values[row] : levels[values[row]]));
  assert.deepEqual(at(4999), [4999, 1249.75, 4999, 0, "k1", 1_700_004_999_000_000, Date.UTC(2026, 0, 5) * 1000, NaN]);
  assert.ok(Number.isNaN(at(3000)[1]));
});

test("readTables() takes a Parquet file like any other table when it is given the reader", async () => {
  const path = await parquetOf("plain [1].parquet", `SELECT i AS a, 'x' AS b, i * 2 AS "c d", TIMESTAMP '2026-01-05 10:00:00' + INTERVAL (i) SECOND AS t FROM range(10) t(i)`);
  const [table] = await readTables([path], { parquet: readParquetTable, exclude: ["b"], rows: () => ({ from: 3, to: 4 }) });
  assert.deepEqual(table.columns.map(({ name, values }) => [name, [...values]]), [["a", [2, 3]], ["c d", [4, 6]]]);
  assert.deepEqual([table.timeName, [...(table.times ?? [])], [...table.rowNumbers]], ["t", [Date.UTC(2026, 0, 5, 10, 0, 2) * 1000, Date.UTC(2026, 0, 5, 10, 0, 3) * 1000], [3, 4]]);
  assert.match(table.digest, /^[0-9a-f]{64}$/);
  await assert.rejects(readTables([path], { parquet: readParquetTable, keep: ["cd"] }), { code: "capture.no-column", hint: /"c d"/ });
  await assert.rejects(readTables([path]), { code: "capture.not-text" });
});

test("readParquetTable() refuses a damaged file by its name", async () => {
  const path = join(home, "damaged.parquet");
  writeFileSync(path, "PAR1 and nothing of the kind PAR1");
  await assert.rejects(readParquetTable(path, every), { code: "capture.bad-parquet", message: /damaged\.parquet/ });
});
