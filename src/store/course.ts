import { within } from "./archive.ts";
import { itemsOf, select, type Connection } from "./duckdb.ts";
import { getInt64, halvesOf } from "./int64.ts";
import { filesOf, keyIn, openNumbers, sealedNumbers, textsOf } from "./scan.ts";

/** One signal's numbers with start <= time < end, for a chart of at most `points` points. */
export interface CourseQuery {
  readonly key: number;
  readonly start: number;
  readonly end: number;
  readonly points: number;
  /** How long a value goes on being shown where nothing new was said; 0 unless given. */
  readonly hold?: number;
}

/** Per bucket the lowest and highest value; NaN where nothing usable was said. */
export interface StoredCourse {
  readonly times: Float64Array; // start of each bucket
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Buckets that one answer may have: more than any screen has pixels. */
const mostPoints = 100_000;

/**
 * A signal's course: the query's stretch cut into buckets of one length, whole microseconds.
 *
 * Of equal times the highest sequence counts; a value that may not be used counts nowhere and ends the
 * hold of the one before. Cost: the samples of the stretch are read once, inside the database.
 * To be called in a transaction. Throws RangeError for a query that has no such buckets.
 */
export async function readCourse(connection: Connection, folder: string, query: CourseQuery): Promise<StoredCourse> {
  const { key, start, end, points, hold = 0 } = query;
  const isWhole = [key, start, end, points, hold].every(Number.isSafeInteger);
  if (!isWhole || points < 1 || points > mostPoints || hold < 0) {
    throw new RangeError(`Cannot draw key ${key} from ${start} to ${end} in ${points} points with hold ${hold}: whole numbers, 1 to ${mostPoints} points`);
  }
  const width = Math.max(1, Math.ceil((end - start) / points));
  const course = new CourseFiller(Math.max(0, Math.ceil((end - start) / width)), start, width, hold);
  if (end <= start) return course.finish();
  const where = `${keyIn([key])} AND ${within(start - hold, end)}`;
  const files = await filesOf(connection, folder, start - hold, end);
  const result = await connection.run(bucketsOf(await newestOf(connection, files, where), start, width));
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const [bucket, last] = [0, 4].map((column) => halvesOf(itemsOf(chunk.getColumnVector(column), BigInt64Array)));
    const [low, high, value] = [1, 2, 3].map((column) => itemsOf(chunk.getColumnVector(column), Float64Array));
    for (let row = 0; row < chunk.rowCount; row++) course.put(getInt64(bucket, row), low[row], high[row], value[row], getInt64(last, row));
  }
  return course.finish();
}

/** The query of one number a time, that of the highest sequence. */
async function newestOf(connection: Connection, files: string | null, where: string): Promise<string> {
  const opened = `${openNumbers} WHERE ${where}`;
  const newest = (numbers: string): string => `SELECT epoch_us(time) AS time, arg_max(value, sequence) AS value FROM (${numbers}) GROUP BY time`;
  if (files === null) return newest(opened);
  const sealed = `${sealedNumbers(files)} ${where}`;
  // A sealed day has one sample a time already: grouping it again would take as long as reading it.
  const isOpenEmpty = (await select(connection, `SELECT 1 FROM samples WHERE ${where} LIMIT 1`)).length === 0;
  return isOpenEmpty ? `SELECT epoch_us(time) AS time, value FROM (${sealed})` : newest(`${opened} UNION ALL ${sealed}`);
}

/** Rows of bucket, lowest, highest, last value and its time, in order of bucket. */
function bucketsOf(newest: string, start: number, width: number): string {
  // Before the start there is one bucket, -1, of which the last value counts only.
  return `
    SELECT CASE WHEN time < ${start} THEN -1 ELSE (time - ${start}) // ${width} END AS bucket,
      coalesce(min(value) FILTER (NOT isnan(value)), 'nan'::DOUBLE), coalesce(max(value) FILTER (NOT isnan(value)), 'nan'::DOUBLE),
      arg_max(value, time), max(time)
    FROM (${newest}) GROUP BY bucket ORDER BY bucket`;
}

/** The texts of a signal where they change, in order of time. */
export interface Changes {
  readonly times: Float64Array;
  readonly texts: readonly string[];
  /** There were more than `limit`: these are the newest of them. */
  readonly isCut: boolean;
}

export interface ChangesQuery {
  readonly key: number;
  readonly start: number;
  readonly end: number;
  readonly limit: number;
}

/**
 * Where a signal's text changes with start <= time < end, the first one included; one a time, those of
 * bad quality left out. To be called in a transaction.
 */
export async function readChanges(connection: Connection, folder: string, { key, start, end, limit }: ChangesQuery): Promise<Changes> {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > mostPoints) throw new RangeError(`Cannot list ${limit} changes of key ${key}: 1 to ${mostPoints}`);
  if (end <= start) return { times: new Float64Array(), texts: [], isCut: false };
  const texts = await textsOf(connection, folder, { keys: [key], start, end });
  const rows = await select(
    connection,
    `WITH newest AS (SELECT time, arg_max(text, sequence) AS text, arg_max(usable, sequence) AS usable FROM (${texts}) GROUP BY time),
       changes AS (SELECT time, text FROM newest WHERE usable QUALIFY text IS DISTINCT FROM lag(text) OVER (ORDER BY time))
     SELECT time, text FROM changes ORDER BY time DESC LIMIT ${limit + 1}`,
  );
  const kept = rows.slice(0, limit).toReversed();
  return { times: Float64Array.from(kept, ({ time }) => Number(time)), texts: kept.map(({ text }) => String(text)), isCut: rows.length > limit };
}

/** Buckets as they come, in order; what lies between them holds the value before as long as it may. */
class CourseFiller {
  readonly #start: number;
  readonly #width: number;
  readonly #hold: number;
  readonly #course: StoredCourse;
  #next = 0;
  #value = NaN;
  #until = -Infinity;

  constructor(buckets: number, start: number, width: number, hold: number) {
    this.#start = start;
    this.#width = width;
    this.#hold = hold;
    const times = Float64Array.from({ length: buckets }, (_, bucket) => start + bucket * width);
    this.#course = { times, low: new Float64Array(buckets).fill(NaN), high: new Float64Array(buckets).fill(NaN) };
  }

  put(bucket: number, low: number, high: number, last: number, time: number): void {
    this.#holdUpTo(bucket);
    if (bucket >= 0) {
      this.#course.low[bucket] = low;
      this.#course.high[bucket] = high;
    }
    this.#next = bucket + 1;
    this.#value = last;
    this.#until = time + this.#hold;
  }

  finish(): StoredCourse {
    this.#holdUpTo(this.#course.times.length);
    return this.#course;
  }

  #holdUpTo(bucket: number): void {
    for (let at = Math.max(0, this.#next); at < bucket && this.#start + at * this.#width <= this.#until; at++) {
      this.#course.low[at] = this.#value;
      this.#course.high[at] = this.#value;
    }
  }
}
