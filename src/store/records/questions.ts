import type { Id } from "../../schema/id.ts";
import type { Question } from "../../schema/question.ts";
import { Where, type Sql } from "./sql.ts";

export interface QuestionQuery {
  readonly wheel?: Id;
  readonly reason?: Question["reason"];
  readonly state?: Question["state"];
  /** The label that answered it first. */
  readonly label?: Id;
  /** Asked from then on. */
  readonly since?: number;
  /** Overlaps [start, end). */
  readonly start?: number;
  readonly end?: number;
  /** The newest so many. */
  readonly limit?: number;
}

export function questionsOf(sql: Sql, { wheel, reason, state, label, since, start, end, limit }: QuestionQuery): Question[] {
  const where = new Where().and("wheel = ?", wheel).and("reason = ?", reason).and("state = ?", state).and("label = ?", label);
  where.and("asked_at >= ?", since).and('"end" > ?', start).and("start < ?", end);
  const text = `SELECT body FROM question WHERE newest = 1 AND ${where.sql} ORDER BY asked_at DESC, id DESC LIMIT ?`;
  return sql.bodies<Question>(text, ...where.values, limit ?? -1).toReversed();
}

/** How many questions there are in each state; with `askedSince`, of those asked from then on. */
export function questionCounts(sql: Sql, askedSince: number): Record<Question["state"], number> {
  const rows = sql.all("SELECT state, count(*) AS count FROM question WHERE newest = 1 AND asked_at >= ? GROUP BY state", askedSince);
  return { open: 0, unasked: 0, answered: 0, expired: 0, ...Object.fromEntries(rows.map(({ state, count }) => [String(state), Number(count)])) };
}
