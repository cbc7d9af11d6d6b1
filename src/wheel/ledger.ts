import { canonicalJson } from "../digest.ts";
import type { Digest } from "../schema/id.ts";
import { LedgerEntry } from "../schema/ledger-entry.ts";
import { LedgerHead } from "../schema/ledger-head.ts";
import { isSignedBy } from "../store/ledger-key.ts";
import { genesis, hashOf } from "../store/records/chain.ts";
import type { LedgerRow } from "../store/records/ledger-rows.ts";

/** What is wrong with a ledger, line by line; nothing when it is whole. Line 0 is the ledger as a whole. */
export interface Finding {
  readonly number: number;
  readonly what: string;
}

/** What is known of a ledger from outside of it. */
export interface Witness {
  /** As kept elsewhere, in a file or on paper: with it a ledger that was cut short or set back is found. */
  readonly head?: LedgerHead | { readonly number: number; readonly hash: Digest };
  /** The site's public key, as kept elsewhere: SPKI, DER, base64. With it a ledger that was written anew with another key is found. */
  readonly publicKey?: string;
}

/**
 * Checks every line's content against its hash, its place in the chain, its number, and its signature from the
 * first line on that names a key. A key that comes later must be signed by the one before.
 *
 * Without a witness a whole ledger that somebody wrote anew, key and all, looks whole.
 * Cost: one SHA-256 and one Ed25519 verification a line.
 */
export function verifyLedger(entries: readonly LedgerEntry[], witness: Witness = {}): Finding[] {
  const findings: Finding[] = [];
  let previous = genesis;
  let key: string | null = null;
  const keys: string[] = [];
  let number = 0;
  for (const entry of entries) {
    number++;
    const found = (what: string) => findings.push({ number, what });
    if (!LedgerEntry.safeParse(entry).success) found("the line is not a ledger entry");
    if (entry.number !== number) found(`the line is numbered ${entry.number}`);
    if (entry.previous !== previous) found("the line before it is not the one it was written after");
    if (entry.hash !== hashOf(entry)) found("its content is not what was hashed when it was written");
    if (key === null && entry.kind === "key") key = entry.publicKey;
    if (key !== null && !isSignedBy(key, entry.hash, entry.signature ?? "")) found(entry.kind === "key" ? "it names a key that the key before it did not sign" : "its signature is not by the site's key");
    if (entry.kind === "key") keys.push((key = entry.publicKey));
    previous = entry.hash;
    if (entry.number > number) number = entry.number; // after a hole the others have their own numbers
  }
  return [...findings, ...contradictions(entries, keys, witness)];
}

/** The same of lines as they lie in the file: also what the file itself says of them twice. */
export function verifyRows(rows: readonly LedgerRow[], witness: Witness = {}): Finding[] {
  const findings: Finding[] = [];
  const entries: LedgerEntry[] = [];
  for (const { number, hash, body } of rows) {
    const entry = parsed(body);
    if (entry === null) findings.push({ number, what: "the line is no JSON object" });
    else if (canonicalJson(entry) !== body) findings.push({ number, what: "the line is not written as lines are" });
    else if (entry.number !== number || entry.hash !== hash) findings.push({ number, what: "its row has another number or hash than the line" });
    if (entry !== null) entries.push(entry);
  }
  return [...findings, ...verifyLedger(entries, witness)];
}

function parsed(body: string): LedgerEntry | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as LedgerEntry) : null;
  } catch {
    return null;
  }
}

/** What a witness knows otherwise. */
function contradictions(entries: readonly LedgerEntry[], keys: readonly string[], { head, publicKey }: Witness): Finding[] {
  const findings: Finding[] = [];
  const found = (number: number, what: string) => findings.push({ number, what });
  if (publicKey !== undefined && !keys.includes(publicKey)) found(0, "no line names the public key that was given");
  if (head === undefined) return findings;
  if (head.number > 0 && entries[head.number - 1]?.hash !== head.hash) found(head.number, `line ${head.number} with hash ${head.hash.slice(0, 12)} is missing`);
  if ("signature" in head) {
    const { signature, ...said } = head;
    if (!isSignedBy(head.publicKey, canonicalJson(said), signature)) found(0, "the head that was given is not signed by the key that it names");
    if (keys.length > 0 && !keys.includes(head.publicKey)) found(0, "no line names the key that signed the head that was given");
    if (entries.some(({ site }) => site !== head.site)) found(0, "the head that was given is another site's");
  }
  return findings;
}

/** A head as it was kept: a file of `millrace ledger head`, or NUMBER:HASH; `null` for what is neither. */
export function headOf(text: string): LedgerHead | { number: number; hash: Digest } | null {
  const [, number, hash] = /^(\d+):([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  if (number !== undefined && hash !== undefined) return { number: Number(number), hash };
  try {
    return LedgerHead.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
