import assert from "node:assert/strict";
import { test } from "node:test";
import type { SeriesColumn } from "../learn/maps/series-map.ts";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { pairsFor } from "./study-pairs.ts";

const number = (name: string, spread = 1): SeriesColumn => ({ name, centre: 0, spread, still: false });
const all = (rows: number) => new Uint8Array(rows).fill(1);

test("every two number columns are multiplied, and subtracted where their spreads are alike", () => {
  const columns = [number("speed", 200), { name: "kind", levels: ["a", "b"] }, number("torque", 10), number("air", 2)];
  const inputs = columns.map(({ name }) => ({ name, values: Float64Array.of(1, 2), levels: null }));
  assert.deepEqual(pairsFor(inputs, columns, null, all(2)), [
    { of: "product", first: 0, second: 2 },
    { of: "product", first: 0, second: 3 },
    { of: "product", first: 2, second: 3 },
    { of: "difference", first: 2, second: 3 },
  ]);
});

test("of many columns those that the target goes with are paired, up and down again too, by the rows that teach alone", () => {
  const rows = 2000;
  const random = randomFrom(3);
  const names = Array.from({ length: 20 }, (_, at) => `x${at}`);
  const inputs = names.map((name) => ({ name, values: Float64Array.from({ length: rows }, () => normalFrom(random)), levels: null }));
  const teaches = Uint8Array.from({ length: rows }, (_, row) => (row < rows / 2 ? 1 : 0));
  // Rows that do not teach say that x1 is all.
  const value = (row: number) => (teaches[row] === 0 ? 100 * inputs[1].values[row] : inputs[7].values[row] ** 2 + inputs[13].values[row]);
  const target = { name: "y", values: Float64Array.from({ length: rows }, (_, row) => value(row)), levels: null };
  const usedBy = (of: typeof target | { name: string; values: Float64Array; levels: string[] }) => new Set(pairsFor(inputs, names.map((name) => number(name)), of, teaches).flatMap(({ first, second }) => [first, second]));
  const used = usedBy(target);
  assert.equal(used.size, 8);
  assert.ok(used.has(7) && used.has(13));
  const classes = { name: "kind", values: target.values.map((one) => (one > 1 ? 2 : one > 0 ? 1 : 0)), levels: ["low", "middle", "high"] };
  assert.ok(usedBy(classes).has(7) && usedBy(classes).has(13));
  // Pure noise in another place: the same columns.
  const other = { ...target, values: target.values.map((one, row) => (teaches[row] === 0 ? NaN : one)) };
  assert.deepEqual(usedBy(other), used);
});
