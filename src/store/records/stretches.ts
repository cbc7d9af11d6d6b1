import type { Block } from "../../schema/block.ts";
import type { Id } from "../../schema/id.ts";
import type { Label } from "../../schema/label.ts";
import type { Interval, Micros } from "../../schema/time.ts";
import { Where, type Sql } from "./sql.ts";

/** What labels are about: the condition of the machine, one target, or anything. */
export type About = "condition" | "anything" | { readonly target: string };

/** Which labels: those of an asset that overlap [start, end). */
export interface LabelQuery {
  readonly asset: Id;
  /** @default "condition" */
  readonly about?: About;
  readonly start?: Micros;
  readonly end?: Micros;
  readonly includeWithdrawn?: boolean;
}

/** Answers about what, that were not there at `since`. */
export interface AnswerQuery {
  readonly asset: Id;
  readonly since: Micros;
  /** @default "condition" */
  readonly about?: About;
}

export function blocksOf(sql: Sql, { asset, since, before }: { asset: Id; since?: Micros; before?: Micros }): Block[] {
  const where = new Where().and("asset = ?", asset).and("start >= ?", since).and("start < ?", before);
  return sql.bodies(`SELECT body FROM block WHERE newest = 1 AND ${where.sql} ORDER BY id`, ...where.values);
}

/** Blocks that overlap [start, end), in order of id. Reads these, and those that begin up to the longest block's length before. */
export function blocksOver(sql: Sql, { asset, start, end }: Interval & { readonly asset: Id }): Block[] {
  const where = new Where().and("asset = ?", asset).and('"end" > ?', start).and("start < ?", end).and("start > ?", start - longest(sql, "block", asset));
  return sql.bodies(`SELECT body FROM block WHERE newest = 1 AND ${where.sql} ORDER BY id`, ...where.values);
}

export function countBlocks(sql: Sql, asset: Id): number {
  return sql.number("SELECT count(*) FROM block WHERE newest = 1 AND asset = ?", asset) ?? 0;
}

/** The block of an asset that was filed first, excluded ones left out; `null` before there is one. */
export function firstFiled(sql: Sql, asset: Id): Block | null {
  const [first = null] = sql.bodies<Block>("SELECT body FROM block WHERE newest = 1 AND asset = ? AND json_extract(body, '$.excluded') IS NULL ORDER BY json_extract(body, '$.createdAt'), id LIMIT 1", asset);
  return first;
}

export function labelsOf(sql: Sql, { asset, about = "condition", start, end, includeWithdrawn = false }: LabelQuery): Label[] {
  const from = start === undefined ? undefined : start - longest(sql, "label", asset);
  const where = new Where().and("asset = ?", asset).and('"end" > ?', start).and("start < ?", end).and("start > ?", from);
  if (!includeWithdrawn) where.and("withdrawn = ?", 0);
  if (typeof about === "object") where.and("json_extract(body, '$.target') = ?", about.target);
  const condition = about === "condition" ? "json_extract(body, '$.target') IS NULL" : "TRUE";
  return sql.bodies(`SELECT body FROM label WHERE newest = 1 AND ${condition} AND ${where.sql} ORDER BY id`, ...where.values);
}

/**
 * How many answers there are that were not there at `since`: given after it, or about a block that was
 * made after it. Words of a model, "unsure", and answers about no block or about anything else are none.
 *
 * Cost: that of the labels and blocks that are new.
 */
export function answersSince(sql: Sql, { asset, since, about = "condition" }: AnswerQuery): number {
  const after = Math.max(since, Number.MIN_SAFE_INTEGER);
  const said = sql.bodies<Label>("SELECT body FROM label WHERE newest = 1 AND withdrawn = 0 AND asset = ? AND json_extract(body, '$.knownAt') > ?", asset, after);
  const fresh = sql.bodies<Block>("SELECT body FROM block WHERE newest = 1 AND asset = ? AND json_extract(body, '$.createdAt') > ?", asset, after);
  const counts = ({ excluded }: Block): boolean => excluded === null;
  const answers = new Set<Id>();
  const isAnswer = answerAbout(about);
  for (const label of said) if (isAnswer(label) && blocksOver(sql, label).some(counts)) answers.add(label.id);
  for (const block of fresh.filter(counts)) for (const label of labelsOf(sql, { asset, about, start: block.start, end: block.end })) if (isAnswer(label)) answers.add(label.id);
  return answers.size;
}

function answerAbout(about: About): (label: Label) => boolean {
  if (about === "condition") return ({ origin, answer }) => origin !== "model" && answer !== "unsure";
  return ({ origin, target }) => origin !== "model" && (about === "anything" || target === about.target);
}

/** The length of the longest one, looked up in an index. */
function longest(sql: Sql, table: "block" | "label", asset: Id): number {
  return sql.number(`SELECT max("end" - start) FROM ${table} WHERE newest = 1 AND asset = ?`, asset) ?? 0;
}
