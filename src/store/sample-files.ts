import { renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { MillraceError } from "../errors.ts";
import { copyOpenDays, dayOf, inwardFault, listedDays, setDayAside, type SealedDay } from "./archive.ts";
import { letGoOfBlocks, openDatabase, select, transaction, type Connection, type Database } from "./duckdb.ts";
import { syncDirectory, syncFile } from "./files.ts";
import { openSamples } from "./open-samples.ts";
import { salvage } from "./salvage.ts";
import { SequenceFile } from "./sequence-file.ts";
import { firstLine, isDamage, isInvalidated, storageError } from "./storage-error.ts";

/**
 * Commits after which the log is emptied: each takes about half a millisecond to read again at a start,
 * however small it is. A log of more bytes than this is emptied soon after a start.
 */
const mostCommits = 1000;
const longLog = 128 * 1024;
/** What the database keeps of blocks that are on the disk when its log is emptied: the newest, which blocks that end are read from. */
const keptMiB = 32;

interface Open {
  readonly database: Database;
  readonly writer: Connection;
}

/**
 * The files of the sample store while they are open: one writer, any number of readers.
 *
 * After a failure the driver cannot go on from, the next use opens the files again. A reader that
 * meets an unreadable day sets it aside and reads what is left; one that meets damage in the open days
 * fails, and the next use finds what could be salvaged of them.
 */
export class SampleFiles {
  readonly directory: string;
  readonly folder: string;
  /** What had to be repaired or set aside since the start, in sentences. */
  readonly notices: string[] = [];
  readonly #memoryLimitMiB: number;
  #open: Open | undefined;
  #reopening: Promise<Open> | undefined;
  #sequenceFile: SequenceFile | undefined;
  #isClosed = false;
  #damage: string | undefined; // why the next use must salvage the database first
  #log = ""; // which file the log is
  #commits = 0; // since the log was emptied
  #lettingGo: Promise<void> | undefined;
  readonly #active = new Set<Promise<unknown>>();
  readonly #replaced = new Set<string>();

  constructor(directory: string, memoryLimitMiB: number) {
    this.directory = directory;
    this.folder = join(directory, "samples");
    this.#memoryLimitMiB = memoryLimitMiB;
  }

  get #logPath(): string {
    return join(this.directory, "samples.duckdb.wal");
  }

  /** Opens the files; tells the highest sequence ever given, as far as they know. */
  async open(): Promise<number> {
    const { database, connection, sequence, notices } = await openSamples(this.directory, this.#memoryLimitMiB);
    this.#open = { database, writer: connection };
    this.notices.push(...notices);
    this.syncNewLog();
    if ((statSync(this.#logPath, { throwIfNoEntry: false })?.size ?? 0) > longLog) this.#commits = mostCommits;
    this.#sequenceFile = new SequenceFile(this.directory);
    return sequence;
  }

  /** Runs one transaction of the only writer of samples, the last numbered `sequence`; on return it is on the disk. */
  async durably(sequence: number, work: (connection: Connection) => Promise<void>): Promise<void> {
    const { writer } = await this.#ready();
    try {
      await transaction(writer, () => work(writer));
      this.syncNewLog();
      this.#sequenceFile?.write(sequence);
      this.#commits++;
    } catch (error) {
      if (!(await isAlive(writer))) this.#closeDatabase();
      throw error;
    }
  }

  /**
   * Empties the log once reading it again would hold up a start, and then keeps no more of what is on the
   * disk than is soon read again; to be called between two commits. Never rejects.
   */
  async tidy(): Promise<void> {
    if (this.#commits < mostCommits || this.#open === undefined) return;
    const { writer } = this.#open;
    try {
      await writer.run("CHECKPOINT");
      this.#commits = 0;
      // Who reads may need the room: then after a later one.
      if (this.#active.size > 0) return;
      this.#lettingGo = letGoOfBlocks(writer, keptMiB, this.#memoryLimitMiB).finally(() => (this.#lettingGo = undefined));
      await this.#lettingGo;
    } catch {
      // While others read it may be refused: then after the next commit. What fails for good, that commit tells of.
      if (!(await isAlive(writer))) this.#closeDatabase();
    }
  }

  /** Runs `work` on a connection of its own. */
  async use<T>(action: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    const open = await this.#ready();
    const run = async (): Promise<T> => {
      const connection = await open.database.connect();
      try {
        return await work(connection);
      } finally {
        connection.closeSync();
      }
    };
    const running = run();
    this.#active.add(running);
    try {
      return await running;
    } catch (error) {
      if (this.#open === open) {
        if (isDamage(error)) this.#damage = firstLine(error);
        if (isInvalidated(error) || this.#damage !== undefined) this.#closeDatabase();
      }
      throw storageError(action, error);
    } finally {
      this.#active.delete(running);
      this.#removeReplaced();
    }
  }

  /** Reads in one transaction, so that open rows and listed files are of one moment. */
  async read<T>(action: string, start: number, end: number, work: (connection: Connection) => Promise<T>): Promise<T> {
    return await this.use(action, async (connection) => {
      for (;;) {
        try {
          return await transaction(connection, () => work(connection));
        } catch (error) {
          if (isInvalidated(error) || error instanceof RangeError || !(await this.#setUnreadableAside(connection, start, end))) throw error;
        }
      }
    });
  }

  /** A listed day if its file is whole; else sets it aside. */
  async readable(connection: Connection, sealed: SealedDay | undefined): Promise<SealedDay | undefined> {
    if (sealed === undefined) return undefined;
    const fault = await inwardFault(connection, this.folder, sealed);
    if (fault === null) return sealed;
    this.notices.push(await setDayAside(connection, this.directory, sealed, fault));
    return undefined;
  }

  /**
   * Writes the database of open days anew, without what was deleted from it: a database keeps its free
   * pages as they were. To be called while nothing is committed; readers wait. A crash leaves the one or the other.
   */
  async rewrite(): Promise<void> {
    const open = await this.#ready();
    this.#open = undefined;
    this.#reopening = this.#rewritten(open).finally(() => (this.#reopening = undefined));
    await this.#reopening;
  }

  async #rewritten({ database, writer }: Open): Promise<Open> {
    await Promise.allSettled(this.#active);
    const path = join(this.directory, "samples.duckdb");
    const draft = `${path}.new`;
    for (const left of [draft, `${draft}.wal`]) rmSync(left, { force: true });
    try {
      await copyOpenDays(writer, draft);
      await writer.run("CHECKPOINT"); // the old log would be read into the new database
      syncFile(draft);
    } finally {
      writer.closeSync();
      database.closeSync();
    }
    rmSync(this.#logPath, { force: true });
    renameSync(draft, path);
    syncDirectory(this.directory);
    return await this.#reopen();
  }

  /** Removes a file that a merged one took the place of, once nobody reads it any more. */
  replace(file: string): void {
    this.#replaced.add(file);
  }

  isReplaced(file: string): boolean {
    return this.#replaced.has(file);
  }

  /** The log is made anew after a checkpoint; its name must survive a power cut as its content does. */
  syncNewLog(): void {
    const { ino = 0, birthtimeMs = 0 } = statSync(this.#logPath, { throwIfNoEntry: false }) ?? {};
    const log = `${ino} ${birthtimeMs}`; // the number of a file that is gone may be given again
    if (log === this.#log) return;
    syncDirectory(this.directory);
    this.#log = log;
  }

  /** Waits for readers, then leaves the files for another process to open. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#active);
    this.#closeDatabase();
    this.#sequenceFile?.close();
  }

  async #ready(): Promise<Open> {
    if (this.#isClosed) throw new MillraceError("store.closed", "Cannot use the samples: the site is closed", { hint: "Open the site again." });
    await this.#lettingGo?.catch(() => {});
    return this.#open ?? (await (this.#reopening ??= this.#reopen().finally(() => (this.#reopening = undefined))));
  }

  async #reopen(): Promise<Open> {
    await Promise.allSettled(this.#active); // opened twice in one process, a file would have no lock
    try {
      if (this.#damage !== undefined) {
        this.notices.push(...(await salvage(this.directory, this.#memoryLimitMiB, this.#damage)));
        this.#damage = undefined;
      }
      const database = await openDatabase(join(this.directory, "samples.duckdb"), this.#memoryLimitMiB);
      this.#open = { database, writer: await database.connect() };
      this.#log = "";
      this.syncNewLog();
      return this.#open;
    } catch (error) {
      throw storageError("open the samples again", error);
    }
  }

  #closeDatabase(): void {
    this.#open?.writer.closeSync();
    this.#open?.database.closeSync();
    this.#open = undefined;
    this.#removeReplaced();
  }

  async #setUnreadableAside(connection: Connection, start: number, end: number): Promise<boolean> {
    let found = false;
    for (const sealed of await listedDays(connection, dayOf(start), dayOf(end))) {
      if ((await this.readable(connection, sealed)) === undefined) found = true;
    }
    return found;
  }

  #removeReplaced(): void {
    if (this.#active.size > 0) return;
    for (const file of this.#replaced) rmSync(join(this.folder, file), { force: true });
    this.#replaced.clear();
  }
}

async function isAlive(connection: Connection): Promise<boolean> {
  try {
    await select(connection, "SELECT count(*) FROM format");
    return true;
  } catch {
    return false;
  }
}
