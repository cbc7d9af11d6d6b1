import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { naiveFeatures } from "../../test/naive-window-map.ts";
import { baselineInput, baselineOf } from "../learn/baseline.ts";
import { addWindowMap, featureCount, type WindowMap } from "../learn/maps/window-map.ts";
import { Graph } from "../learn/onnx/graph.ts";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { onnxEngine } from "./onnx.ts";

const map: WindowMap = { name: "window", version: 1, signals: 3, window: 12, memories: [0, 3, 8], random: { count: 20, seed: 5 }, baseline: null };

async function sessionOf(of: WindowMap) {
  const graph = new Graph();
  graph.output("features", addWindowMap(graph, of).features, "float", ["items", featureCount(of).all]);
  return await onnxEngine.open(graph.bytes("features", {}));
}

const session = await sessionOf(map);

/** Rows of walks and noise about an offset, some gaps, now and then a step. */
const stretch = fc.record({
  rows: fc.integer({ min: 12, max: 90 }),
  seed: fc.integer(),
  offset: fc.constantFrom(0, 50, 1e6),
  spread: fc.constantFrom(1e-3, 1, 100),
  gaps: fc.constantFrom(0, 0.1, 0.6),
  step: fc.constantFrom(0, 3, 1e3, 1e9),
});

interface Stretch {
  readonly rows: number;
  readonly seed: number;
  readonly offset: number;
  readonly spread: number;
  readonly gaps: number;
  readonly step: number;
}

function valuesOf({ rows, seed, offset, spread, gaps, step }: Stretch): Float64Array {
  const random = randomFrom(seed);
  const values = new Float64Array(rows * map.signals);
  for (let at = 0; at < values.length; at++) {
    const late = at > values.length / 2 ? step : 0;
    values[at] = random() < gaps ? NaN : offset + spread * (normalFrom(random) + late);
  }
  return values;
}

test("the window map's graph agrees with its naive twin on hard numbers, gaps and far steps", async () => {
  await fc.assert(
    fc.asyncProperty(stretch, async (given) => {
      const values = Object.freeze({ v: valuesOf(given) }).v;
      const baseline = baselineOf({ rows: 64, columns: 3, values: valuesOf({ ...given, rows: 64, gaps: 0, step: 0 }) });
      const { features } = await session.run({ window: { type: "double", dims: [given.rows, 3], values }, baseline: baselineInput(baseline) });
      const { all } = featureCount(map);
      assert.deepEqual(features.dims, [given.rows - map.window + 1, all]);
      for (let item = 0; item < given.rows - map.window + 1; item++) {
        const naive = naiveFeatures(map, values.slice(item * 3, (item + map.window) * 3), baseline);
        for (let j = 0; j < all; j++) {
          const [seen, expected] = [features.values[item * all + j], naive[j]];
          if (Number.isNaN(expected)) assert.ok(Number.isNaN(seen), `item ${item} feature ${j}: ${seen}, expected unknown`);
          else assert.ok(Math.abs(seen - expected) <= 1e-5 * Math.max(1, Math.abs(expected)), `item ${item} feature ${j}: ${seen}, expected ${expected}`);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("the window map keeps a signal at 1e6 with a spread of 1e-3", async () => {
  const frozen = await sessionOf({ ...map, signals: 1, memories: [0], random: { count: 0, seed: 1 }, baseline: { centre: [1e6], spread: [1e-3], noise: [1e-3] } });
  const values = Float64Array.from({ length: 12 }, (_, i) => 1e6 + 1e-3 * (i % 2 === 0 ? 3 : 1));
  const { features } = await frozen.run({ window: { type: "double", dims: [12, 1], values } });
  assert.ok(Math.abs(features.values[0] - Math.asinh(2)) < 1e-6);
  await frozen.close();
});

test("the window map sees nothing after an item's last row, and nothing before its first", async () => {
  const given = { rows: 40, seed: 9, offset: 5, spread: 1, gaps: 0, step: 0 };
  const values = valuesOf(given);
  const baseline = baselineInput(baselineOf({ rows: 40, columns: 3, values }));
  const run = async (v: Float64Array) => (await session.run({ window: { type: "double", dims: [40, 3], values: v }, baseline })).features.values;
  const [before, after] = [await run(values), await run(values.map((x, at) => (at >= 25 * 3 || at < 5 * 3 ? x + 1000 : x)))];
  const { all } = featureCount(map);
  // Item i covers rows i to i + 11; items 5 to 13 touch neither change.
  for (let at = 5 * all; at < 14 * all; at++) assert.ok(Math.abs(before[at] - after[at]) <= 1e-6);
  assert.notEqual(before[14 * all], after[14 * all]);
});
