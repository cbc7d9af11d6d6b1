import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson } from "../digest.ts";
import type { LedgerDraft, LedgerEntry } from "../schema/ledger-entry.ts";
import type { LedgerHead } from "../schema/ledger-head.ts";
import { chain, genesis } from "../store/records/chain.ts";
import { headOf, verifyLedger, verifyRows } from "./ledger.ts";

const site = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const freshKey = () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64"), sign: (text: string) => sign(null, Buffer.from(text), privateKey).toString("base64") };
};
const [ours, theirs] = [freshKey(), freshKey()];
const draft = (reason: string): LedgerDraft => ({
  site,
  kind: "turn",
  at: 1_583_748_873_000_000,
  wheel: site,
  turn: site,
  inputs: { blocks: "a".repeat(64), blockCount: 3, labelCount: 2, champion: null },
  outputs: { models: ["b".repeat(64)], champion: "b".repeat(64) },
  decision: "promote",
  reason,
  gain: 0.25,
  durationSeconds: 1.5,
  cpuSeconds: 1.25,
  energyJoules: null,
});
const keyDraft = (publicKey: string): LedgerDraft => ({ kind: "key", site, at: 0, publicKey });
const chained = (drafts: readonly LedgerDraft[], key = ours): LedgerEntry[] =>
  drafts.reduce<LedgerEntry[]>((entries, one) => [...entries, chain(entries.at(-1) ?? null, one, key.sign)], []);
const ledgerOf = (reasons: readonly string[], key = ours): LedgerEntry[] => chained([keyDraft(key.publicKey), ...reasons.map(draft)], key);
const headFor = ({ number, hash }: LedgerEntry, key = ours): LedgerHead => {
  const said = { format: 1 as const, site, number, hash, at: 7, publicKey: key.publicKey };
  return { ...said, signature: key.sign(canonicalJson(said)) };
};

test("chain() starts from the genesis hash and numbers lines from 1", () => {
  const [first, second] = ledgerOf(["a", "b"]);
  assert.equal(first?.previous, genesis);
  assert.equal(first?.number, 1);
  assert.equal(second?.previous, first?.hash);
  assert.equal(second?.number, 2);
});

test("verifyLedger() finds nothing in a ledger as written, nor in one that began before the site had a key", () => {
  assert.deepEqual(verifyLedger(ledgerOf(["a", "b", "c"])), []);
  assert.deepEqual(verifyLedger([]), []);
  const unsigned = chained([draft("a"), draft("b")]);
  for (const line of unsigned) delete line.signature;
  const later = [keyDraft(ours.publicKey), draft("c")].reduce((entries, one) => [...entries, chain(entries.at(-1) ?? null, one, ours.sign)], unsigned);
  assert.deepEqual(verifyLedger(later), []);
});

test("verifyLedger() finds any altered field, and names the line", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 8 }), fc.nat(), fc.constantFrom("reason", "gain", "decision", "cpuSeconds", "at", "signature"), (reasons, pick, field) => {
      const entries = ledgerOf(reasons);
      const at = 1 + (pick % reasons.length);
      const altered = entries.map((entry, i) => (i === at ? ({ ...entry, [field]: typeof Reflect.get(entry, field) === "string" ? `!${Reflect.get(entry, field)}` : Number(Reflect.get(entry, field)) + 1 }) : entry));
      assert.ok(verifyLedger(altered).some(({ number }) => number === at + 1));
    }),
  );
});

test("verifyLedger() finds lines that were removed, swapped or cut off at the end", () => {
  const entries = ledgerOf(["a", "b", "c", "d"]);
  const [key, a, b, c, d] = entries;
  assert.ok(verifyLedger([key, b, c, d]).length > 0);
  assert.ok(verifyLedger([key, a, c, b, d]).length > 0);
  assert.deepEqual(verifyLedger(entries.slice(0, 4)), []);
  for (const head of [{ number: d.number, hash: d.hash }, headFor(d)]) assert.equal(verifyLedger(entries.slice(0, 4), { head }).length, 1);
  assert.deepEqual(verifyLedger(entries, { head: headFor(b) }), []);
});

test("verifyLedger() finds a ledger that somebody else wrote anew, by the public key or the head kept outside", () => {
  const [real, forged] = [ledgerOf(["a", "b"]), ledgerOf(["a", "b, as I like it"], theirs)];
  assert.deepEqual(verifyLedger(forged), []);
  assert.equal(verifyLedger(forged, { publicKey: ours.publicKey }).length, 1);
  assert.ok(verifyLedger(forged, { head: headFor(real[2]) }).length > 0);
  assert.ok(verifyLedger(real, { head: { ...headFor(real[2]), at: 8 } }).length > 0, "a head must be as it was signed");
});

test("verifyLedger() accepts a key that the one before signed, and no other", () => {
  const before = ledgerOf(["a"]);
  const handedOver = [...before, chain(before[1], keyDraft(theirs.publicKey), ours.sign)];
  const after = [...handedOver, chain(handedOver[2], draft("b"), theirs.sign)];
  assert.deepEqual(verifyLedger(after, { publicKey: ours.publicKey }), []);
  assert.deepEqual(verifyLedger([...handedOver, chain(handedOver[2], draft("b"), ours.sign)]).map(({ number }) => number), [4]);
  assert.deepEqual(verifyLedger([...before, chain(before[1], keyDraft(theirs.publicKey), theirs.sign)]).map(({ number }) => number), [3]);
});

test("verifyRows() also finds what a row says otherwise than its line, and lines that are no JSON", () => {
  const rows = ledgerOf(["a", "b"]).map((line) => ({ number: line.number, hash: line.hash, body: canonicalJson(line) }));
  assert.deepEqual(verifyRows(rows), []);
  for (const change of [{ hash: "0".repeat(64) }, { number: 9 }, { body: "{" }, { body: "[]" }, { body: `${rows[1].body} ` }]) {
    assert.ok(verifyRows(rows.map((row, at) => (at === 1 ? { ...row, ...change } : row))).some(({ number }) => number === (change.number ?? 2)), JSON.stringify(change));
  }
});

test("headOf() reads a head's file, and NUMBER:HASH", () => {
  const head = headFor(ledgerOf(["a"])[1]);
  assert.deepEqual(headOf(JSON.stringify(head)), head);
  assert.deepEqual(headOf(`2:${head.hash}\n`), { number: 2, hash: head.hash });
  for (const text of ["", "2", "{}", "2:abc", JSON.stringify({ ...head, format: 2 })]) assert.equal(headOf(text), null);
});
