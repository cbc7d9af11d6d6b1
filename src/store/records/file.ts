import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { MillraceError } from "../../errors.ts";
import type { Id } from "../../schema/id.ts";
import type { Micros } from "../../schema/time.ts";
import { storageError } from "../storage-error.ts";
import { formatOf, migrate, newer, readMigrations } from "../migrate.ts";
import { backUp, writeNumbered } from "./copy.ts";
import { nextLedgerKey, openLedgerKey, type LedgerKey } from "../ledger-key.ts";
import type { Fact, SettledFact } from "./facts.ts";
import { Safety } from "./safety.ts";
import { currentKey, settled } from "./settle.ts";
import { damaged, isDamage, recordsError, Sql } from "./sql.ts";

/** The file of the records: opened, written, copied, and made again from its copy and journal when it is damaged. */
export class RecordsFile {
  readonly #path: string;
  readonly #isReadOnly: boolean;
  readonly #safety: Safety;
  readonly #directory: string;
  readonly #notices: string[] = [];
  #key: LedgerKey | undefined;
  #database: DatabaseSync | undefined;
  #sql: Sql | undefined;

  constructor(directory: string, options: { readonly readOnly?: boolean } = {}) {
    this.#directory = directory;
    this.#path = join(directory, "records.sqlite");
    this.#isReadOnly = options.readOnly ?? false;
    this.#safety = new Safety(directory);
  }

  /**
   * Opens the file and brings it to the newest format; one that is damaged or gone is made again from
   * its copy and journal. Tells what was repaired, in sentences.
   * Throws `store.newer`, and `store.records-damaged` when there is nothing to make it from: then it is not touched.
   */
  open(): readonly string[] {
    try {
      this.#begin();
    } catch (error) {
      if (this.#isReadOnly || !isDamage(error)) throw error;
      this.heal(error);
    }
    return this.#notices;
  }

  /** What had to be repaired since the start, in sentences. */
  notices(): readonly string[] {
    return this.#notices;
  }

  /** Makes records that were found damaged again, from their copy and journal. Throws `damage` itself when it cannot. */
  heal(damage: Error): void {
    if (this.#isReadOnly || !this.#safety.canRestore()) throw damage;
    this.#shut();
    try {
      this.#notices.push(...this.#safety.restore(damage));
    } catch (error) {
      const failure = storageError("make the records again", error);
      throw failure instanceof MillraceError && failure.code === "store.disk-full" ? failure : damage;
    }
    this.#begin();
  }

  #begin(): void {
    try {
      const database = new DatabaseSync(this.#path, { readOnly: this.#isReadOnly, enableForeignKeyConstraints: true, timeout: 5000 });
      this.#database = database;
      if (this.#isReadOnly) requireNewest(database);
      else {
        const format = formatOf(database);
        const isNew = format === 0;
        if (isNew && this.#safety.canRestore()) throw damaged("it is gone or empty");
        prepare(database);
        this.#notices.push(...this.#safety.begin(database, isNew, format < readMigrations().length));
        this.#safety.whenDue(() => this.#keepCopy());
      }
      this.#sql = new Sql(database);
    } catch (error) {
      this.#shut();
      throw recordsError(error);
    }
  }

  /** A copy that fails is tried again later; damage that it finds is repaired by the copy before. */
  #keepCopy(): void {
    try {
      if (this.#database !== undefined) this.#safety.copyIfDue(this.#database);
    } catch (error) {
      const failure = recordsError(error);
      if (isDamage(failure) && this.#safety.canRestore()) this.heal(failure);
    }
  }

  /**
   * Writes facts in one transaction: on return all survive a power cut; if one is refused, none is
   * written. Throws TypeError for a value its schema refuses, `store.revision-conflict` for another
   * content under an existing revision or digest, `store.disk-full`.
   */
  write(facts: readonly Fact[]): void {
    const { sql } = this;
    let written: readonly SettledFact[] = [];
    sql.transaction(() => {
      written = settled(sql, facts, (current) => this.#keyFor(current));
      writeNumbered(sql, { number: this.#safety.next, facts: written });
    });
    this.#safety.wrote(written);
    this.#safety.whenDue(() => this.#keepCopy());
  }

  /**
   * Leaves nothing of what was deleted: in the file's free pages, its log, the copy and the journal, which
   * are all written anew. Throws what the disk does; to be called again then.
   */
  purge(): void {
    const database = this.#database;
    if (database === undefined) throw new MillraceError("store.closed", "Cannot purge the records: they are closed", { hint: "Open the site again." });
    try {
      database.exec("VACUUM");
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      this.#safety.outdated();
      this.#safety.copyIfDue(database);
    } catch (error) {
      throw recordsError(error);
    }
  }

  /** The key that signs the ledger, made when there is none. Throws `store.ledger-key`. */
  get ledgerKey(): LedgerKey {
    return this.#keyFor(currentKey(this.sql));
  }

  /** Signs with a new key from now on; the line that names it is the last that the key before signs. */
  rotateKey(line: { readonly site: Id; readonly at: Micros }): void {
    this.#key = this.ledgerKey; // the one that vouches for the next, before that lies beside it
    const { key, commit } = nextLedgerKey(this.#directory);
    this.write([{ append: "ledger", value: { kind: "key", ...line, publicKey: key.publicKey } }]);
    commit();
    this.#key = key;
  }

  #keyFor(current: string | null): LedgerKey {
    return (this.#key ??= openLedgerKey(this.#directory, current));
  }

  /** Writes all records as of one moment into a new file, whole and on the disk on return; other calls go on meanwhile. */
  async backup(target: string): Promise<void> {
    for (let isSecond = false; ; isSecond = true) {
      if (this.#database === undefined) throw new MillraceError("store.closed", "Cannot back up the records: they are closed", { hint: "Open the site again." });
      const failure = await backUp(this.#database, target);
      if (failure === null) return;
      if (isSecond || !isDamage(failure)) throw failure;
      this.heal(failure);
    }
  }

  close(): void {
    this.#keepCopy();
    this.#shut();
  }

  #shut(): void {
    this.#safety.close();
    this.#database?.close();
    this.#database = undefined;
    this.#sql = undefined;
  }

  /** Queries and writes; throws `store.closed` while it is not open. */
  get sql(): Sql {
    if (this.#sql !== undefined) return this.#sql;
    throw new MillraceError("store.closed", "Cannot use the records: they are closed", { hint: "Open the site again." });
  }
}

function prepare(database: DatabaseSync): void {
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL"); // NORMAL would lose the last commits in a power cut
  migrate(database);
}

function requireNewest(database: DatabaseSync): void {
  const newest = readMigrations().length;
  const version = formatOf(database);
  if (version > newest) throw newer(version, newest);
  if (version < newest) throw new RangeError(`Cannot read the records: format ${version}, needs ${newest}; open the site for writing first`);
}
