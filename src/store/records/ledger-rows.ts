import { canonicalJson } from "../../digest.ts";
import type { Digest, Id } from "../../schema/id.ts";
import type { LedgerEntry, TurnLine } from "../../schema/ledger-entry.ts";
import type { LedgerHead } from "../../schema/ledger-head.ts";
import type { Micros } from "../../schema/time.ts";
import type { LedgerKey } from "../ledger-key.ts";
import { genesis } from "./chain.ts";
import { Where, type Sql } from "./sql.ts";

/** Which lines: from a number on, of some kinds; with a limit the newest of them. */
export interface LedgerQuery {
  readonly from?: number;
  readonly kinds?: readonly LedgerEntry["kind"][];
  readonly limit?: number;
}

/** A line as it lies in the file, to be verified: `body` is its JSON, whatever that is. */
export interface LedgerRow {
  readonly number: number;
  readonly hash: string;
  readonly body: string;
}

export function ledgerLines(sql: Sql, { from = 1, kinds, limit }: LedgerQuery): LedgerEntry[] {
  const where = new Where().and("number >= ?", from).and("json_extract(body, '$.kind') IN (SELECT value FROM json_each(?))", kinds && JSON.stringify(kinds));
  return sql.bodies<LedgerEntry>(`SELECT body FROM ledger WHERE ${where.sql} ORDER BY number DESC LIMIT ?`, ...where.values, limit ?? -1).toReversed();
}

export function ledgerRows(sql: Sql, from: number): LedgerRow[] {
  return sql.all("SELECT number, hash, body FROM ledger WHERE number >= ? ORDER BY number", from).map(({ number, hash, body }) => ({ number: Number(number), hash: String(hash), body: String(body) }));
}

/** The line of a turn; `null` before it has one. */
export function turnLine(sql: Sql, turn: Id): TurnLine | null {
  return sql.bodies<TurnLine>("SELECT body FROM ledger WHERE json_extract(body, '$.turn') = ? ORDER BY number DESC LIMIT 1", turn).at(0) ?? null;
}

/** How far the ledger goes, signed. */
export function signedHead(sql: Sql, site: Id, at: Micros, key: LedgerKey): LedgerHead {
  const last = sql.bodies<{ number: number; hash: Digest }>("SELECT body FROM ledger ORDER BY number DESC LIMIT 1").at(0);
  const said = { format: 1 as const, site, number: last?.number ?? 0, hash: last?.hash ?? genesis, at, publicKey: key.publicKey };
  return { ...said, signature: key.sign(canonicalJson(said)) };
}
