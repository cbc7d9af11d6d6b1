import type { Block } from "../../schema/block.ts";
import type { Id } from "../../schema/id.ts";
import type { Label } from "../../schema/label.ts";
import type { LedgerEntry, TurnLine } from "../../schema/ledger-entry.ts";
import type { LedgerHead } from "../../schema/ledger-head.ts";
import type { Signal } from "../../schema/signal.ts";
import type { Micros } from "../../schema/time.ts";
import type { Wheel } from "../../schema/wheel.ts";
import type { Fact } from "./facts.ts";
import { RecordsFile } from "./file.ts";
import { ledgerFacts, type LedgerFacts } from "./ledger-facts.ts";
import { ledgerLines, ledgerRows, signedHead, turnLine, type LedgerQuery, type LedgerRow } from "./ledger-rows.ts";
import { Persons, pseudonymOf } from "./persons.ts";
import { labelsAsOf, revisionOf } from "./revisions.ts";
import type { Sql } from "./sql.ts";

/**
 * The part of the records that is about the file itself and about what was: how they are opened, written,
 * purged and backed up, the ledger, and earlier revisions.
 */
export abstract class Past {
  readonly #file: RecordsFile;
  #known: Persons | undefined;

  constructor(directory: string, options: { readonly readOnly?: boolean } = {}) {
    this.#file = new RecordsFile(directory, options);
  }

  /** Opens the file, repairing it if need be, and tells in sentences what was repaired. Throws what `RecordsFile.open` throws. */
  open(): readonly string[] {
    return this.#file.open();
  }

  /** What had to be repaired since the start, in sentences. */
  notices(): readonly string[] {
    return this.#file.notices();
  }

  /** Makes records that were found damaged again; throws `damage` itself when that cannot be. */
  heal(damage: Error): void {
    this.#known = undefined;
    this.#file.heal(damage);
  }

  /**
   * Writes facts in one transaction: on return all survive a power cut; if one is refused, none is
   * written. Throws TypeError for a value its schema refuses, `store.revision-conflict` for another
   * content under an existing revision or digest, `store.disk-full`.
   */
  write(facts: readonly Fact[]): void {
    this.#file.write(facts);
    if (facts.some(concernsNames)) this.#known = undefined;
  }

  /** Leaves nothing of what was taken away by `write`: in free pages, the log, the copy and the journal. Cost: writes the file and its copy anew. */
  purge(): void {
    this.#file.purge();
  }

  /** What SQLite finds wrong with its file, in its words; empty when nothing is. */
  check(): string[] {
    const found = this.sql.all("PRAGMA integrity_check(20)").map((row) => String(row["integrity_check"]));
    return found.length === 1 && found[0] === "ok" ? [] : found;
  }

  /** Writes all records as of one moment into a new file, whole and on the disk on return; other calls go on meanwhile. */
  async backup(target: string): Promise<void> {
    await this.#file.backup(target);
  }

  close(): void {
    this.#file.close();
  }

  protected get sql(): Sql {
    return this.#file.sql;
  }

  protected get persons(): Persons {
    return (this.#known ??= new Persons(this.sql));
  }

  /** A block as it was in a revision; `null` when it never was, or is forgotten. */
  blockRevision(id: Id, revision: number): Block | null {
    return revisionOf(this.sql, "block", id, revision);
  }

  wheelRevision(id: Id, revision: number): Wheel | null {
    return revisionOf(this.sql, "wheel", id, revision);
  }

  signalRevision(id: Id, revision: number): Signal | null {
    return revisionOf(this.sql, "signal", id, revision);
  }

  /** An asset's labels as they stood when the ledger had so many lines. */
  labelsAsOf(asset: Id, line: number): Label[] {
    return this.persons.labels(labelsAsOf(this.sql, asset, line));
  }

  /** Lines of the ledger in their order: all, or some kinds, or the newest of them. */
  ledger(query: LedgerQuery = {}): LedgerEntry[] {
    return ledgerLines(this.sql, query);
  }

  /** Lines as they lie in the file, for whoever verifies them. */
  ledgerRows({ from = 1 }: { from?: number } = {}): LedgerRow[] {
    return ledgerRows(this.sql, from);
  }

  turnLine(turn: Id): TurnLine | null {
    return turnLine(this.sql, turn);
  }

  lastLedger(): LedgerEntry | null {
    return ledgerLines(this.sql, { limit: 1 }).at(0) ?? null;
  }

  /** How far the ledger goes, signed by the site's key. Throws `store.ledger-key`. */
  ledgerHead(site: Id, at: Micros): LedgerHead {
    return signedHead(this.sql, site, at, this.#file.ledgerKey);
  }

  /** Has lines signed by a new key from now on, which the old one vouches for. */
  rotateLedgerKey(line: { readonly site: Id; readonly at: Micros }): void {
    this.#file.rotateKey(line);
  }

  /** Facts that lines of the ledger speak of, as they lie in the file: for whoever compares both. */
  ledgerFacts(): LedgerFacts {
    return ledgerFacts(this.sql);
  }

  /** The labels, in all revisions, that somebody has written a revision of; by pseudonym. */
  labelsBy(pseudonym: string): Label[] {
    const sql = "SELECT body FROM label WHERE id IN (SELECT id FROM label WHERE json_extract(body, '$.author') = ?) ORDER BY id, revision";
    return this.sql.bodies(sql, pseudonym);
  }

  /** Under which pseudonym somebody goes; `null` for a name that is not known. */
  pseudonymOf(name: string): string | null {
    return pseudonymOf(this.sql, name);
  }
}

/** Whether a fact may bring a new name, or take one away. */
const concernsNames = (fact: Fact): boolean => ("put" in fact ? ["label", "alarm", "person"].includes(fact.put) : "drop" in fact && fact.drop === "person");
