import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { MillraceError } from "../errors.ts";
import type { Alarm } from "../schema/alarm.ts";
import type { Asset } from "../schema/asset.ts";
import type { Baseline } from "../schema/baseline.ts";
import type { Block } from "../schema/block.ts";
import type { Event } from "../schema/event.ts";
import type { Digest, Id } from "../schema/id.ts";
import type { BlockLoss } from "../schema/judgement.ts";
import type { Label } from "../schema/label.ts";
import type { LedgerEntry } from "../schema/ledger-entry.ts";
import type { Model } from "../schema/model.ts";
import type { Part } from "../schema/part.ts";
import type { Question } from "../schema/question.ts";
import type { Signal } from "../schema/signal.ts";
import type { Site } from "../schema/site.ts";
import type { Turn } from "../schema/turn.ts";
import type { Wheel } from "../schema/wheel.ts";
import { storageError } from "./duckdb.ts";
import { formatOf, migrate, newer, readMigrations } from "./migrate.ts";
import { Champion, Judged, StoredSum, type Fact } from "./records/facts.ts";
import { backUp, writeNumbered } from "./records/copy.ts";
import { questionCounts, questionsOf, type QuestionQuery } from "./records/questions.ts";
import { Safety } from "./records/safety.ts";
import { damaged, isDamage, recordsError, Sql, Where, type SqlRow } from "./records/sql.ts";

/** The highest key that samples were ever stored under, where the records may not tell. */
const keyFloor = "records.signal-key-floor";

/**
 * Everything a site knows except samples and files: one SQLite file, read by named queries, written
 * by lists of facts.
 *
 * Of records with revisions, queries give the newest unless they say otherwise.
 */
export class Records {
  readonly #path: string;
  readonly #isReadOnly: boolean;
  readonly #safety: Safety;
  readonly #notices: string[] = [];
  #database: DatabaseSync | undefined;
  #sql: Sql | undefined;

  constructor(directory: string, options: { readonly readOnly?: boolean } = {}) {
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
        const isNew = formatOf(database) === 0;
        if (isNew && this.#safety.canRestore()) throw damaged("it is gone or empty");
        prepare(database);
        this.#notices.push(...this.#safety.begin(database, isNew));
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
    const sql = this.#open;
    sql.transaction(() => writeNumbered(sql, { number: this.#safety.next, facts }));
    this.#safety.wrote(facts);
    this.#safety.whenDue(() => this.#keepCopy());
  }

  site(): Site | null {
    return first(this.#open.bodies("SELECT body FROM site"));
  }

  assets(): Asset[] {
    return this.#open.bodies("SELECT body FROM asset ORDER BY id");
  }

  /** In order of key. */
  signals(asset?: Id): Signal[] {
    const where = new Where().and("asset = ?", asset);
    return this.#open.bodies(`SELECT body FROM signal WHERE newest = 1 AND ${where.sql} ORDER BY key`, ...where.values);
  }

  /** The smallest key above all in use: what the next new signal gets. */
  nextSignalKey(): number {
    return Math.max(this.#open.number("SELECT max(key) FROM signal") ?? 0, Number(this.setting(keyFloor) ?? 0)) + 1;
  }

  /** For when records are lost but samples are stored under their keys: none up to `floor` is given again. */
  raiseSignalKey(floor: number): void {
    if (floor >= this.nextSignalKey()) this.write([{ put: "setting", value: { name: keyFloor, text: String(floor) } }]);
  }

  wheels(): Wheel[] {
    return this.#open.bodies("SELECT body FROM wheel WHERE newest = 1 ORDER BY id");
  }

  wheel(idOrName: string): Wheel | null {
    const sql = "SELECT body FROM wheel WHERE newest = 1 AND (id = ?1 OR name = ?1) ORDER BY id = ?1 DESC, id DESC";
    return first(this.#open.bodies(sql, idOrName));
  }

  baselines(asset: Id): Baseline[] {
    return this.#open.bodies("SELECT body FROM baseline WHERE newest = 1 AND asset = ? ORDER BY id", asset);
  }

  part(id: Id): Part | null {
    return first(this.#open.bodies("SELECT body FROM part WHERE id = ?", id));
  }

  /** Blocks with since <= start < before, in order of id. */
  blocks({ asset, since, before }: { asset: Id; since?: number; before?: number }): Block[] {
    const where = new Where().and("asset = ?", asset).and("start >= ?", since).and("start < ?", before);
    return this.#open.bodies(`SELECT body FROM block WHERE newest = 1 AND ${where.sql} ORDER BY id`, ...where.values);
  }

  block(id: Id): Block | null {
    return first(this.#open.bodies("SELECT body FROM block WHERE newest = 1 AND id = ?", id));
  }

  /** The highest sample sequence that any block remembers; 0 without blocks. */
  highestBlockSequence(): number {
    return this.#open.number("SELECT max(sequence) FROM block") ?? 0;
  }

  /** Labels that overlap [start, end), in order of id; withdrawn ones only when asked for. */
  labels({ asset, start, end, includeWithdrawn = false }: { asset: Id; start?: number; end?: number; includeWithdrawn?: boolean }): Label[] {
    const where = new Where().and("asset = ?", asset).and('"end" > ?', start).and("start < ?", end);
    if (!includeWithdrawn) where.and("withdrawn = ?", 0);
    return this.#open.bodies(`SELECT body FROM label WHERE newest = 1 AND ${where.sql} ORDER BY id`, ...where.values);
  }

  /** All revisions of a label, oldest first. */
  labelHistory(id: Id): Label[] {
    return this.#open.bodies("SELECT body FROM label WHERE id = ? ORDER BY revision", id);
  }

  question(id: Id): Question | null {
    return first(this.#open.bodies("SELECT body FROM question WHERE newest = 1 AND id = ?", id));
  }

  /** All revisions of a question, oldest first. */
  questionHistory(id: Id): Question[] {
    return this.#open.bodies("SELECT body FROM question WHERE id = ? ORDER BY revision", id);
  }

  /** In the order they were asked in. */
  questions(query: QuestionQuery = {}): Question[] {
    return questionsOf(this.#open, query);
  }

  /** How many questions there are in each state, of all or of those asked from then on. */
  questionCounts(askedSince = 0): Record<Question["state"], number> {
    return questionCounts(this.#open, askedSince);
  }

  /** Events that last beyond `since`, in order of start; with a limit, the newest ones. */
  events({ wheel, block, since, limit }: { wheel?: Id; block?: Id; since?: number; limit?: number } = {}): Event[] {
    const where = new Where().and("wheel = ?", wheel).and("block = ?", block).and('("end" IS NULL OR "end" > ?)', since);
    const sql = `SELECT body FROM event WHERE ${where.sql} ORDER BY start DESC, id DESC LIMIT ?`;
    return this.#open.bodies<Event>(sql, ...where.values, limit ?? -1).toReversed();
  }

  event(id: Id): Event | null {
    return first(this.#open.bodies("SELECT body FROM event WHERE id = ?", id));
  }

  /** Alarms in order of `since`. */
  alarms({ state, event }: { state?: Alarm["state"]; event?: Id } = {}): Alarm[] {
    const where = new Where().and("state = ?", state).and("event = ?", event);
    return this.#open.bodies(`SELECT body FROM alarm WHERE ${where.sql} ORDER BY since, id`, ...where.values);
  }

  alarm(id: Id): Alarm | null {
    return first(this.#open.bodies("SELECT body FROM alarm WHERE id = ?", id));
  }

  /** Alarms that somebody still has to look at, or that may come back: all that are not done, in order of `since`. */
  openAlarms(): Alarm[] {
    return this.#open.bodies("SELECT body FROM alarm WHERE json_extract(body, '$.done') IS NOT 1 ORDER BY since, id");
  }

  model(name: Digest): Model | null {
    return first(this.#open.bodies("SELECT body FROM model WHERE digest = ?", name));
  }

  /** A wheel's models, oldest first. */
  models(wheel: Id): Model[] {
    return this.#open.bodies("SELECT body FROM model WHERE wheel = ? ORDER BY created_at, rowid", wheel);
  }

  champion(wheel: Id): Champion | null {
    return this.champions(wheel).at(-1) ?? null;
  }

  /** Every champion a wheel has had, oldest first. */
  champions(wheel: Id): Champion[] {
    return this.#open.all("SELECT wheel, model, at, turn, reason FROM champion WHERE wheel = ? ORDER BY number", wheel).map((row) => Champion.parse(row));
  }

  /** Judgements in order of block. */
  judged({ wheel, block, recipe, role }: { wheel: Id; block?: Id; recipe?: string; role?: Judged["role"] }): Judged[] {
    const where = new Where().and("wheel = ?", wheel).and("block = ?", block).and("recipe = ?", recipe).and("role = ?", role);
    return this.#open.all(`SELECT * FROM judged WHERE ${where.sql} ORDER BY block, role, subject`, ...where.values).map(toJudged);
  }

  /** Losses in order of block. */
  losses({ wheel, evidence, recipe, model }: { wheel: Id; evidence?: BlockLoss["evidence"]; recipe?: string; model?: Digest }): BlockLoss[] {
    const where = new Where().and("wheel = ?", wheel).and("evidence = ?", evidence).and("recipe = ?", recipe).and("model = ?", model);
    return this.#open.bodies(`SELECT body FROM loss WHERE ${where.sql} ORDER BY block, evidence, subject`, ...where.values);
  }

  sum(name: Digest): StoredSum | null {
    const row = this.#open.get("SELECT * FROM sum WHERE name = ?", name);
    return row === undefined ? null : toSum(row);
  }

  /** The sums a wheel has under one feature map, in order of block. */
  sumNames(wheel: Id, mapDigest: Digest): { name: Digest; block: Id; blockRevision: number; labelsDigest: Digest }[] {
    const sql = `SELECT name, block, block_revision AS blockRevision, labels_digest AS labelsDigest
                 FROM sum WHERE wheel = ? AND map_digest = ? ORDER BY block, block_revision, name`;
    return this.#open.all(sql, wheel, mapDigest).map(({ name, block, blockRevision, labelsDigest }) => ({
      name: String(name),
      block: String(block),
      blockRevision: Number(blockRevision),
      labelsDigest: String(labelsDigest),
    }));
  }

  /** The bytes of sums, in the order asked for. Throws RangeError for a name that is not there. */
  sums(names: readonly Digest[]): Uint8Array[] {
    return names.map((name) => {
      const bytes = this.#open.bytes("SELECT bytes FROM sum WHERE name = ?", name);
      if (bytes === undefined) throw new RangeError(`Cannot read sum ${name}: there is none`);
      return bytes;
    });
  }

  node(name: string): Uint8Array | null {
    return this.#open.bytes("SELECT bytes FROM node WHERE name = ?", name) ?? null;
  }

  nodeNames(prefix = ""): string[] {
    const sql = "SELECT name FROM node WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name";
    return this.#open.all(sql, prefix).map(({ name }) => String(name));
  }

  /** A wheel's turns, oldest first. */
  turns(wheel: Id): Turn[] {
    return this.#open.bodies("SELECT body FROM turn WHERE wheel = ? ORDER BY number, id", wheel);
  }

  turn(id: Id): Turn | null {
    return first(this.#open.bodies("SELECT body FROM turn WHERE id = ?", id));
  }

  /** Turns that started and whose ledger entry was never written: to be made again. */
  unfinishedTurns(): Turn[] {
    return this.#open.bodies("SELECT body FROM turn WHERE state = 'started' ORDER BY id");
  }

  /** Lines of the ledger from number `from` on. */
  ledger({ from = 1 }: { from?: number } = {}): LedgerEntry[] {
    return this.#open.bodies("SELECT body FROM ledger WHERE number >= ? ORDER BY number", from);
  }

  lastLedger(): LedgerEntry | null {
    return first(this.#open.bodies("SELECT body FROM ledger ORDER BY number DESC LIMIT 1"));
  }

  /** Settings whose name starts with `prefix`, in order of name. */
  settings(prefix: string): { name: string; text: string }[] {
    const sql = "SELECT name, text FROM setting WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name";
    return this.#open.all(sql, prefix).map(({ name, text }) => ({ name: String(name), text: String(text) }));
  }

  setting(name: string): string | null {
    return this.#open.text("SELECT text FROM setting WHERE name = ?", name) ?? null;
  }

  /** What SQLite finds wrong with its file, in its words; empty when nothing is. */
  check(): string[] {
    const found = this.#open.all("PRAGMA integrity_check(20)").map((row) => String(row["integrity_check"]));
    return found.length === 1 && found[0] === "ok" ? [] : found;
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

  get #open(): Sql {
    if (this.#sql !== undefined) return this.#sql;
    throw new MillraceError("store.closed", "Cannot use the records: they are closed", { hint: "Open the site again." });
  }
}

/** The records for a process that only reads them; takes no lock and may be opened any number of times. */
export function openRecordsReadOnly(directory: string): Records {
  const records = new Records(directory, { readOnly: true });
  records.open();
  return records;
}

const first = <T>(records: readonly T[]): T | null => records.at(0) ?? null;

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

function toJudged({ scores: bytes, block_revision: blockRevision, ...row }: SqlRow): Judged {
  if (!(bytes instanceof Uint8Array)) throw new TypeError("Cannot read scores: they are no bytes");
  return Judged.parse({ ...row, blockRevision, scores: new Float32Array(bytes.slice().buffer) });
}

function toSum({ block_revision: blockRevision, labels_digest: labelsDigest, map_digest: mapDigest, ...row }: SqlRow): StoredSum {
  return StoredSum.parse({ ...row, blockRevision, labelsDigest, mapDigest });
}
