import assert from "node:assert/strict";
import { test } from "node:test";
import { baselineInput, baselineOf } from "./baseline.ts";
import { normalFrom, randomFrom } from "./random.ts";

const one = (values: readonly number[]) => baselineOf({ rows: values.length, columns: 1, values: Float64Array.from(values) });
const isNear = (seen: number, expected: number) => assert.ok(Math.abs(seen - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${seen}, expected ${expected}`);

test("baselineOf() is the median level, the scatter about it, and a spread that also holds how far the level wanders", () => {
  // Eight parts of ten rows: level 100 + part, readings one above and one below it.
  const { centre, spread, noise } = one(Array.from({ length: 80 }, (_, row) => 100 + Math.floor(row / 10) + (row % 2 === 0 ? 1 : -1)));
  const level = 103.5;
  const wander = 1.4826 * 2; // the median of 3.5, 2.5, 1.5, 0.5 twice over
  isNear(centre[0], level);
  isNear(noise[0], Math.sqrt(1 + 0.036 * (0.02 * level) ** 2));
  isNear(spread[0], Math.sqrt(1 + 4 * wander ** 2 + (0.02 * level) ** 2));
});

test("baselineOf() is hardly moved by a fault in an eighth of the stretch, or in three", () => {
  const random = randomFrom(2);
  const calm = Array.from({ length: 240 }, () => 50 + normalFrom(random));
  const clean = one(calm);
  for (const [from, to] of [[60, 90], [90, 180]] as const) {
    const spoilt = one(calm.map((value, row) => (row >= from && row < to ? value * 100 : value)));
    assert.ok(Math.abs(spoilt.centre[0] - clean.centre[0]) < 0.5, `${spoilt.centre[0]}`);
    assert.ok(spoilt.noise[0] / clean.noise[0] < 1.2 && spoilt.spread[0] / clean.spread[0] < 1.8, `${spoilt.noise[0]} ${spoilt.spread[0]}`);
  }
});

test("baselineOf() skips gaps, and is unknown for a signal with readings in fewer than half of its parts", () => {
  const values = Array.from({ length: 80 }, (_, row) => 10 + (row % 3));
  const gappy = one(values.map((value, row) => (row % 4 === 1 ? NaN : value)));
  assert.ok([gappy.centre, gappy.spread, gappy.noise].every(([value]) => Number.isFinite(value)));
  assert.ok(Number.isFinite(one(values.map((value, row) => (row < 40 ? NaN : value))).centre[0]), "four of eight parts");
  for (const silent of [values.map((value, row) => (row < 50 ? NaN : value)), values.map(() => NaN), []]) {
    const { centre, spread, noise } = one(silent);
    assert.deepEqual([centre[0], spread[0], noise[0]], [NaN, NaN, NaN]);
  }
});

test("baselineOf() gives a signal that never moves a spread above 0, also at 0", () => {
  for (const level of [0, 7, -1e6]) {
    const { centre, spread, noise } = one(Array.from({ length: 40 }, () => level));
    assert.equal(centre[0], level);
    assert.ok(spread[0] > 0 && noise[0] > 0 && spread[0] <= Math.max(0.02 * Math.abs(level), 1e-9));
  }
});

test("baselineOf() keeps signals apart and the digits of a small spread far from zero, and changes nothing", () => {
  const random = randomFrom(4);
  const values = Float64Array.from({ length: 160 * 2 }, (_, at) => (at % 2 === 0 ? 1e6 + 1e-3 * normalFrom(random) : normalFrom(random)));
  const before = values.slice();
  const both = baselineOf({ rows: 160, columns: 2, values });
  assert.deepEqual(values, before);
  assert.ok(Math.abs(both.centre[0] - 1e6) < 1e-3 && Math.abs(both.centre[1]) < 0.5);
  const alone = one(Array.from({ length: 160 }, (_, row) => values[row * 2 + 1]));
  assert.deepEqual([both.centre[1], both.spread[1], both.noise[1]], [alone.centre[0], alone.spread[0], alone.noise[0]]);
  assert.deepEqual(baselineInput(both).dims, [3, 2]);
  assert.deepEqual([...baselineInput(both).values], [...both.centre, ...both.spread, ...both.noise]);
});
