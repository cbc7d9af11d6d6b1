import { rmSync } from "node:fs";
import { join } from "node:path";
import { dayOf, listedDays, nextFile, unlist, unlistedFiles, within } from "./archive.ts";
import { quotedPath, select, transaction, type Connection } from "./duckdb.ts";
import { listSummed, writeDay } from "./seal.ts";
import { floorTable } from "./tables.ts";

/** Samples of some signals with start <= time < end, in microseconds UTC. */
export interface SampleSpan {
  readonly keys: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** What forgetting samples did. */
export interface ForgottenSamples {
  /** Taken out now; 0 when all were gone already. */
  readonly samples: number;
  /** Sealed files that others took the place of: to be removed once nobody reads them. */
  readonly replaced: readonly string[];
}

/**
 * Takes samples out of the open tables and out of the files of sealed days.
 *
 * Each file is written anew without them (draft, fsync, rename), then one transaction lists it in place of the
 * one before. Doing it again finds what a crash left: also versions of these days that nobody lists.
 * What the database of open days keeps in its free pages and its log is not touched: `SampleFiles.rewrite`.
 */
export async function forgetSamples(connection: Connection, folder: string, spans: readonly SampleSpan[], readable: (day: Day) => Promise<boolean>): Promise<ForgottenSamples> {
  const some = spans.filter(({ keys, start, end }) => keys.length > 0 && end > start);
  if (some.length === 0) return { samples: 0, replaced: [] };
  const where = some.map(conditionOf).join(" OR ");
  let samples = await forgetOpen(connection, where);
  const replaced: string[] = [];
  const [first, last] = [Math.min(...some.map(({ start }) => start)), Math.max(...some.map(({ end }) => end))];
  for (const sealed of await listedDays(connection, dayOf(first), dayOf(last))) {
    if (!(await readable(sealed))) continue; // set aside by now, and named
    const taken = await forgetSealed(connection, folder, sealed, where);
    samples += taken;
    if (taken > 0) replaced.push(sealed.file);
    const [listed] = await listedDays(connection, sealed.day, sealed.day);
    for (const file of unlistedFiles(folder, sealed.day, listed?.file)) if (file !== sealed.file) rmSync(join(folder, file), { force: true });
  }
  return { samples, replaced };
}

type Day = Awaited<ReturnType<typeof listedDays>>[number];

const conditionOf = ({ keys, start, end }: SampleSpan): string => `(key IN (${keys.map(Math.trunc).join(", ")}) AND ${within(start, end)})`;

async function forgetOpen(connection: Connection, where: string): Promise<number> {
  const [{ count, highest }] = await select(
    connection,
    `SELECT count(*) AS count, coalesce(max(sequence), 0) AS highest FROM (SELECT sequence FROM samples WHERE ${where} UNION ALL SELECT sequence FROM texts WHERE ${where})`,
  );
  if (Number(count) === 0) return 0;
  await transaction(connection, async () => {
    await keepFloor(connection, Number(highest));
    for (const table of ["samples", "texts"]) await connection.run(`DELETE FROM ${table} WHERE ${where}`);
  });
  return Number(count);
}

/** No number that a forgotten sample had is given again, nor missed as if it had been lost. */
async function keepFloor(connection: Connection, sequence: number): Promise<void> {
  await connection.run(`CREATE TABLE IF NOT EXISTS ${floorTable} (sequence BIGINT)`);
  await connection.run(`INSERT INTO ${floorTable} VALUES (${Math.trunc(sequence)})`);
}

async function forgetSealed(connection: Connection, folder: string, sealed: Day, where: string): Promise<number> {
  const from = `read_parquet(${quotedPath(join(folder, sealed.file))})`;
  const [{ count }] = await select(connection, `SELECT count(*) AS count FROM ${from} WHERE ${where}`);
  if (Number(count) === 0) return 0;
  if (Number(count) === sealed.samples) {
    await transaction(connection, async () => {
      await keepFloor(connection, sealed.sequence);
      await unlist(connection, sealed.day);
    });
    return sealed.samples;
  }
  const written = await writeDay(connection, folder, { day: sealed.day, file: nextFile(sealed.day, sealed) }, `SELECT * FROM ${from} WHERE NOT (${where})`);
  await transaction(connection, async () => {
    await keepFloor(connection, sealed.sequence);
    await listSummed(connection, folder, written);
  });
  return Number(count);
}
