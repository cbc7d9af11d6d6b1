import type { Digest, Id } from "../../schema/id.ts";
import type { BlockLoss } from "../../schema/judgement.ts";
import { Judged } from "./facts.ts";
import { Where, type Sql, type SqlRow } from "./sql.ts";

export interface JudgedQuery {
  readonly wheel: Id;
  readonly block?: Id;
  readonly recipe?: string;
  readonly role?: Judged["role"];
}

export interface LossQuery {
  readonly wheel: Id;
  readonly evidence?: BlockLoss["evidence"];
  readonly recipe?: string;
  readonly model?: Digest;
}

export interface InForceQuery {
  readonly wheel: Id;
  readonly recipe?: string;
  /** The newest so many. */
  readonly limit?: number;
}

/** What a model lost on a block that came while it was in force, and when it judged it. */
export interface LossInForce {
  readonly loss: BlockLoss;
  readonly judgedAt: number;
}

export function judgedOf(sql: Sql, { wheel, block, recipe, role }: JudgedQuery): Judged[] {
  const where = new Where().and("wheel = ?", wheel).and("block = ?", block).and("recipe = ?", recipe).and("role = ?", role);
  return sql.all(`SELECT * FROM judged WHERE ${where.sql} ORDER BY block, role, subject`, ...where.values).map(toJudged);
}

export function lossesOf(sql: Sql, { wheel, evidence, recipe, model }: LossQuery): BlockLoss[] {
  const where = new Where().and("wheel = ?", wheel).and("evidence = ?", evidence).and("recipe = ?", recipe).and("model = ?", model);
  return sql.bodies(`SELECT body FROM loss WHERE ${where.sql} ORDER BY block, evidence, subject`, ...where.values);
}

/** In order of block. Reads no scores. */
export function lossesInForce(sql: Sql, { wheel, recipe, limit = -1 }: InForceQuery): LossInForce[] {
  const where = new Where().and("loss.wheel = ?", wheel).and("loss.recipe = ?", recipe).and("judged.recipe = ?", recipe);
  const text = `SELECT loss.body AS body, judged.at AS at
                FROM loss JOIN judged ON judged.wheel = loss.wheel AND judged.block = loss.block AND judged.role = 'champion' AND judged.subject = loss.subject
                WHERE loss.evidence = 'model' AND ${where.sql} ORDER BY loss.block DESC, loss.subject DESC LIMIT ?`;
  return sql
    .all(text, ...where.values, limit)
    .map(({ body, at }): LossInForce => ({ loss: JSON.parse(String(body)), judgedAt: Number(at) }))
    .toReversed();
}

function toJudged({ scores: bytes, block_revision: blockRevision, ...row }: SqlRow): Judged {
  if (!(bytes instanceof Uint8Array)) throw new TypeError("Cannot read scores: they are no bytes");
  return Judged.parse({ ...row, blockRevision, scores: new Float32Array(bytes.slice().buffer) });
}
