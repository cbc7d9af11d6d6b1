import { Label } from "../../schema/label.ts";
import type { LabelSaid, LedgerDraft } from "../../schema/ledger-entry.ts";
import type { Micros } from "../../schema/time.ts";
import type { LedgerKey } from "../ledger-key.ts";
import { chain, labelContent, type Link } from "./chain.ts";
import type { Fact, SettledFact } from "./facts.ts";
import { pseudonymised } from "./persons.ts";
import type { Sql } from "./sql.ts";

/**
 * Facts as they are written, inside the open transaction: people by pseudonym, lines of the ledger chained and
 * signed, and a line for the labels among them. Whoever writes labels, by whatever door, has them in the ledger.
 *
 * The first line of a site without a key is the key itself, and after it all labels that were there before.
 */
export function settled(sql: Sql, facts: readonly Fact[], keyFor: (current: string | null) => LedgerKey): SettledFact[] {
  const named = pseudonymised(sql, facts);
  const said = newLabels(sql, named);
  const drafts = named.flatMap((fact) => ("append" in fact ? [fact.value] : []));
  const rest = named.filter((fact): fact is SettledFact => !("append" in fact));
  if (said.length > 0) drafts.unshift(labelsLine(said));
  const [first] = drafts;
  if (first === undefined) return rest;
  const current = currentKey(sql);
  const key = keyFor(current);
  if (current !== key.publicKey) drafts.unshift({ kind: "key", site: first.site, at: first.at, publicKey: key.publicKey }, ...(current === null ? olderLabels(sql, first.at) : []));
  let link: Link | null = lastLink(sql);
  const lines: SettledFact[] = [];
  for (const draft of drafts) {
    const line = chain(link, draft, key.sign);
    lines.push({ put: "ledger", value: line });
    link = line;
  }
  return [...rest, ...lines];
}

/** The key that the ledger names last; `null` before it names one. */
export function currentKey(sql: Sql): string | null {
  return sql.text("SELECT json_extract(body, '$.publicKey') FROM ledger WHERE json_extract(body, '$.kind') = 'key' ORDER BY number DESC LIMIT 1") ?? null;
}

export function lastLink(sql: Sql): Link | null {
  return sql.bodies<Link>("SELECT body FROM ledger ORDER BY number DESC LIMIT 1").at(0) ?? null;
}

function newLabels(sql: Sql, facts: readonly Fact[]): Label[] {
  const labels = facts.flatMap((fact) => ("put" in fact && fact.put === "label" ? [fact.value] : []));
  return labels.filter(({ id, revision }) => sql.get("SELECT 1 FROM label WHERE id = ? AND revision = ?", id, revision) === undefined);
}

const saidOf = (label: Label): LabelSaid => ({ label: label.id, revision: label.revision, content: labelContent(Label.safeParse(label).data ?? label) });

function labelsLine(labels: readonly Label[]): LedgerDraft {
  const at = labels.reduce((latest, { knownAt }) => Math.max(latest, knownAt), 0);
  return { kind: "labels", site: labels[0].site, at, labels: labels.map(saidOf) };
}

function olderLabels(sql: Sql, at: Micros): LedgerDraft[] {
  const labels = sql.bodies<Label>("SELECT body FROM label ORDER BY id, revision");
  return labels.length === 0 ? [] : [{ kind: "labels", site: labels[0].site, at, labels: labels.map(saidOf) }];
}
