import { canonicalJson, digest } from "../digest.ts";
import { LedgerEntry } from "../schema/ledger-entry.ts";

/** The hash before the first line. */
export const genesis = "0".repeat(64);

/** A line of the ledger before it is chained. */
export type Draft = Omit<LedgerEntry, "number" | "previous" | "hash">;

/**
 * Chains a line to the one before it.
 *
 * Throws RangeError when the draft's site is not the ledger's.
 */
export function chain(last: LedgerEntry | null, draft: Draft): LedgerEntry {
  if (last !== null && last.site !== draft.site) throw new RangeError(`Cannot chain a line of site ${draft.site} to one of ${last.site}`);
  const open = { ...draft, number: (last?.number ?? 0) + 1, previous: last?.hash ?? genesis };
  return { ...open, hash: hashOf(open) };
}

/** What is wrong with a ledger, line by line; nothing when it is whole. */
export interface Finding {
  readonly number: number;
  readonly what: string;
}

/**
 * Checks every line's content against its hash, its place in the chain and its number.
 *
 * `head` is the hash and number of the newest line as kept elsewhere (a printed report, a backup):
 * with it a ledger whose last lines were cut off is found too.
 * Cost: one SHA-256 a line.
 */
export function verifyLedger(entries: readonly LedgerEntry[], head?: { number: number; hash: string }): Finding[] {
  const findings: Finding[] = [];
  let previous = genesis;
  for (const [i, entry] of entries.entries()) {
    const number = i + 1;
    if (!LedgerEntry.safeParse(entry).success) findings.push({ number, what: "the line is not a ledger entry" });
    if (entry.number !== number) findings.push({ number, what: `the line is numbered ${entry.number}` });
    if (entry.previous !== previous) findings.push({ number, what: "the line before it is not the one it was written after" });
    if (entry.hash !== hashOf(entry)) findings.push({ number, what: "its content is not what was hashed when it was written" });
    previous = entry.hash;
  }
  if (head !== undefined) {
    const found = entries[head.number - 1];
    if (found?.hash !== head.hash) findings.push({ number: head.number, what: `line ${head.number} with hash ${head.hash.slice(0, 12)} is missing` });
  }
  return findings;
}

function hashOf(entry: Omit<LedgerEntry, "hash"> & { hash?: string }): string {
  const { hash: _, ...content } = entry;
  return digest(canonicalJson(content));
}
