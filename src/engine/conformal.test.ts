import assert from "node:assert/strict";
import { test } from "node:test";
import { featuresOf, madeItems, sumOfItems } from "../../test/target-items.ts";
import { addNearestClass, distancesOf, fitNearestClass } from "../learn/heads/nearest-class.ts";
import { addInterval, boundsOf, intervalOf } from "../learn/interval.ts";
import { Graph } from "../learn/onnx/graph.ts";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { addRejection, believedOf, type Rejection } from "../learn/rejection.ts";
import { onnxEngine } from "./onnx.ts";

function same(seen: ArrayLike<number>, expected: ArrayLike<number>, within = 1e-9): void {
  assert.equal(seen.length, expected.length);
  for (let at = 0; at < expected.length; at++) {
    if (Number.isNaN(expected[at])) assert.ok(Number.isNaN(seen[at]), `${at}: ${seen[at]}, expected unknown`);
    else assert.ok(Math.abs(seen[at] - expected[at]) <= within * Math.max(1, Math.abs(expected[at])), `${at}: ${seen[at]}, expected ${expected[at]}`);
  }
}

test("an interval has in a graph the bounds that it has in plain code: one width, several, none, and for unknown predictions", async () => {
  const random = randomFrom(4);
  for (const [blocks, least] of [[0, null], [0, 0], [5, 0], [60, null], [60, 0]] as const) {
    const predicted = Float64Array.from({ length: blocks * 5 }, () => 50 * random());
    const truth = predicted.map((value) => value + (1 + value / 10) * normalFrom(random));
    const interval = intervalOf({ predicted, truth, blocks: Array.from(predicted, (_, i) => Math.floor(i / 5)) }, 0.9, least);
    const graph = new Graph();
    const { lower, upper } = addInterval(graph, interval, graph.input("y", "double", ["items", 1]));
    graph.output("lower", lower, "double", ["items", 1]);
    graph.output("upper", upper, "double", ["items", 1]);
    const session = await onnxEngine.open(graph.bytes("interval", {}));
    const asked = Float64Array.of(-1e6, -1, 0, 3, 10, 20, 30, 49, 60, 1e9, NaN);
    const seen = await session.run({ y: { type: "double", dims: [asked.length, 1], values: asked } });
    const expected = boundsOf(interval, asked);
    same(seen.lower.values, expected.lower);
    same(seen.upper.values, expected.upper);
    await session.close();
  }
});

test("the nearest class and the classes believed are in a graph what they are in plain code", async () => {
  for (const classes of [1, 3]) {
    const items = madeItems({ seed: 12, rows: 60, features: 4, groups: 3, classes, noise: 1, gaps: 0.05 });
    const nearest = fitNearestClass(await sumOfItems(items, () => true));
    const asked = featuresOf([...items.rows, [NaN, NaN, NaN, NaN], [1e5, 0, -1e5, 0]]);
    const distances = distancesOf(nearest, asked);
    const rejection: Rejection = { least: Float64Array.of(0.4, 0.5, 0.6).slice(0, classes), farthest: distances.toSorted()[30], provisional: [] };
    const random = randomFrom(1);
    const shares = Float64Array.from({ length: asked.rows * classes }, (_, at) => (at < classes ? NaN : random()));
    for (const farthest of [rejection.farthest, null]) {
      const graph = new Graph();
      const distance = addNearestClass(graph, nearest, graph.input("x", "float", ["items", 4]));
      graph.output("distance", distance, "double", ["items", 1]);
      graph.output("class", addRejection(graph, { ...rejection, farthest }, graph.input("p", "double", ["items", classes]), distance), "double", ["items", 1]);
      const session = await onnxEngine.open(graph.bytes("rejection", {}));
      const seen = await session.run({ x: { type: "float", dims: [asked.rows, 4], values: asked.values }, p: { type: "double", dims: [asked.rows, classes], values: shares } });
      same(seen.distance.values, distances, 1e-7);
      const expected = believedOf({ ...rejection, farthest }, shares, distances);
      const clear = Array.from(expected.keys()).filter((item) => farthest === null || Math.abs(distances[item] - farthest) > 1e-6);
      assert.deepEqual(clear.map((item) => seen.class.values[item]), clear.map((item) => expected[item]));
      await session.close();
    }
  }
});
