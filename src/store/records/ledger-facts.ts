import type { Digest, Id } from "../../schema/id.ts";
import type { Label } from "../../schema/label.ts";
import type { Model } from "../../schema/model.ts";
import type { Turn } from "../../schema/turn.ts";
import { labelContent } from "./chain.ts";
import { Champion } from "./facts.ts";
import type { Sql } from "./sql.ts";

/** What lines of the ledger speak of, as the records have it now. */
export interface LedgerFacts {
  readonly labels: readonly { readonly label: Id; readonly revision: number; readonly content: Digest }[];
  readonly turns: readonly Turn[];
  readonly models: readonly Model[];
  /** Oldest first, of all wheels. */
  readonly champions: readonly Champion[];
}

/** Cost: reads every label, turn and model. */
export function ledgerFacts(sql: Sql): LedgerFacts {
  return {
    labels: sql.all("SELECT id, revision, body FROM label").map(({ id, revision, body }) => ({ label: String(id), revision: Number(revision), content: contentOf(String(body)) })),
    turns: sql.bodies("SELECT body FROM turn WHERE state = 'recorded'"),
    models: sql.bodies("SELECT body FROM model"),
    champions: sql.all("SELECT wheel, model, at, turn, reason FROM champion ORDER BY number").map((row) => Champion.parse(row)),
  };
}

const contentOf = (body: string): Digest => labelContent(JSON.parse(body) as Label);
