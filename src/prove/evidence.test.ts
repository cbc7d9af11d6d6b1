import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { randomFrom } from "../learn/random.ts";
import { type Pair, quoted, signTest, weigh } from "./evidence.ts";

const pair = (block: string, championLoss: number, challengerLoss: number): Pair => ({
  block,
  championLoss,
  challengerLoss,
  faults: 2,
  championMissed: 1,
  challengerMissed: 0,
  championFalseAlarms: 3,
  challengerFalseAlarms: 4,
});

test("signTest() gives the wins that a level of 0.95 asks for", () => {
  // 5 of 5, 7 of 8, 9 of 11 and 10 of 13 are the least that lie below 0.05.
  for (const [won, lost] of [[5, 0], [7, 1], [9, 2], [10, 3]] as const) {
    assert.ok(signTest(won, lost) < 0.05);
    assert.ok(signTest(won - 1, lost + 1) >= 0.05);
  }
  assert.equal(signTest(5, 0), 1 / 32);
  assert.equal(signTest(0, 0), 1);
  assert.equal(signTest(0, 7), 1);
});

test("signTest() of a result and of its mirror image overlap in the result itself", () => {
  const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);
  fc.assert(
    fc.property(fc.nat(30), fc.nat(30), (won, lost) => {
      const itself = choose(won + lost, won) * 0.5 ** (won + lost);
      assert.ok(Math.abs(signTest(won, lost) + signTest(lost, won) - 1 - itself) < 1e-9);
    }),
  );
});

test("weigh() adds up blocks, and counts who won", () => {
  const evidence = weigh([pair("a", 0.5, 0.2), pair("b", 0.1, 0.3), pair("c", 0.4, 0.4)], 0.95, randomFrom(1));
  assert.deepEqual(
    { ...evidence, championLoss: 1 / 3, gain: evidence.gain?.toFixed(9), gainLower: null, challengerLoss: evidence.challengerLoss?.toFixed(9) },
    {
      blocks: 3,
      events: 6,
      championLoss: 1 / 3,
      challengerLoss: "0.300000000",
      gain: "0.033333333",
      gainLower: null,
      won: 1,
      lost: 1,
      signP: 0.75,
      championMissed: 3,
      challengerMissed: 0,
      championFalseAlarms: 9,
      challengerFalseAlarms: 12,
    },
  );
  assert.ok(Math.abs((evidence.championLoss ?? NaN) - 1 / 3) < 1e-12);
  assert.ok((evidence.gainLower ?? NaN) < 0);
});

test("weigh() says nothing of no blocks", () => {
  const { blocks, gain, gainLower, championLoss, challengerLoss, signP } = weigh([], 0.95, randomFrom(1));
  assert.deepEqual([blocks, gain, gainLower, championLoss, challengerLoss, signP], [0, null, null, null, null, 1]);
});

test("weigh() refuses a block that is there twice and a loss outside 0 to 1", () => {
  assert.throws(() => weigh([pair("a", 0, 0), pair("a", 0, 0)], 0.95, randomFrom(1)), /^RangeError: Cannot weigh block "a": it is there twice$/);
  for (const odd of [-0.1, 1.1, NaN]) assert.throws(() => weigh([pair("a", 0, odd)], 0.95, randomFrom(1)), RangeError);
});

test("quoted() makes a hostile name safe and short", () => {
  assert.equal(quoted('a"\n'), String.raw`"a\"\n"`);
  assert.equal(quoted("x".repeat(200)).length, 82);
});
