import assert from "node:assert/strict";
import { test } from "node:test";
import { convolutionFeatures } from "../learn/maps/convolution-features.ts";
import { addConvolutionMap } from "../learn/maps/convolution-graph.ts";
import { convolutionCount, fitConvolutionMap } from "../learn/maps/convolution-map.ts";
import { Graph } from "../learn/onnx/graph.ts";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { onnxEngine } from "./onnx.ts";

test("the convolution map's graph gives the counts of plain code, whatever the length, signals, gaps and offsets", async () => {
  for (const [signals, window, features, gaps] of [[1, 9, 84, 0], [1, 150, 9996, 0.1], [3, 64, 672, 0.2], [12, 40, 336, 0.6], [2, 257, 420, 0.02]] as const) {
    const random = randomFrom(window);
    const options = { signals, window, features, seed: 1, centre: Array.from({ length: signals }, () => 1e6), spread: Array.from({ length: signals }, () => 1e-3) };
    const windows = (count: number, share: number) => Float64Array.from({ length: count * window * signals }, (_, at) => (random() < share ? NaN : 1e6 + 1e-3 * (normalFrom(random) + Math.sin(at / 20) + (at % 31 === 30 ? 1e4 : 0))));
    const map = fitConvolutionMap(windows(5, 0), options);
    const graph = new Graph();
    const { all, kernels } = convolutionCount(map);
    graph.output("features", addConvolutionMap(graph, map).features, "float", ["items", all]);
    const session = await onnxEngine.open(graph.bytes("convolution", {}));
    const asked = windows(4, gaps);
    const { features: seen } = await session.run({ window: { type: "double", dims: [4, window, signals], values: asked } });
    assert.deepEqual([...seen.dims], [4, all]);
    const expected = convolutionFeatures(map, asked).values;
    for (const [at, value] of expected.entries()) {
      const isKernel = at % all < kernels;
      if (Number.isNaN(value)) assert.ok(Number.isNaN(seen.values[at]));
      else assert.ok(Math.abs(seen.values[at] - value) <= (isKernel ? 1e-7 : 1e-6 * Math.max(1, Math.abs(value))), `${at}: ${seen.values[at]}, expected ${value}`);
    }
    await session.close();
  }
});
