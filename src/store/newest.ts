import { join } from "node:path";
import { dayOf, listedDays, within, type SealedDay } from "./archive.ts";
import { itemsOf, quoted, quotedPath, select, type Connection } from "./duckdb.ts";
import { getInt64, halvesOf } from "./int64.ts";
import { filesOf, keyIn, summarise } from "./scan.ts";

/** Which stretches have samples that came after number `above`. */
export interface TouchedQuery {
  readonly keys: readonly number[];
  readonly above: number;
  readonly intervals: readonly { readonly start: number; readonly end: number }[];
}

/**
 * For each stretch the highest sequence of its samples above `above`; 0 without any.
 *
 * Reads what was stored since and, of sealed days, those that hold any of it, so that its cost is that
 * of what is new. To be called in a transaction.
 */
export async function readTouched(connection: Connection, folder: string, { keys, above, intervals }: TouchedQuery): Promise<Float64Array<ArrayBuffer>> {
  const touched = new Float64Array(intervals.length);
  if (!Number.isSafeInteger(above)) throw new RangeError(`Cannot look for samples above number ${above}: a whole number`);
  if (keys.length === 0 || intervals.length === 0) return touched;
  const find = finder(intervals);
  const where = `${keyIn(keys)} AND sequence > ${above}`;
  const days = (await listedDays(connection)).filter(({ sequence }) => sequence > above);
  const sealed = days.map(({ file }) => `read_parquet(${quotedPath(join(folder, file))})`);
  const parts = ["samples", "texts", ...sealed].map((part) => `SELECT epoch_us(time) AS time, sequence FROM ${part} WHERE ${where}`);
  const result = await connection.run(`SELECT time, max(sequence) FROM (${parts.join(" UNION ALL ")}) GROUP BY time`);
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const [times, sequences] = [0, 1].map((column) => halvesOf(itemsOf(chunk.getColumnVector(column), BigInt64Array)));
    for (let row = 0; row < chunk.rowCount; row++) {
      for (const index of find(getInt64(times, row))) touched[index] = Math.max(touched[index], getInt64(sequences, row));
    }
  }
  return touched;
}

/** Which of some stretches hold a time. */
function finder(intervals: TouchedQuery["intervals"]): (time: number) => number[] {
  const order = intervals.map((_, index) => index).toSorted((a, b) => intervals[a].start - intervals[b].start);
  const latest: number[] = []; // the latest end up to here, so that looking back knows when to stop
  for (const [place, index] of order.entries()) latest.push(Math.max(intervals[index].end, latest[place - 1] ?? -Infinity));
  return (time) => {
    let [low, high] = [0, order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (intervals[order[middle]].start <= time) low = middle + 1;
      else high = middle;
    }
    const found: number[] = [];
    for (let place = low - 1; place >= 0 && latest[place] > time; place--) if (intervals[order[place]].end > time) found.push(order[place]);
    return found;
  };
}

/** Where some signals have samples, with start <= time < end, by spans of `width` microseconds since 1970. */
export interface ExtentsQuery {
  readonly keys: readonly number[];
  readonly start: number;
  readonly end: number;
  readonly width: number;
}

/** From the first usable sample to the last, both included. */
export interface Extent {
  readonly first: number;
  readonly last: number;
}

/** The extent of the samples in each span that has any, in order of time; what is of bad quality is none. Repeats not yet sealed count. Read inside the database. */
export async function readExtents(connection: Connection, folder: string, { keys, start, end, width }: ExtentsQuery): Promise<Extent[]> {
  if (!Number.isSafeInteger(width) || width < 1) throw new RangeError(`Cannot look for samples in spans of ${width}: whole microseconds`);
  if (keys.length === 0 || end <= start) return [];
  const where = `${keyIn(keys)} AND ${within(start, end)}`;
  const files = await filesOf(connection, folder, start, end);
  const sealed = files === null ? "" : `UNION ALL SELECT time FROM read_parquet(${files}) WHERE value IS NOT NULL AND quality IN ('good', 'uncertain') AND ${where}`;
  const rows = await select(
    connection,
    `SELECT epoch_us(min(time)) AS first, epoch_us(max(time)) AS last
     FROM (SELECT time FROM samples WHERE quality < 2 AND ${where} ${sealed}) GROUP BY epoch_us(time) // ${width} ORDER BY first`,
  );
  return rows.map(({ first, last }) => ({ first: Number(first), last: Number(last) }));
}

/** The last thing a signal said: a number, NaN when it may not be used, or a text. */
export interface LastSample {
  readonly key: number;
  readonly time: number;
  readonly value: number | string;
}

/**
 * The last sample of each signal with from <= time < before, in order of key; signals without one are left out. Texts
 * of bad quality are not looked at. Sealed days are read from the newest back, and only those that have
 * the signal.
 */
export async function readLast(connection: Connection, folder: string, keys: readonly number[], before: number, from: number = earliest): Promise<LastSample[]> {
  if (keys.length === 0) return [];
  await summarise(connection, folder);
  const found = new Map<number, LastSample>();
  const span = within(from, before);
  await lastOf(connection, openParts, keys, span, found);
  const days = await listedDays(connection, from === earliest ? "" : dayOf(from), dayOf(before));
  for (const sealed of days.toReversed()) {
    // An open sample may be older than a sealed one, so a day counts until all it could better are newer.
    const wanted = keys.filter((key) => (found.get(key)?.time ?? -Infinity) < endOf(sealed));
    if (wanted.length === 0) break;
    const inDay = await select(connection, `SELECT key FROM sealed_signals WHERE day = ${quoted(sealed.day)} AND ${keyIn(wanted)} AND first < ${before}`);
    if (inDay.length > 0) await lastOf(connection, [sealedPart(join(folder, sealed.file))], inDay.map(({ key }) => Number(key)), span, found);
  }
  return [...found.values()].toSorted((a, b) => a.key - b.key);
}

const openParts = [
  "SELECT key, time, CASE WHEN quality < 2 AND isfinite(value) THEN value ELSE 'nan'::DOUBLE END AS value, NULL AS text, sequence FROM samples",
  "SELECT key, time, NULL AS value, text, sequence FROM texts WHERE quality < 2",
];

const sealedPart = (path: string): string =>
  `SELECT key, time, CASE WHEN value IS NULL THEN NULL WHEN quality IN ('good', 'uncertain') AND isfinite(value) THEN value ELSE 'nan'::DOUBLE END AS value, text, sequence
   FROM read_parquet(${quotedPath(path)}) WHERE value IS NOT NULL OR quality IN ('good', 'uncertain')`;

const endOf = ({ day }: SealedDay): number => (Date.parse(`${day}T00:00:00Z`) + 86_400_000) * 1000;

async function lastOf(connection: Connection, parts: readonly string[], keys: readonly number[], span: string, found: Map<number, LastSample>): Promise<void> {
  // The latest time of each key first: to sort all samples of all keys would take many times as long.
  const samples = `SELECT * FROM (${parts.join(" UNION ALL ")}) WHERE ${keyIn(keys)} AND ${span}`;
  const rows = await select(
    connection,
    `WITH latest AS (SELECT key, max(time) AS time FROM (${samples}) GROUP BY key)
     SELECT key, epoch_us(time) AS time, value, text FROM (${samples}) SEMI JOIN latest USING (key, time)
     QUALIFY row_number() OVER (PARTITION BY key ORDER BY sequence DESC) = 1`,
  );
  for (const { key, time, value, text } of rows) {
    const known = found.get(Number(key));
    if (known === undefined || known.time < Number(time)) found.set(Number(key), { key: Number(key), time: Number(time), value: text === null ? Number(value) : String(text) });
  }
}

/** Before anything was ever measured. */
const earliest = -(2 ** 53 - 1);
