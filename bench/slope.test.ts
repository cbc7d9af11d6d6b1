import assert from "node:assert/strict";
import { test } from "node:test";
import { normalFrom, randomFrom } from "../src/learn/random.ts";
import { slopeOf } from "./slope.ts";
import { growing } from "./soak.ts";

const hours = Array.from({ length: 480 }, (_, at) => at / 720);

test("slopeOf() of a straight line is that line, exactly", () => {
  const slope = slopeOf(hours, hours.map((at) => 300 + 12 * at));
  assert.ok(slope !== null && Math.abs(slope.perHour - 12) < 1e-9 && slope.high - slope.low < 1e-6);
});

test("slopeOf() has an interval that holds the slope in 95 of 100, and is null of too little", () => {
  const random = randomFrom(3);
  let held = 0;
  for (let round = 0; round < 400; round++) {
    const slope = slopeOf(hours, hours.map((at) => 7 * at + 5 * normalFrom(random)));
    if (slope !== null && slope.low <= 7 && slope.high >= 7) held++;
  }
  assert.ok(held >= 365 && held <= 395, String(held));
  assert.equal(slopeOf(hours.slice(0, 20), hours.slice(0, 20)), null);
  assert.equal(slopeOf([], []), null);
});

test("growing() names who grew for certain, the most first, and the rest", () => {
  const part = (perHour: number, low: number, high: number) => ({ slopeMiBPerHour: { perHour, low, high } });
  const split = { heap: part(12, 2, 22), learning: part(60, -4, 124), rest: part(-3, -9, 3), database: part(40.4, 31, 50), unknown: { slopeMiBPerHour: null } };
  assert.equal(growing(split), "in MiB an hour: database 40 [31, 50], heap 12 [2, 22], rest -3 [-9, 3]; operate.md states their bounds");
});
