import assert from "node:assert/strict";
import { test } from "node:test";
import { hour } from "../schema/time.ts";
import { Policy } from "../schema/wheel.ts";
import { dueTurn, type SinceTurn } from "./policy.ts";

const quiet: SinceTurn = { answers: 0, lastTurnAt: 1000 * hour, losses: [], newLosses: 0 };
const wheel = { policy: Policy.parse({ answers: 3, every: 24 * hour, drift: 3 }), createdAt: 990 * hour };
const now = 1001 * hour;

test("dueTurn() is null while nothing calls for a turn", () => {
  assert.equal(dueTurn(wheel, { ...quiet, answers: 2 }, now), null);
});

test("dueTurn() names the rule that calls: answers, drift, clock", () => {
  const risen = [0.1, 0.12, 0.1, 0.11, 0.1, 0.5, 0.6, 0.55, 0.5, 0.6];
  assert.equal(dueTurn(wheel, { ...quiet, answers: 3 }, now), "answers");
  assert.equal(dueTurn(wheel, { ...quiet, losses: risen, newLosses: 1 }, now), "drift");
  assert.equal(dueTurn(wheel, quiet, 1024 * hour), "clock");
});

test("dueTurn() does not turn again for a drift that the last turn has seen", () => {
  const risen = [0.1, 0.12, 0.1, 0.11, 0.1, 0.5, 0.6, 0.55, 0.5, 0.6];
  assert.equal(dueTurn(wheel, { ...quiet, losses: risen, newLosses: 0 }, now), null);
});

test("dueTurn() counts the clock from the wheel's making before its first turn, and not at all without one", () => {
  assert.equal(dueTurn(wheel, { ...quiet, lastTurnAt: null }, 1014 * hour), "clock");
  assert.equal(dueTurn({ ...wheel, policy: Policy.parse({ answers: 3 }) }, { ...quiet, lastTurnAt: null }, 9999 * hour), null);
});
