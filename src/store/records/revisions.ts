import type { Block } from "../../schema/block.ts";
import type { Id } from "../../schema/id.ts";
import type { Label } from "../../schema/label.ts";
import type { LabelsLine } from "../../schema/ledger-entry.ts";
import type { Signal } from "../../schema/signal.ts";
import type { Wheel } from "../../schema/wheel.ts";
import type { Sql } from "./sql.ts";

interface Revised {
  readonly block: Block;
  readonly signal: Signal;
  readonly wheel: Wheel;
}

/** A record in one of its revisions; `null` when it never was, or is gone. */
export function revisionOf<Noun extends keyof Revised>(sql: Sql, table: Noun, id: Id, revision: number): Revised[Noun] | null {
  return sql.bodies<Revised[Noun]>(`SELECT body FROM ${table} WHERE id = ? AND revision = ?`, id, revision).at(0) ?? null;
}

/**
 * An asset's labels in the newest revisions that were written by line `line` of the ledger, in order of id; withdrawn ones too.
 * Labels from before the ledger had lines for them count as of the line that first names them.
 */
export function labelsAsOf(sql: Sql, asset: Id, line: number): Label[] {
  const later = new Set<string>();
  const lines = sql.bodies<LabelsLine>("SELECT body FROM ledger WHERE number > ? AND json_extract(body, '$.kind') = 'labels'", line);
  for (const { labels } of lines) for (const { label, revision } of labels) later.add(`${label} ${revision}`);
  const newest = new Map<Id, Label>();
  for (const label of sql.bodies<Label>("SELECT body FROM label WHERE asset = ? ORDER BY id, revision", asset)) {
    if (!later.has(`${label.id} ${label.revision}`)) newest.set(label.id, label);
  }
  return [...newest.values()];
}
