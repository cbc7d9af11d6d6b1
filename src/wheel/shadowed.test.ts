import assert from "node:assert/strict";
import { test } from "node:test";
import type { Wheel } from "../schema/wheel.ts";
import type { Ports } from "./ports.ts";
import { shadowsOf } from "./shadowed.ts";

interface Known {
  readonly decision?: string;
  readonly challenger?: string | null;
  readonly former?: string | null;
  readonly champion?: string | null;
  readonly forgotten?: readonly string[];
  /** Whether a turn is under way after that one. */
  readonly isTurning?: boolean;
}

async function shadowsIn({ decision = "keep", challenger = null, former = null, champion = "a", forgotten = [], isTurning = false }: Known) {
  const records = {
    turns: async () => [{ state: "recorded", verdict: { decision, challenger } }, ...(isTurning ? [{ state: "started", verdict: null }] : [])],
    champion: async () => (champion === null ? null : { model: champion }),
    setting: async () => (former === null ? null : JSON.stringify({ former: former.padEnd(64, "0"), since: 1, heldSince: null })),
    ledger: async ({ kinds }: { kinds: readonly string[] }) => (kinds.includes("forget") && forgotten.length > 0 ? [{ kind: "forget", number: 3, models: forgotten }] : []),
  };
  return await shadowsOf({ id: "w" } as Wheel, { store: { records } } as unknown as Pick<Ports, "store">);
}

const f = "f".padEnd(64, "0");

test("shadowsOf() has the challenger that the last turn left undecided, while another turns too, and the former champion on watch", async () => {
  for (const decision of ["shadow", "ask"]) assert.deepEqual(await shadowsIn({ decision, challenger: "b", isTurning: true }), [{ model: "b", role: "challenger" }]);
  for (const decision of ["promote", "keep", "rollback", "not-enough-events"]) assert.deepEqual(await shadowsIn({ decision, challenger: "b" }), [], decision);
  assert.deepEqual(await shadowsIn({ decision: "shadow", challenger: "b", former: "f" }), [{ model: "b", role: "challenger" }, { model: f, role: "former" }]);
});

test("shadowsOf() has none twice, never what is in force, and none that had learnt from what was forgotten", async () => {
  assert.deepEqual(await shadowsIn({ decision: "shadow", challenger: f, former: "f" }), [{ model: f, role: "challenger" }]);
  assert.deepEqual(await shadowsIn({ decision: "ask", challenger: "a" }), [], "a person has put it in force");
  assert.deepEqual(await shadowsIn({ decision: "shadow", challenger: "b", former: "f", forgotten: ["b", f] }), []);
});
