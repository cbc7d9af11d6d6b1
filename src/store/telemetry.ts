import { readdirSync } from "node:fs";
import { join } from "node:path";
import { day } from "../schema/lengths.ts";
import type { Origin } from "../schema/origin.ts";
import { copyOpenDays, dayOf, inwardFault, listedDays, outwardFault } from "./archive.ts";
import type { Appended, Batch } from "./batch.ts";
import { CommitQueue } from "./commit-queue.ts";
import { readChanges, readCourse, type Changes, type ChangesQuery, type CourseQuery, type StoredCourse } from "./course.ts";
import { select, transaction } from "./duckdb.ts";
import { copyOne } from "./files.ts";
import { forgetSamples, type SampleSpan } from "./forget-samples.ts";
import { GridRows, type RowsQuery } from "./grid-rows.ts";
import { readExtents, readLast, readTouched, type Extent, type ExtentsQuery, type LastSample, type TouchedQuery } from "./newest.ts";
import { SampleFiles } from "./sample-files.ts";
import { readHighestKey, readHighestSequence, readOrigins, readSeries, readSpan, readSpanWithin, readTexts, scanNumbers, type ScanQuery, type Series, type Span } from "./scan.ts";
import { sealDay, unsealedDays } from "./seal.ts";

/** One signal's samples with start <= time < end, in microseconds UTC. */
export interface SeriesQuery {
  readonly key: number;
  readonly start: number;
  readonly end: number;
}

/** What `check` found: what is stored, and what is wrong with it, in sentences. */
export interface TelemetryCheck {
  readonly openSamples: number;
  readonly sealedDays: { day: string; samples: number; bytes: number }[];
  readonly problems: string[];
}

/**
 * The samples of a site: open days in DuckDB, sealed days in one Parquet file each.
 *
 * Nothing is unique in the open table. Readers take, of equal (key, time), the highest sequence;
 * sealing drops the rest. A value of quality `bad` or `bad-clock`, or an infinite one, reads as NaN:
 * it is kept, and in the Parquet files as it came, but never used.
 */
export class Telemetry {
  readonly #files: SampleFiles;
  readonly #queue: CommitQueue;
  readonly #sealedDays = new Set<string>();
  #sealing: Promise<unknown> = Promise.resolve();

  constructor(directory: string, options: { readonly memoryLimitMiB: number }) {
    this.#files = new SampleFiles(directory, options.memoryLimitMiB);
    this.#queue = new CommitQueue(this.#files);
  }

  /** Opens the files, repairs or sets aside what it must; tells what that was, in sentences. */
  async open(): Promise<string[]> {
    this.#queue.raise(await this.#files.open());
    const days = await this.#files.use("list the sealed days", (connection) => listedDays(connection));
    for (const { day: name } of days) this.#sealedDays.add(name);
    return this.#files.notices;
  }

  /** For when samples are lost but records remember their numbers: none up to `floor` is given again. */
  raiseSequence(floor: number): void {
    this.#queue.raise(floor);
  }

  /** What had to be repaired or set aside since the start, in sentences. */
  notices(): readonly string[] {
    return this.#files.notices;
  }

  /**
   * Stores a batch; it survives `kill -9` and a power cut once the promise resolves.
   *
   * Commits at once when idle; what arrives while a commit runs shares the next one. All of a batch is
   * stored or none. Throws `store.disk-full` or `store.disk-failed`, with nothing acknowledged, and
   * RangeError for a malformed batch.
   */
  async append(batch: Batch): Promise<Appended> {
    const appended = await this.#queue.append(batch);
    return { ...appended, late: this.#countLate(batch) };
  }

  /**
   * Values on a grid: ticks × keys, row-major, NaN for unknown; `sequence` is the highest of the
   * samples in [start, end), 0 without any. At most 67 million cells at once.
   */
  async rows(query: RowsQuery): Promise<{ times: Float64Array; values: Float64Array; sequence: number }> {
    const { keys, start, end } = query;
    return await this.#files.read("read rows", start - query.hold, end, async (connection) => {
      const grid = new GridRows(query);
      let highest = 0;
      await scanNumbers(connection, this.#files.folder, { keys, start: grid.from, end }, (key, time, value, sequence) => {
        grid.add(key, time, value, sequence);
        if (time >= start && sequence > highest) highest = sequence;
      });
      return { ...grid.finish(), sequence: highest };
    });
  }

  /** One signal's numbers in time order, one a time; NaN where one may not be used. */
  async series({ key, start, end }: SeriesQuery): Promise<Series> {
    return (await this.seriesOf({ keys: [key], start, end }))[0];
  }

  /** The same of several signals at once, in the order of the keys: one look at the files, however many they are. */
  async seriesOf(query: ScanQuery): Promise<Series[]> {
    return await this.#files.read("read series", query.start, query.end, (connection) => readSeries(connection, this.#files.folder, query));
  }

  /** One signal's texts in time order, one a time; those of bad quality are left out. */
  async texts({ key, start, end }: SeriesQuery): Promise<{ times: Float64Array; texts: string[] }> {
    return await this.#files.read("read texts", start, end, (connection) => readTexts(connection, this.#files.folder, { keys: [key], start, end }));
  }

  /** One signal's lowest and highest values in buckets, for a chart. Throws RangeError for more than 100,000 points. */
  async course(query: CourseQuery): Promise<StoredCourse> {
    const from = query.start - (query.hold ?? 0);
    return await this.#files.read("draw a course", from, query.end, (connection) => readCourse(connection, this.#files.folder, query));
  }

  /** Where one signal's text changes, for a chart: at most `limit`, the newest. */
  async changes(query: ChangesQuery): Promise<Changes> {
    return await this.#files.read("read changes", query.start, query.end, (connection) => readChanges(connection, this.#files.folder, query));
  }

  /** The highest key that samples are stored under; 0 without any. */
  async highestKey(): Promise<number> {
    return await this.#files.use("read the keys", (connection) => readHighestKey(connection, this.#files.folder));
  }

  /** From the first sample of these signals to the last, both included; repeats not yet sealed count. */
  async span(keys: readonly number[]): Promise<Span | null> {
    return await this.#files.use("read a span", (connection) => readSpan(connection, this.#files.folder, keys));
  }

  /** From the first to the last sample of some signals with start <= time < end, both included, of whatever quality. */
  async spanWithin(query: ScanQuery): Promise<Pick<Span, "start" | "end"> | null> {
    return await this.#files.read("read a span", query.start, query.end, (connection) => readSpanWithin(connection, this.#files.folder, query));
  }

  /** The highest sequence of the samples with start <= time < end, texts included; 0 without any. */
  async highestSequence(query: ScanQuery): Promise<number> {
    return await this.#files.read("read sequences", query.start, query.end, (connection) => readHighestSequence(connection, this.#files.folder, query));
  }

  /** Who made the samples with start <= time < end, texts included: each origin once. */
  async origins(query: ScanQuery): Promise<Origin[]> {
    return await this.#files.read("read origins", query.start, query.end, (connection) => readOrigins(connection, this.#files.folder, query));
  }

  /** For each of some stretches the highest sequence of its samples above a number; 0 without any. Reads only what is newer. */
  async touched(query: TouchedQuery): Promise<Float64Array> {
    return await this.#files.use("read what is new", (connection) => transaction(connection, () => readTouched(connection, this.#files.folder, query)));
  }

  /** Every number up to this one is either stored or will never be. */
  sequence(): number {
    return this.#queue.committed;
  }

  /** The last sample of each signal, before a time and from another on if they are given; signals without one are left out. */
  async last(keys: readonly number[], before = 2 ** 53 - 1, from?: number): Promise<LastSample[]> {
    return await this.#files.use("read the last samples", (connection) => readLast(connection, this.#files.folder, keys, before, from));
  }

  /** From the first to the last usable sample of some signals, in each span of a width that has any, in order of time. */
  async extents(query: ExtentsQuery): Promise<Extent[]> {
    return await this.#files.read("read where samples are", query.start, query.end, (connection) => readExtents(connection, this.#files.folder, query));
  }

  /**
   * Moves every whole UTC day that ended at or before `before` into a Parquet file of its own, and
   * merges late samples of a sealed day into a new file. Returns the paths of the files made.
   */
  async seal(before: number): Promise<string[]> {
    const work = this.#sealing.then(() => this.#sealAll(before));
    this.#sealing = work.catch(() => {});
    return await work;
  }

  /**
   * Writes the samples as of now into a directory: open days as `samples.duckdb`, sealed days beside it.
   * Appends go on; what they add is not in it.
   */
  async backup(target: string): Promise<{ openSamples: number; sealedSamples: number; sealedDays: number }> {
    return await this.#files.use("back up the samples", async (connection) => {
      const { openSamples, days } = await copyOpenDays(connection, join(target, "samples.duckdb"));
      // A day that is sealed anew meanwhile keeps its file until this is done.
      for (const { file } of days) await copyOne(join(this.#files.folder, file), join(target, "samples", file));
      return { openSamples, sealedSamples: days.reduce((sum, { samples }) => sum + samples, 0), sealedDays: days.length };
    });
  }

  /** Reads every sealed file and compares it with what was written. Cost: the whole archive. */
  async check(): Promise<TelemetryCheck> {
    const { directory, folder } = this.#files;
    return await this.#files.use("check the samples", async (connection) => {
      const days = await listedDays(connection);
      const problems: string[] = [];
      for (const sealed of days) {
        const fault = outwardFault(folder, sealed) ?? (await inwardFault(connection, folder, sealed));
        if (fault !== null) problems.push(`samples/${sealed.file} cannot be trusted: ${fault}`);
      }
      const listed = new Set(days.map(({ file }) => file));
      for (const file of readdirSync(folder)) {
        if (!listed.has(file) && !this.#files.isReplaced(file)) problems.push(`samples/${file} is not listed and is ignored`);
      }
      for (const file of readdirSync(join(directory, "set-aside"))) problems.push(`set-aside/${file} could not be read`);
      const [{ open }] = await select(connection, "SELECT (SELECT count(*) FROM samples) + (SELECT count(*) FROM texts) AS open");
      const sealedDays = days.map(({ day: name, samples, bytes }) => ({ day: name, samples, bytes }));
      return { openSamples: Number(open), sealedDays, problems };
    });
  }

  /**
   * Takes samples away for good: out of the open days, their log and free pages, and out of the files of sealed
   * days, which are written anew. Appends wait meanwhile. A call that was cut off is made again. Tells how many were taken out.
   * Cost: reads the days that are touched, writes them and the open days anew.
   */
  async forget(spans: readonly SampleSpan[]): Promise<number> {
    const work = this.#sealing.then(async () => {
      const done = await this.#files.use("forget samples", (connection) => forgetSamples(connection, this.#files.folder, spans, async (sealed) => (await this.#files.readable(connection, sealed)) !== undefined));
      for (const file of done.replaced) this.#files.replace(file);
      await this.#queue.alone(() => this.#files.rewrite());
      return done.samples;
    });
    this.#sealing = work.catch(() => {});
    return await work;
  }

  /** Bytes that the database holds, which keeps to its own limit. */
  async databaseMemory(): Promise<number> {
    const sql = "SELECT coalesce(sum(memory_usage_bytes), 0)::BIGINT AS bytes FROM duckdb_memory()";
    const [{ bytes }] = await this.#files.use("ask for the memory of the samples", (connection) => select(connection, sql));
    return Number(bytes);
  }

  /** Waits for what is under way, then leaves the files for another process to open. */
  async close(): Promise<void> {
    await this.#queue.settled();
    await this.#sealing;
    await this.#files.close();
  }

  async #sealAll(before: number): Promise<string[]> {
    const { signalPaths } = await import("./signal-paths.ts"); // it reads the records, with all that takes
    const names = signalPaths(this.#files.directory);
    return await this.#files.use("seal a day", async (connection) => {
      const made: string[] = [];
      for (const name of await unsealedDays(connection, before)) {
        const [listed] = await listedDays(connection, name, name);
        const existing = await this.#files.readable(connection, listed);
        const sealed = await sealDay(connection, this.#files.folder, name, existing, this.#queue.committed, names);
        this.#files.syncNewLog();
        this.#sealedDays.add(name);
        if (existing !== undefined) this.#files.replace(existing.file);
        made.push(join(this.#files.folder, sealed.file));
      }
      return made;
    });
  }

  #countLate({ series = [], mixed, texts = [] }: Batch): number {
    if (this.#sealedDays.size === 0) return 0;
    let number = NaN;
    let isSealed = false;
    const isLate = (time: number): boolean => {
      if (Math.floor(time / day) === number) return isSealed;
      number = Math.floor(time / day);
      isSealed = this.#sealedDays.has(dayOf(time));
      return isSealed;
    };
    let late = 0;
    const numbers = mixed === undefined ? series : [...series, mixed];
    for (const { times, values } of numbers) times.forEach((time, index) => (late += !Number.isNaN(values[index]) && isLate(time) ? 1 : 0));
    for (const { times } of texts) for (const time of times) late += isLate(time) ? 1 : 0;
    return late;
  }
}
