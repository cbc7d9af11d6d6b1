import { canonicalJson, digest } from "../../digest.ts";
import type { Digest } from "../../schema/id.ts";
import type { Label } from "../../schema/label.ts";
import type { LedgerDraft, LedgerEntry } from "../../schema/ledger-entry.ts";
import type { Model } from "../../schema/model.ts";
import type { Turn } from "../../schema/turn.ts";

/** The hash before the first line. */
export const genesis: Digest = "0".repeat(64);

/** The link between a line and the next. */
export type Link = Pick<LedgerEntry, "number" | "hash" | "site">;

/**
 * Chains a line to the one before it, and has it signed.
 *
 * Throws RangeError when the draft's site is not the ledger's.
 */
export function chain(last: Link | null, draft: LedgerDraft, sign: (hash: Digest) => string): LedgerEntry {
  if (last !== null && last.site !== draft.site) throw new RangeError(`Cannot chain a line of site ${draft.site} to one of ${last.site}`);
  const open = { ...draft, number: (last?.number ?? 0) + 1, previous: last?.hash ?? genesis };
  const hash = digest(canonicalJson(open));
  return { ...open, hash, signature: sign(hash) };
}

/** The hash that a line must have by its content. */
export function hashOf(entry: LedgerEntry): Digest {
  const { hash: _, signature: _signature, ...content } = entry;
  return digest(canonicalJson(content));
}

/** Digest of a label as the records hold it, its author by pseudonym. */
export const labelContent = (label: Label): Digest => digest(canonicalJson(label));

/** Digest of what the records say of a turn and of the models it made, in the order of its challengers. */
export const turnContent = (turn: Turn, models: readonly Model[]): Digest => digest(canonicalJson({ turn, models }));
