import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { naiveSeries } from "../../test/naive-series-map.ts";
import { addSeriesMap, seriesFeatures, seriesInput, seriesReach, type SeriesMap } from "../learn/maps/series-map.ts";
import { Graph } from "../learn/onnx/graph.ts";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { onnxEngine } from "./onnx.ts";

const number = (centre: number, spread: number, still = false) => ({ name: `x${centre}`, centre, spread, still });
const columns = [number(0, 1), { name: "kind", levels: ["a", "b", "c"] }, number(-3, 4, true), number(1e6, 1e-3), number(5, 2)];
const row: SeriesMap = { name: "series", version: 1, columns, lags: [], memories: [], windows: [], own: 0, age: false };
const life: SeriesMap = { ...row, lags: [1, 3], memories: [2, 6], windows: [4, 9], own: 5, age: true };
/** Two set-points: the text, and the first number held at 0 and 4. */
const conditions = {
  setPoints: [1, 0],
  near: [0.5, 2],
  levels: [[0, 0], [1, 0], [2, 4]],
  centres: [[0, 0, -3, 1e6, 5], [0, 0, 3, 1e6 + 1, 7], [0, 0, -9, 1e6 - 1, 9]],
  spreads: [[1, 1, 2, 1e-3, 1], [1, 1, 1, 2e-3, 3], [1, 1, 5, 1e-3, 2]],
};

const pairs = [[0, 2], [3, 4], [4, 0], [3, 3]].flatMap(([first, second]) => (["product", "difference"] as const).map((of) => ({ of, first, second })));

async function featuresOf(map: SeriesMap, rows: readonly (readonly number[])[]): Promise<number[][]> {
  const width = seriesFeatures(map).length;
  const graph = new Graph();
  graph.output("features", addSeriesMap(graph, map, seriesInput(graph, map.columns.length)), "float", ["rows", width]);
  const session = await onnxEngine.open(graph.bytes("features", {}));
  const { features } = await session.run({ rows: { type: "double", dims: [rows.length, map.columns.length], values: Float64Array.from(rows.flat()) } });
  await session.close();
  return rows.map((_, at) => Array.from(features.values.subarray(at * width, (at + 1) * width)));
}

function stretchOf({ rows, seed, gaps }: { rows: number; seed: number; gaps: number }): number[][] {
  const random = randomFrom(seed);
  return Array.from({ length: rows }, (_, r) =>
    columns.map((column) => {
      if ("levels" in column) return Math.floor(random() * 4) - (random() < 0.1 ? NaN : 0); // also a level that nobody knows
      const wild = random() < 0.02 ? 1e7 : 1;
      return random() < gaps ? NaN : column.centre + column.spread * wild * (normalFrom(random) + r / 20);
    }),
  );
}

const stretch = fc.record({ rows: fc.integer({ min: 1, max: 60 }), seed: fc.integer(), gaps: fc.constantFrom(0, 0.2, 0.9) });

test("the series map's graph agrees with its naive twin on short and long stretches with gaps", async () => {
  await fc.assert(
    fc.asyncProperty(stretch, fc.constantFrom(row, life, { ...life, memories: [], age: false, pairs }, { ...row, pairs }, { ...row, conditions }, { ...life, conditions, pairs }), async (given, map) => {
      const rows = stretchOf(given);
      const [seen, expected] = [await featuresOf(map, rows), naiveSeries(map, rows)];
      const names = seriesFeatures(map).map(({ name }) => name);
      for (const [r, features] of expected.entries()) {
        assert.equal(features.length, names.length);
        for (const [j, value] of features.entries()) {
          const got = seen[r][j];
          if (Number.isNaN(value)) assert.ok(Number.isNaN(got), `row ${r} ${names[j]}: ${got}, expected unknown`);
          else assert.ok(Math.abs(got - value) <= 2e-5 * Math.max(1, Math.abs(value)), `row ${r} ${names[j]}: ${got}, expected ${value}`);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("the series map sees nothing after a row, nor anything before its reach", async () => {
  const map = { ...life, own: 0, age: false };
  assert.deepEqual([seriesReach(row), seriesReach(map), seriesReach(life)], [0, 23, Infinity]);
  const rows = stretchOf({ rows: 60, seed: 4, gaps: 0 });
  const other = rows.map((values, r) => (r < 10 || r > 40 ? values.map((value) => value + 1) : values));
  const [before, after] = [await featuresOf(map, rows), await featuresOf(map, other)];
  assert.deepEqual(after.slice(33, 41), before.slice(33, 41));
  assert.notDeepEqual(after[32], before[32]);
  assert.notDeepEqual(after[41], before[41]);
});

test("a map of text columns alone has a feature a level, and one that nobody knows has none of them", async () => {
  const map = { ...row, columns: [columns[1]] };
  assert.deepEqual(await featuresOf(map, [[0], [2], [7], [NaN]]), [[1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]]);
});

test("with conditions a number is held against what is usual where its row runs, and is unknown where nobody knows that", async () => {
  const map = { ...row, columns: [number(0, 1), columns[1], number(5, 2)], conditions: { setPoints: [0], near: [2], levels: [[0], [4]], centres: [[0, 0, 5], [0, 0, 500]], spreads: [[1, 1, 2], [1, 1, 10]] } };
  const seen = await featuresOf(map, [[0.5, 0, 7], [4, 0, 510], [2, 0, 7], [NaN, 0, 7], [40, 0, 7]]);
  assert.deepEqual(seen.map((own) => own.slice(0, 2)), [[0.5, 1], [4, 1], [2, NaN], [NaN, NaN], [40, NaN]]);
});
