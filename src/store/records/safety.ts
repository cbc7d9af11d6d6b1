import type { DatabaseSync } from "node:sqlite";
import type { SettledFact } from "./facts.ts";
import { copyBytes, hasCopy, keepCopy, missingOf, replay, restoreRecords, writesIn } from "./copy.ts";
import { Journal } from "./journal.ts";
import { Sql } from "./sql.ts";

/** A journal shorter than this is never worth a new copy. */
const leastJournal = 8 * 2 ** 20;
/** After opening, a copy that is due waits until the site is ready; after a failure (a full disk) longer. */
const soon = 5000;
const later = 600_000;

/**
 * What makes damaged records whole again: a copy of them, verified when made, and a journal of the
 * writes since. Together they hold every acknowledged fact; the copy is made anew as the journal grows.
 */
export class Safety {
  readonly #directory: string;
  readonly #journal: Journal;
  #writes = 0;
  #isDue = false;
  #isWhole = true; // the journal has every write since the copy
  #timer: NodeJS.Timeout | undefined;

  constructor(directory: string) {
    this.#directory = directory;
    this.#journal = new Journal(directory);
  }

  /** The number of the next write. */
  get next(): number {
    return this.#writes + 1;
  }

  /** True when there is a past that an empty or damaged database can be given back. */
  canRestore(): boolean {
    return hasCopy(this.#directory) || (this.#journal.first() === 0 && (this.#journal.last() ?? 0) > 0);
  }

  /** Makes the records again, with the database closed; tells what was done and what is missing. */
  restore({ message }: Error): string[] {
    this.#journal.close();
    const why = /\((.*)\)$/.exec(message)?.[1] ?? message;
    return restoreRecords(this.#directory, (number) => this.#journal.linesAfter(number), why);
  }

  /** Starts with an open database; writes again what its log had lost, and tells so. */
  begin(database: DatabaseSync, isNew: boolean, isMigrated: boolean): string[] {
    const sql = new Sql(database);
    const before = writesIn(sql);
    const last = this.#journal.last();
    const notices: string[] = [];
    if (last !== null && last > before) {
      const replayed = replay(database, (number) => this.#journal.linesAfter(number));
      notices.push(`The records had lost their last ${last - before} writes; ${replayed.written} of them were written again from records.journal`, ...missingOf(replayed));
    }
    this.#writes = writesIn(sql);
    try {
      if (isNew && last === null) this.#journal.restart(0);
      else this.#journal.resume();
      this.#isWhole = true;
    } catch {
      this.#isWhole = false; // a full disk, which the first write will tell of
    }
    // A process killed between a commit and its line, a site that never had a journal, and one brought to a newer format need a copy.
    this.#isDue = !this.#isWhole || (!isNew && (isMigrated || last !== this.#writes));
    return notices;
  }

  /** Notes a write that is committed. Never throws: what the journal cannot hold, the next copy does. */
  wrote(facts: readonly SettledFact[]): void {
    this.#writes++;
    if (!this.#isWhole) return;
    try {
      this.#journal.append(this.#writes, facts);
    } catch {
      this.#isWhole = false;
      this.#isDue = true;
    }
    if (this.#journal.bytes > Math.max(leastJournal, copyBytes(this.#directory) / 4)) this.#isDue = true;
  }

  /** Has `copy` called once a copy is due, when there is time. */
  whenDue(copy: () => void): void {
    if (!this.#isDue || this.#timer !== undefined) return;
    const tryAfter = (delay: number): void => {
      const attempt = (): void => {
        copy();
        this.#timer = undefined;
        if (this.#isDue) tryAfter(later);
      };
      this.#timer = setTimeout(attempt, delay).unref();
    };
    tryAfter(soon);
  }

  /** Says that the copy and the journal hold what must be in neither any more. */
  outdated(): void {
    this.#isDue = true;
  }

  /** Makes a new copy and begins the journal anew, if that is due. Throws what the database or the disk does. */
  copyIfDue(database: DatabaseSync): void {
    if (!this.#isDue) return;
    keepCopy(database, this.#directory);
    this.#journal.restart(this.#writes);
    this.#isDue = false;
    this.#isWhole = true;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#journal.close();
  }
}
