import { join } from "node:path";
import { originWords } from "../schema/codes.ts";
import type { Origin } from "../schema/origin.ts";
import { dayOf, listedDays, within, type SealedDay } from "./archive.ts";
import { itemsOf, quoted, quotedPath, select, type Connection } from "./duckdb.ts";
import { getInt64, halvesOf } from "./int64.ts";

/** Samples of these signals with start <= time < end, in microseconds UTC. */
export interface ScanQuery {
  readonly keys: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** From the first sample to the last, both included. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly samples: number;
}

// A number may be used when its quality is good or uncertain and it is finite; else it reads as NaN.
export const openNumbers = "SELECT key, time, CASE WHEN quality < 2 AND isfinite(value) THEN value ELSE 'nan'::DOUBLE END AS value, sequence FROM samples";
export const sealedNumbers = (files: string): string =>
  `SELECT key, time, CASE WHEN quality IN ('good', 'uncertain') AND isfinite(value) THEN value ELSE 'nan'::DOUBLE END AS value, sequence
   FROM read_parquet(${files}) WHERE value IS NOT NULL AND `;

// A stream that fails half-way ends like one that is complete, so the last row says that it is the last.
const lastRow = "SELECT -1, make_timestamptz(0::BIGINT), 0::DOUBLE, 0::BIGINT";

/**
 * Every stored number of a query, in no order and with repeats; NaN where it may not be used.
 * To be called in a transaction, so that the list of files and the open table are of one moment.
 */
export async function scanNumbers(
  connection: Connection,
  folder: string,
  { keys, start, end }: ScanQuery,
  each: (key: number, time: number, value: number, sequence: number) => void,
): Promise<void> {
  if (keys.length === 0 || end <= start) return;
  const where = `${keyIn(keys)} AND ${within(start, end)}`;
  const files = await filesOf(connection, folder, start, end);
  const sealed = files === null ? "" : `UNION ALL ${sealedNumbers(files)} ${where}`;
  const sql = `${openNumbers} WHERE ${where} ${sealed}`;
  const result = await connection.stream(`${sql} UNION ALL ${lastRow}`);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return await raise(connection, sql);
    const keyOf = itemsOf(chunk.getColumnVector(0), Int32Array);
    const time = halvesOf(itemsOf(chunk.getColumnVector(1), BigInt64Array));
    const value = itemsOf(chunk.getColumnVector(2), Float64Array);
    const sequence = halvesOf(itemsOf(chunk.getColumnVector(3), BigInt64Array));
    const rows = chunk.rowCount;
    const isLast = keyOf[rows - 1] === -1;
    for (let row = 0; row < (isLast ? rows - 1 : rows); row++) each(keyOf[row], getInt64(time, row), value[row], getInt64(sequence, row));
    if (isLast) return;
  }
}

/** Throws the error that a stream kept to itself. */
async function raise(connection: Connection, sql: string): Promise<never> {
  await connection.run("ROLLBACK").catch(() => {});
  await connection.run(`SELECT count(key), max(time), sum(value), max(sequence) FROM (${sql})`);
  throw new Error("the samples could not be read to their end");
}

/** Numbers in time order, one a time. */
export interface Series {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Each signal's numbers in time order, one a time: of equal times the highest sequence. In the order of the keys. */
export async function readSeries(connection: Connection, folder: string, query: ScanQuery): Promise<Series[]> {
  const found = new Map(query.keys.map((key) => [key, { times: [] as number[], values: [] as number[], sequences: [] as number[] }]));
  await scanNumbers(connection, folder, query, (key, time, value, sequence) => {
    const one = found.get(key);
    one?.times.push(time);
    one?.values.push(value);
    one?.sequences.push(sequence);
  });
  return query.keys.map((key) => {
    const { times = [], values = [], sequences = [] } = found.get(key) ?? {};
    const order = newestInOrder(times, sequences);
    return { times: Float64Array.from(order, (index) => times[index]), values: Float64Array.from(order, (index) => values[index]) };
  });
}

/** One signal's texts in time order, one a time; a text of bad quality hides what it replaced. */
export async function readTexts(connection: Connection, folder: string, query: ScanQuery): Promise<{ times: Float64Array; texts: string[] }> {
  if (query.keys.length === 0 || query.end <= query.start) return { times: new Float64Array(), texts: [] };
  const rows = await select(connection, await textsOf(connection, folder, query));
  const order = newestInOrder(rows.map(({ time }) => Number(time)), rows.map(({ sequence }) => Number(sequence)));
  const kept = order.map((index) => rows[index]).filter(({ usable }) => Boolean(usable));
  return { times: Float64Array.from(kept, ({ time }) => Number(time)), texts: kept.map(({ text }) => String(text)) };
}

/** The query of every stored text, with repeats: time, text, sequence, usable. */
export async function textsOf(connection: Connection, folder: string, { keys, start, end }: ScanQuery): Promise<string> {
  const where = `${keyIn(keys)} AND ${within(start, end)}`;
  const files = await filesOf(connection, folder, start, end);
  const columns = "epoch_us(time) AS time, text, sequence";
  const sealed =
    files === null ? "" : `UNION ALL SELECT ${columns}, quality IN ('good', 'uncertain') FROM read_parquet(${files}) WHERE text IS NOT NULL AND ${where}`;
  return `SELECT ${columns}, quality < 2 AS usable FROM texts WHERE ${where} ${sealed}`;
}

/** Indices in order of time, for each time that of the highest sequence only. */
export function newestInOrder(times: readonly number[], sequences: readonly number[]): number[] {
  const order = times.map((_, index) => index);
  const isSorted = times.every((time, index) => index === 0 || times[index - 1] < time);
  if (isSorted) return order;
  order.sort((a, b) => times[a] - times[b] || sequences[a] - sequences[b]);
  return order.filter((index, place) => place === order.length - 1 || times[order[place + 1]] !== times[index]);
}

/** The highest sequence of a query's samples, texts included; 0 without any. */
export async function readHighestSequence(connection: Connection, folder: string, { keys, start, end }: ScanQuery): Promise<number> {
  if (keys.length === 0 || end <= start) return 0;
  const where = `${keyIn(keys)} AND ${within(start, end)}`;
  const files = await filesOf(connection, folder, start, end);
  const parts = ["samples", "texts", ...(files === null ? [] : [`read_parquet(${files})`])];
  const each = parts.map((part) => `SELECT max(sequence) AS sequence FROM ${part} WHERE ${where}`);
  const [{ sequence }] = await select(connection, `SELECT coalesce(max(sequence), 0) AS sequence FROM (${each.join(" UNION ALL ")})`);
  return Number(sequence);
}

/** Who made the samples of a query, texts included: each origin once. */
export async function readOrigins(connection: Connection, folder: string, { keys, start, end }: ScanQuery): Promise<Origin[]> {
  if (keys.length === 0 || end <= start) return [];
  const where = `${keyIn(keys)} AND ${within(start, end)}`;
  const files = await filesOf(connection, folder, start, end);
  const open = ["samples", "texts"].map((table) => `SELECT DISTINCT origin::VARCHAR AS origin FROM ${table} WHERE ${where}`);
  const sealed = files === null ? [] : [`SELECT DISTINCT origin FROM read_parquet(${files}) WHERE ${where}`];
  const found = await select(connection, [...open, ...sealed].join(" UNION "));
  return [...new Set(found.map(({ origin }) => originWords.find((word, code) => origin === word || origin === String(code)) ?? "model"))];
}

/** The highest key of all stored samples; 0 without any. */
export async function readHighestKey(connection: Connection, folder: string): Promise<number> {
  await summarise(connection, folder);
  const each = ["samples", "texts", "sealed_signals"].map((part) => `SELECT max(key) AS key FROM ${part}`);
  const [{ key }] = await select(connection, `SELECT coalesce(max(key), 0) AS key FROM (${each.join(" UNION ALL ")})`);
  return Number(key);
}

/** What a day's file holds of each signal, in the columns of the table `sealed_signals`. */
export const summaryOf = ({ day }: Pick<SealedDay, "day">, path: string): string =>
  `SELECT ${quoted(day)}, key, count(*), min(epoch_us(time)), max(epoch_us(time)) FROM read_parquet(${quotedPath(path)}) GROUP BY key`;

/** From the first to the last sample of some signals. Sealed days answer from their summaries. */
export async function readSpan(connection: Connection, folder: string, keys: readonly number[]): Promise<Span | null> {
  if (keys.length === 0) return null;
  await summarise(connection, folder);
  const facts = "count(*) AS samples, min(epoch_us(time)) AS first, max(epoch_us(time)) AS last";
  const [{ samples, first, last }] = await select(
    connection,
    `SELECT sum(samples)::BIGINT AS samples, min(first) AS first, max(last) AS last FROM (
       SELECT ${facts} FROM samples WHERE ${keyIn(keys)} UNION ALL SELECT ${facts} FROM texts WHERE ${keyIn(keys)}
       UNION ALL SELECT samples, first, last FROM sealed_signals WHERE ${keyIn(keys)})`,
  );
  if (first === null) return null;
  return { start: Number(first), end: Number(last), samples: Number(samples) };
}

/** From the first to the last sample of some signals with start <= time < end, of whatever quality, texts included. Reads the days that are touched. */
export async function readSpanWithin(connection: Connection, folder: string, { keys, start, end }: ScanQuery): Promise<Pick<Span, "start" | "end"> | null> {
  if (keys.length === 0 || end <= start) return null;
  const where = `${keyIn(keys)} AND ${within(start, end)}`;
  const files = await filesOf(connection, folder, start, end);
  const parts = ["samples", "texts", ...(files === null ? [] : [`read_parquet(${files})`])].map((from) => `SELECT min(time) AS first, max(time) AS last FROM ${from} WHERE ${where}`);
  const [{ first, last }] = await select(connection, `SELECT epoch_us(min(first)) AS first, epoch_us(max(last)) AS last FROM (${parts.join(" UNION ALL ")})`);
  return first === null ? null : { start: Number(first), end: Number(last) };
}

/** Makes the summaries of days that were found rather than sealed here, if any. */
export async function summarise(connection: Connection, folder: string): Promise<void> {
  const missing = await select(connection, "SELECT day, file FROM sealed_days WHERE samples > 0 AND day NOT IN (SELECT day FROM sealed_signals)");
  for (const { day, file } of missing) {
    await connection.run(`INSERT INTO sealed_signals ${summaryOf({ day: String(day) }, join(folder, String(file)))}`);
  }
}

export async function filesOf(connection: Connection, folder: string, start: number, end: number): Promise<string | null> {
  const days = await listedDays(connection, dayOf(start), dayOf(end - 1));
  if (days.length === 0) return null;
  return `[${days.map(({ file }) => quotedPath(join(folder, file))).join(", ")}]`;
}

export function keyIn(keys: readonly number[]): string {
  if (!keys.every(Number.isSafeInteger)) throw new RangeError("Cannot read samples: a key is not a whole number");
  return keys.length === 1 ? `key = ${keys[0]}` : `key IN (${keys.join(", ")})`;
}
