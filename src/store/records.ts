import type { Alarm } from "../schema/alarm.ts";
import type { Asset } from "../schema/asset.ts";
import type { Baseline } from "../schema/baseline.ts";
import type { Block } from "../schema/block.ts";
import type { Event } from "../schema/event.ts";
import type { Inflow } from "../schema/inflow.ts";
import type { Digest, Id } from "../schema/id.ts";
import type { BlockLoss } from "../schema/judgement.ts";
import type { Label } from "../schema/label.ts";
import type { Model } from "../schema/model.ts";
import type { Origin } from "../schema/origin.ts";
import type { Part } from "../schema/part.ts";
import type { Question } from "../schema/question.ts";
import type { Signal } from "../schema/signal.ts";
import type { Site } from "../schema/site.ts";
import type { Interval, Micros } from "../schema/time.ts";
import type { Turn } from "../schema/turn.ts";
import type { Wheel } from "../schema/wheel.ts";
import { judgedOf, lossesInForce, lossesOf, type InForceQuery, type JudgedQuery, type LossInForce, type LossQuery } from "./records/evidence.ts";
import { connectorsOver, inflowsOf, type InflowQuery } from "./records/inflows.ts";
import { Champion, StoredSum, type Judged } from "./records/facts.ts";
import { Past } from "./records/past.ts";
import { questionCounts, questionsOf, type QuestionQuery } from "./records/questions.ts";
import { Where, type SqlRow } from "./records/sql.ts";
import { answersSince, blocksOf, blocksOver, countBlocks, firstFiled, labelsOf, type AnswerQuery, type LabelQuery } from "./records/stretches.ts";

/** The highest key that samples were ever stored under, where the records may not tell. */
const keyFloor = "records.signal-key-floor";

/**
 * Everything a site knows except samples and files: one SQLite file, read by named queries, written
 * by lists of facts.
 *
 * Of records with revisions, queries give the newest unless they say otherwise.
 */
export class Records extends Past {
  site(): Site | null {
    return first(this.sql.bodies("SELECT body FROM site"));
  }

  assets(): Asset[] {
    return this.sql.bodies("SELECT body FROM asset ORDER BY id");
  }

  /** In order of key. */
  signals(asset?: Id): Signal[] {
    const where = new Where().and("asset = ?", asset);
    return this.sql.bodies(`SELECT body FROM signal WHERE newest = 1 AND ${where.sql} ORDER BY key`, ...where.values);
  }

  /** The smallest key above all in use: what the next new signal gets. */
  nextSignalKey(): number {
    return Math.max(this.sql.number("SELECT max(key) FROM signal") ?? 0, Number(this.setting(keyFloor) ?? 0)) + 1;
  }

  /** For when records are lost but samples are stored under their keys: none up to `floor` is given again. */
  raiseSignalKey(floor: number): void {
    if (floor >= this.nextSignalKey()) this.write([{ put: "setting", value: { name: keyFloor, text: String(floor) } }]);
  }

  /** Which connector has sent samples of which signal, and when; nothing from before it was kept. */
  inflows(query: InflowQuery = {}): Inflow[] {
    return inflowsOf(this.sql, query);
  }

  /** By name, the connectors through which samples of some signals in [start, end) came, to the hour. */
  connectorsOver(query: Interval & { readonly keys: readonly number[] }): string[] {
    return connectorsOver(this.sql, query);
  }

  wheels(): Wheel[] {
    return this.sql.bodies("SELECT body FROM wheel WHERE newest = 1 ORDER BY id");
  }

  wheel(idOrName: string): Wheel | null {
    const sql = "SELECT body FROM wheel WHERE newest = 1 AND (id = ?1 OR name = ?1) ORDER BY id = ?1 DESC, id DESC";
    return first(this.sql.bodies(sql, idOrName));
  }

  baselines(asset: Id): Baseline[] {
    return this.sql.bodies("SELECT body FROM baseline WHERE newest = 1 AND asset = ? ORDER BY id", asset);
  }

  part(id: Id): Part | null {
    return first(this.sql.bodies("SELECT body FROM part WHERE id = ?", id));
  }

  /** Blocks with since <= start < before, in order of id. */
  blocks(query: { asset: Id; since?: Micros; before?: Micros }): Block[] {
    return blocksOf(this.sql, query);
  }

  /** Blocks that overlap [start, end), in order of id; without reading all others. */
  blocksOver(query: Interval & { readonly asset: Id }): Block[] {
    return blocksOver(this.sql, query);
  }

  /** How many blocks there are, excluded ones among them. */
  countBlocks(asset: Id): number {
    return countBlocks(this.sql, asset);
  }

  /** Who made what an asset's first block holds, by which it is a plant or a simulator of one; `null` before there is a block. */
  madeBy(asset: Id): Origin | null {
    return firstFiled(this.sql, asset)?.origin ?? null;
  }

  block(id: Id): Block | null {
    return first(this.sql.bodies("SELECT body FROM block WHERE newest = 1 AND id = ?", id));
  }

  /** The highest sample sequence that any block remembers; 0 without blocks. */
  highestBlockSequence(): number {
    return this.sql.number("SELECT max(sequence) FROM block") ?? 0;
  }

  /** Labels that overlap [start, end), in order of id; about targets and withdrawn ones only when asked for. */
  labels(query: LabelQuery): Label[] {
    return this.persons.labels(labelsOf(this.sql, query));
  }

  /** How many answers were given since, or are about a block that was made since; see `answersSince`. */
  answersSince(query: AnswerQuery): number {
    return answersSince(this.sql, query);
  }

  /** All revisions of a label, oldest first. */
  labelHistory(id: Id): Label[] {
    return this.persons.labels(this.sql.bodies("SELECT body FROM label WHERE id = ? ORDER BY revision", id));
  }

  question(id: Id): Question | null {
    return first(this.sql.bodies("SELECT body FROM question WHERE newest = 1 AND id = ?", id));
  }

  /** All revisions of a question, oldest first. */
  questionHistory(id: Id): Question[] {
    return this.sql.bodies("SELECT body FROM question WHERE id = ? ORDER BY revision", id);
  }

  /** In the order they were asked in. */
  questions(query: QuestionQuery = {}): Question[] {
    return questionsOf(this.sql, query);
  }

  /** How many questions there are in each state, of all or of those asked from then on. */
  questionCounts(askedSince = 0): Record<Question["state"], number> {
    return questionCounts(this.sql, askedSince);
  }

  /** Events that last beyond `since`, in order of start; with a limit, the newest ones. */
  events({ wheel, block, since, limit }: { wheel?: Id; block?: Id; since?: number; limit?: number } = {}): Event[] {
    const where = new Where().and("wheel = ?", wheel).and("block = ?", block).and('("end" IS NULL OR "end" > ?)', since);
    const sql = `SELECT body FROM event WHERE ${where.sql} ORDER BY start DESC, id DESC LIMIT ?`;
    return this.sql.bodies<Event>(sql, ...where.values, limit ?? -1).toReversed();
  }

  event(id: Id): Event | null {
    return first(this.sql.bodies("SELECT body FROM event WHERE id = ?", id));
  }

  /** Alarms in order of `since`. */
  alarms({ state, event }: { state?: Alarm["state"]; event?: Id } = {}): Alarm[] {
    const where = new Where().and("state = ?", state).and("event = ?", event);
    return this.persons.alarms(this.sql.bodies(`SELECT body FROM alarm WHERE ${where.sql} ORDER BY since, id`, ...where.values));
  }

  alarm(id: Id): Alarm | null {
    return first(this.persons.alarms(this.sql.bodies("SELECT body FROM alarm WHERE id = ?", id)));
  }

  /** Alarms that somebody still has to look at, or that may come back: all that are not done, in order of `since`. */
  openAlarms(): Alarm[] {
    return this.persons.alarms(this.sql.bodies("SELECT body FROM alarm WHERE json_extract(body, '$.done') IS NOT 1 ORDER BY since, id"));
  }

  model(name: Digest): Model | null {
    return first(this.sql.bodies("SELECT body FROM model WHERE digest = ?", name));
  }

  /** A wheel's models, oldest first. */
  models(wheel: Id): Model[] {
    return this.sql.bodies("SELECT body FROM model WHERE wheel = ? ORDER BY created_at, rowid", wheel);
  }

  /** The newest model of a recipe of a wheel. */
  newestModel({ wheel, recipe }: { readonly wheel: Id; readonly recipe: string }): Digest | null {
    const sql = "SELECT digest FROM model WHERE wheel = ? AND json_extract(body, '$.recipe.name') = ? ORDER BY created_at DESC, rowid DESC LIMIT 1";
    return this.sql.text(sql, wheel, recipe) ?? null;
  }

  /** The model in force; `null` without one. */
  champion(wheel: Id): (Champion & { readonly model: Digest }) | null {
    const row = this.sql.get("SELECT wheel, model, at, turn, reason FROM champion WHERE wheel = ? ORDER BY number DESC LIMIT 1", wheel);
    const { model = null, ...rest } = row === undefined ? {} : Champion.parse(row);
    return model === null ? null : ({ ...rest, model } as Champion & { model: Digest });
  }

  /** Every champion a wheel has had, oldest first; a model of `null` says that from then on it had none. */
  champions(wheel: Id): Champion[] {
    return this.sql.all("SELECT wheel, model, at, turn, reason FROM champion WHERE wheel = ? ORDER BY number", wheel).map((row) => Champion.parse(row));
  }

  /** Judgements in order of block. */
  judged(query: JudgedQuery): Judged[] {
    return judgedOf(this.sql, query);
  }

  /** Losses in order of block. */
  losses(query: LossQuery): BlockLoss[] {
    return lossesOf(this.sql, query);
  }

  /** Losses of the models that were in force when their block came, in order of block; reads no scores. */
  lossesInForce(query: InForceQuery): LossInForce[] {
    return lossesInForce(this.sql, query);
  }

  sum(name: Digest): StoredSum | null {
    const row = this.sql.get("SELECT * FROM sum WHERE name = ?", name);
    return row === undefined ? null : toSum(row);
  }

  /** The sums a wheel has under one feature map, in order of block. */
  sumNames(wheel: Id, mapDigest: Digest): { name: Digest; block: Id; blockRevision: number; labelsDigest: Digest }[] {
    const sql = `SELECT name, block, block_revision AS blockRevision, labels_digest AS labelsDigest
                 FROM sum WHERE wheel = ? AND map_digest = ? ORDER BY block, block_revision, name`;
    return this.sql.all(sql, wheel, mapDigest).map(({ name, block, blockRevision, labelsDigest }) => ({
      name: String(name),
      block: String(block),
      blockRevision: Number(blockRevision),
      labelsDigest: String(labelsDigest),
    }));
  }

  /** The bytes of sums, in the order asked for. Throws RangeError for a name that is not there. */
  sums(names: readonly Digest[]): Uint8Array[] {
    return names.map((name) => {
      const bytes = this.sql.bytes("SELECT bytes FROM sum WHERE name = ?", name);
      if (bytes === undefined) throw new RangeError(`Cannot read sum ${name}: there is none`);
      return bytes;
    });
  }

  node(name: string): Uint8Array | null {
    return this.sql.bytes("SELECT bytes FROM node WHERE name = ?", name) ?? null;
  }

  nodeNames(prefix = ""): string[] {
    const sql = "SELECT name FROM node WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name";
    return this.sql.all(sql, prefix).map(({ name }) => String(name));
  }

  /** A wheel's turns, oldest first. */
  turns(wheel: Id): Turn[] {
    return this.sql.bodies("SELECT body FROM turn WHERE wheel = ? ORDER BY number, id", wheel);
  }

  turn(id: Id): Turn | null {
    return first(this.sql.bodies("SELECT body FROM turn WHERE id = ?", id));
  }

  /** When the last turn began that is recorded, but for first ones; `null` without one. */
  lastTurnAt(wheel: Id): Micros | null {
    const sql = `SELECT json_extract(body, '$.startedAt') FROM turn
                 WHERE wheel = ? AND state = 'recorded' AND json_extract(body, '$.trigger') <> 'first' ORDER BY number DESC, id DESC LIMIT 1`;
    return this.sql.number(sql, wheel) ?? null;
  }

  /** Turns that started and whose ledger entry was never written: to be made again. */
  unfinishedTurns(): Turn[] {
    return this.sql.bodies("SELECT body FROM turn WHERE state = 'started' ORDER BY id");
  }

  /** Settings whose name starts with `prefix`, in order of name. */
  settings(prefix: string): { name: string; text: string }[] {
    const sql = "SELECT name, text FROM setting WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name";
    return this.sql.all(sql, prefix).map(({ name, text }) => ({ name: String(name), text: String(text) }));
  }

  setting(name: string): string | null {
    return this.sql.text("SELECT text FROM setting WHERE name = ?", name) ?? null;
  }

}

/** The records for a process that only reads them; takes no lock and may be opened any number of times. */
export function openRecordsReadOnly(directory: string): Records {
  const records = new Records(directory, { readOnly: true });
  records.open();
  return records;
}

const first = <T>(records: readonly T[]): T | null => records.at(0) ?? null;

function toSum({ block_revision: blockRevision, labels_digest: labelsDigest, map_digest: mapDigest, ...row }: SqlRow): StoredSum {
  return StoredSum.parse({ ...row, blockRevision, labelsDigest, mapDigest });
}
