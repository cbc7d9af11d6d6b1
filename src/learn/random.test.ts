import assert from "node:assert/strict";
import { test } from "node:test";
import { hash32, mix, normalFrom, randomFrom } from "./random.ts";

test("randomFrom() draws what xoshiro128** seeded by splitmix32 draws, written apart in Python", () => {
  // That transcription gives the published 11520, 0, 5927040, 70819200, ... from the state 1, 2, 3, 4.
  const known: Readonly<Record<string, readonly number[]>> = {
    "0": [0.8868539502021594, 0.012474988946590604, 0.032522145755498943, 0.6952576198588428],
    "1": [0.5686059948349658, 0.8893939367683266, 0.4705824180198359, 0.7066688045439214],
    "20261122": [0.028932252968164263, 0.20907785184077965, 0.8009638428836526, 0.13712839791890252],
    "-7": [0.9559268680264107, 0.34061017891707845, 0.9609520249229117, 0.9773684966196613],
  };
  for (const [seed, [first, second, third, thousandth]] of Object.entries(known)) {
    const draws = Array.from({ length: 1000 }, randomFrom(Number(seed)));
    assert.deepEqual([draws[0], draws[1], draws[2], draws[999]], [first, second, third, thousandth]);
  }
});

test("randomFrom() spreads evenly over [0, 1), and neighbours and seeds are unrelated", () => {
  const count = 100_000;
  const draws = Array.from({ length: count }, randomFrom(3));
  assert.ok(draws.every((draw) => draw >= 0 && draw < 1));
  const bins = new Float64Array(100);
  for (const draw of draws) bins[Math.floor(draw * 100)]++;
  const chiSquare = bins.reduce((sum, seen) => sum + (seen - count / 100) ** 2 / (count / 100), 0);
  assert.ok(chiSquare > 55 && chiSquare < 160, `χ² of 99 degrees of freedom: ${chiSquare}`); // 1e-4 on either side
  const correlation = (a: readonly number[], b: readonly number[]) => 12 * (a.reduce((sum, value, i) => sum + (value - 0.5) * (b[i] - 0.5), 0) / a.length);
  assert.ok(Math.abs(correlation(draws.slice(1), draws.slice(0, -1))) < 0.013); // four standard errors
  assert.ok(Math.abs(correlation(Array.from({ length: count }, randomFrom(4)), draws)) < 0.013);
});

test("normalFrom() has mean 0, variance 1 and the tails of a normal", () => {
  const random = randomFrom(8);
  const draws = Array.from({ length: 100_000 }, () => normalFrom(random));
  const moment = (power: number) => draws.reduce((sum, draw) => sum + draw ** power, 0) / draws.length;
  assert.ok(Math.abs(moment(1)) < 0.013 && Math.abs(moment(2) - 1) < 0.018 && Math.abs(moment(4) - 3) < 0.13);
  assert.ok(Number.isFinite(normalFrom(() => 0)), "the least draw of all is no infinity");
});

test("hash32() depends on every character and on the salt, and mix() is one to one", () => {
  const hashes = new Set([hash32("a/1", 1), hash32("a/2", 1), hash32("1/a", 1), hash32("a/1", 2), hash32("", 1), hash32("", 2)]);
  assert.equal(hashes.size, 6);
  assert.equal(new Set(Array.from({ length: 20_000 }, (_, i) => mix(i))).size, 20_000);
  assert.deepEqual([mix(0), mix(1), mix(0xffffffff)], [0, 0x514e28b7, 0x81f16f39]); // fmix32 of MurmurHash3
});
