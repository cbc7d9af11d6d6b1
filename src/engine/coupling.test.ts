import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { naiveCoupling, naiveWhitened } from "../../test/naive-coupling.ts";
import { naiveGram } from "../../test/naive-gram.ts";
import { addCoupling, fitCoupling, type CouplingHead } from "../learn/heads/coupling.ts";
import { whitenedCount, whitenedMap, whitenedModel, type WhitenedMap } from "../learn/maps/whitened-map.ts";
import { momentsOf } from "../learn/moments.ts";
import { Graph } from "../learn/onnx/graph.ts";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { runStretch } from "../learn/stretch.ts";
import { onnxEngine } from "./onnx.ts";

const signals = 5;
const places = [0, 1, 3, 4];
const window = 10;
const centre = 1e6;

/** A balance (signal 1 is twice signal 0), two others that share a load, and one that is not coupled. */
function rowsOf(seed: number, rows: number, { gaps = 0, broken = 0, from = rows }: { gaps?: number; broken?: number; from?: number } = {}): Float64Array {
  const random = randomFrom(seed);
  const values = new Float64Array(rows * signals);
  for (let row = 0; row < rows; row++) {
    const [flow, load] = [normalFrom(random), normalFrom(random)];
    const off = row >= from ? broken : 0;
    const own = [flow, 2 * flow + 0.02 * normalFrom(random) + off, 50 * normalFrom(random), load + 0.3 * normalFrom(random), load + 0.3 * normalFrom(random)];
    for (const [j, value] of own.entries()) values[row * signals + j] = random() < gaps ? NaN : centre + 1e-3 * value;
  }
  return values;
}

async function mapOf(rows: Float64Array): Promise<WhitenedMap> {
  const scale = { centre: places.map(() => centre + 1e-4), spread: places.map(() => 3e-3) };
  const own = Array.from({ length: rows.length / signals }, (_, row) => Float32Array.from(places, (place, j) => (rows[row * signals + place] - scale.centre[j]) / scale.spread[j]));
  return whitenedMap(await momentsOf(own, places.length, naiveGram), scale, places, signals, window, 1e-5);
}

async function taught(): Promise<CouplingHead> {
  const rows = rowsOf(1, 600);
  const map = await mapOf(rows);
  const session = await onnxEngine.open(whitenedModel(map));
  const width = whitenedCount(map);
  const { features } = await runStretch(session, { features: width }, { rows: 600, columns: signals, values: rows }, window, null);
  await session.close();
  const items = Array.from({ length: 600 - window + 1 }, (_, item) => features.slice((item + window - 1) * width, (item + window) * width));
  return fitCoupling(map, await momentsOf(items, width, naiveGram), 0.5);
}

const head = await taught();
const session = await (async () => {
  const graph = new Graph();
  const { score, parts, known } = addCoupling(graph, head, graph.input("window", "double", ["rows", signals]));
  const unknown = graph.double(NaN);
  graph.output("score", graph.add("Where", [known, score, unknown]), "double", ["items", 1]);
  graph.output("parts", parts, "double", ["items", signals]);
  return await onnxEngine.open(graph.bytes("coupling", {}));
})();
const run = async (values: Float64Array) => await session.run({ window: { type: "double", dims: [values.length / signals, signals], values } });

test("whitened normal rows have variance 1 in every direction, and none together", () => {
  const { centre: means, spread, directions, scales } = head.map;
  const rows = rowsOf(1, 600);
  const turned = Array.from({ length: 600 }, (_, row) =>
    places.map((_place, i) => places.reduce((sum, place, j) => sum + (directions[i * 4 + j] * (rows[row * signals + place] - means[j])) / spread[j], 0) / scales[i]),
  );
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j <= i; j++) {
      const product = turned.reduce((sum, row) => sum + row[i] * row[j], 0) / 600;
      // The weakest direction is drawn towards independence by the shrinkage: it never has more than 1.
      if (i === j) assert.ok(product <= 1.01 && product > 0.7, `direction ${i}: ${product}`);
      else assert.ok(Math.abs(product) < 0.02, `directions ${i} and ${j}: ${product}`);
    }
  }
});

test("coupling scores in a graph as in plain code on hard numbers and gaps, and its parts sum to the square of the score", async () => {
  await fc.assert(
    fc.asyncProperty(fc.record({ seed: fc.integer(), rows: fc.integer({ min: window, max: 70 }), gaps: fc.constantFrom(0, 0.03, 0.2), broken: fc.constantFrom(0, 0.3, 1e3, 1e12) }), async ({ seed, rows, gaps, broken }) => {
      const values = rowsOf(seed, rows, { gaps, broken, from: rows >> 1 });
      const { score, parts } = await run(values);
      assert.deepEqual(parts.dims, [rows - window + 1, signals]);
      for (let item = 0; item + window <= rows; item++) {
        const features = naiveWhitened(head.map, values.subarray(item * signals, (item + window) * signals));
        const [seen, expected] = [score.values[item], naiveCoupling(head, features)];
        if (Number.isNaN(expected)) {
          assert.ok(Number.isNaN(seen), `item ${item}: ${seen}, expected unknown`);
          continue;
        }
        assert.ok(Math.abs(seen - expected) <= 1e-5 * Math.max(1, expected), `item ${item}: ${seen}, expected ${expected}`);
        const sum = [...parts.values.slice(item * signals, (item + 1) * signals)].reduce((all, part) => all + part, 0);
        assert.ok(Math.abs(sum - seen ** 2) <= 1e-4 * Math.max(1, seen ** 2), `item ${item}: parts sum to ${sum}, expected ${seen ** 2}`);
        assert.equal(parts.values[item * signals + 2], 0);
      }
    }),
    { numRuns: 60 },
  );
});

test("coupling is far off when a balance breaks by a tenth of a signal's spread, and blames the two signals of it", async () => {
  const { score, parts } = await run(rowsOf(7, 60, { broken: 0.2, from: 30 }));
  const [before, after] = [score.values.slice(0, 20), score.values.slice(-10)];
  assert.ok(Math.max(...before) < 2.5 && Math.min(...after) > 4, `${Math.max(...before)} before, ${Math.min(...after)} after`);
  const last = [...parts.values.slice(-signals)];
  assert.ok(last[0] + last[1] > 0.9 * last.reduce((sum, part) => sum + part), last.join(" "));
});

test("whitenedMap() refuses too few rows and a signal that does not vary", async () => {
  await assert.rejects(mapOf(rowsOf(1, 1)), RangeError);
  const still = rowsOf(1, 50).map((value, at) => (at % signals === 3 ? centre : value));
  await assert.rejects(mapOf(still), { name: "RangeError", message: /signal 3 does not vary/ });
});
