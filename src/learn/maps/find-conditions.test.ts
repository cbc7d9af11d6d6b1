import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { normalFrom, randomFrom } from "../random.ts";
import { findConditions } from "./find-conditions.ts";
import type { SeriesColumn } from "./series-map.ts";

const number = (name: string): SeriesColumn => ({ name, centre: 0, spread: 1, still: false });
const heights = [0, 10, 20, 35];

/** A machine at four heights and two throttles, of which a few pairs occur; two sensors follow both, one neither. */
function flights(rows: number, seed: number) {
  const random = randomFrom(seed);
  const columns = [number("sensor"), number("height"), number("throttle"), number("other"), number("free")];
  const values = new Float64Array(rows * 5);
  const of = Int32Array.from({ length: rows }, () => Math.floor(random() * 4));
  for (const [row, at] of of.entries()) {
    const [height, throttle] = [heights[at] + 0.003 * normalFrom(random), at === 3 ? 60 : 100];
    values.set([heights[at] * 7 + 2 * normalFrom(random), height, throttle, 1000 - heights[at] * 5 - throttle + normalFrom(random), normalFrom(random)], row * 5);
  }
  return { columns, matrix: { rows, columns: 5, values }, of };
}

test("conditions are found from what is held, with what is usual of each column in each", () => {
  const { columns, matrix, of } = flights(2000, 1);
  const found = findConditions(columns, matrix, new Uint8Array(2000).fill(1));
  assert.ok(found !== null);
  // The throttle adds nothing to the height, and the sensors are not held.
  assert.deepEqual(found.setPoints, [1]);
  assert.deepEqual(found.levels.map(([level]) => Math.round(level) + 0), heights);
  assert.ok(Math.abs(found.near[0] - 2.5) < 0.01);
  for (const [at, centres] of found.centres.entries()) {
    const rows = Array.from(of.keys()).filter((row) => of[row] === at);
    const mean = rows.reduce((sum, row) => sum + matrix.values[row * 5], 0) / rows.length;
    assert.ok(Math.abs(centres[0] - mean) < 1e-9);
    assert.ok(Math.abs(found.spreads[at][0] - 2) < 0.3);
    assert.ok(Math.abs(found.spreads[at][4] - 1) < 0.15);
  }
});

test("rows that do not teach change nothing, and neither do a few in passing", () => {
  const { columns, matrix } = flights(1000, 2);
  const teaches = Uint8Array.from({ length: 1000 }, (_, row) => (row < 800 ? 1 : 0));
  const found = findConditions(columns, matrix, teaches);
  const other = { ...matrix, values: matrix.values.map((value, at) => (at < 4000 ? value : value * 3 + 1)) };
  assert.deepEqual(findConditions(columns, other, teaches), found);
  const passing = { ...matrix, values: matrix.values.slice() };
  for (const row of [10, 20, 30]) passing.values[row * 5 + 1] = 15;
  const levels = findConditions(columns, passing, teaches)?.levels.map(([level]) => Math.round(level) + 0);
  assert.deepEqual(levels, heights);
});

test("a text can be a set-point, and one more is taken where it tells more", () => {
  const random = randomFrom(3);
  const columns: SeriesColumn[] = [{ name: "recipe", levels: ["a", "b"] }, number("valve"), number("flow"), number("heat")];
  const lines = Array.from({ length: 600 }, () => {
    const [recipe, valve] = [Math.floor(random() * 2), Math.floor(random() * 2)];
    return [recipe, valve, 50 * recipe + 20 * valve + normalFrom(random), 30 * valve - 40 * recipe + normalFrom(random)];
  });
  const found = findConditions(columns, { rows: 600, columns: 4, values: Float64Array.from(lines.flat()) }, new Uint8Array(600).fill(1));
  assert.deepEqual(found?.setPoints.toSorted(), [0, 1]);
  assert.equal(found?.levels.length, 4);
});

test("there are no conditions where nothing is held, where what is held tells nothing, or where there are no rows", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 4 }), (seed, rows, levels) => {
      const random = randomFrom(seed);
      const columns = [number("a"), number("b"), number("c"), number("switch"), { name: "kind", levels: ["x", "y"] }];
      const lines = Array.from({ length: rows }, () => [normalFrom(random), random(), random() < 0.1 ? NaN : normalFrom(random) ** 3, Math.floor(random() * levels), Math.floor(random() * 2)]);
      // A handful of rows is told by anything.
      if (rows > 0 && rows < 30) return;
      assert.equal(findConditions(columns, { rows, columns: 5, values: Float64Array.from(lines.flat()) }, new Uint8Array(rows).fill(1)), null);
    }),
    { numRuns: 60 },
  );
});
