import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { LedgerEntry } from "../schema/ledger-entry.ts";
import { chain, genesis, verifyLedger, type Draft } from "./ledger.ts";

const site = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const draft = (reason: string): Draft => ({
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
const ledgerOf = (reasons: readonly string[]): LedgerEntry[] =>
  reasons.reduce<LedgerEntry[]>((entries, reason) => [...entries, chain(entries.at(-1) ?? null, draft(reason))], []);

test("chain() starts from the genesis hash and numbers lines from 1", () => {
  const [first, second] = ledgerOf(["a", "b"]);
  assert.equal(first?.previous, genesis);
  assert.equal(first?.number, 1);
  assert.equal(second?.previous, first?.hash);
  assert.equal(second?.number, 2);
});

test("verifyLedger() finds nothing in a ledger as written", () => {
  assert.deepEqual(verifyLedger(ledgerOf(["a", "b", "c"])), []);
  assert.deepEqual(verifyLedger([]), []);
});

test("verifyLedger() finds any altered field, and names the line", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 8 }), fc.nat(), fc.constantFrom("reason", "gain", "decision", "cpuSeconds", "at"), (reasons, pick, field) => {
      const entries = ledgerOf(reasons);
      const at = pick % entries.length;
      const altered = entries.map((entry, i) => (i === at ? { ...entry, [field]: field === "reason" || field === "decision" ? `${entry[field]}!` : Number(entry[field as "gain"]) + 1 } : entry));
      assert.ok(verifyLedger(altered).some(({ number }) => number === at + 1));
    }),
  );
});

test("verifyLedger() finds lines that were removed, swapped or cut off at the end", () => {
  const entries = ledgerOf(["a", "b", "c", "d"]);
  const last = entries[3];
  assert.ok(verifyLedger([entries[0], entries[2], entries[3]]).length > 0);
  assert.ok(verifyLedger([entries[0], entries[2], entries[1], entries[3]]).length > 0);
  assert.deepEqual(verifyLedger(entries.slice(0, 3)), []);
  assert.equal(verifyLedger(entries.slice(0, 3), { number: last.number, hash: last.hash }).length, 1);
});
