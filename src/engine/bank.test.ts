import assert from "node:assert/strict";
import { test } from "node:test";
import { naiveGram } from "../../test/naive-gram.ts";
import { addBank, bankOf, fitBank } from "../learn/heads/bank.ts";
import { momentsOf } from "../learn/moments.ts";
import { Graph } from "../learn/onnx/graph.ts";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { onnxEngine } from "./onnx.ts";

const columns = 6;

/** Items whose features move together, now and then far off. */
function itemsOf(seed: number, count: number, far: number): Float32Array[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, (_, i) => {
    const load = normalFrom(random);
    return Float32Array.from({ length: columns }, () => (i % 5 === 4 ? far : 1) * (load + 0.2 * normalFrom(random)));
  });
}

test("a memory bank scores in a graph as in plain code, its parts sum to the score, and the signal at fault has the largest", async () => {
  for (const [count, size, shrinkage, levels] of [[1, 10, 1, 2], [3, 10, 0.5, 0], [200, 40, 0.3, 3], [200, 300, 1, 6]] as const) {
    const items = itemsOf(1, count, 1);
    const head = fitBank(items, await momentsOf(items, columns, naiveGram), columns, { size, neighbours: 3, shrinkage, levels, seed: 2 });
    const graph = new Graph();
    const { score, parts } = addBank(graph, head, graph.input("x", "double", ["items", columns]));
    graph.output("score", score, "double", ["items", 1]);
    graph.output("parts", parts, "double", ["items", columns]);
    const session = await onnxEngine.open(graph.bytes("bank", {}));
    const asked = [...itemsOf(2, 60, 30), ...items.slice(0, 5), Float32Array.of(0, 0, 0, NaN, 0, 0), Float32Array.of(0.1, 0.1, 0.1, 0.1, 0.1, 9)];
    const seen = await session.run({ x: { type: "double", dims: [asked.length, columns], values: Float64Array.from(asked.flatMap((item) => [...item])) } });
    for (const [i, item] of asked.entries()) {
      const expected = bankOf(head, item);
      const own = [...seen.parts.values.slice(i * columns, (i + 1) * columns)];
      if (Number.isNaN(expected)) {
        assert.ok(Number.isNaN(seen.score.values[i]));
        continue;
      }
      assert.ok(Math.abs(seen.score.values[i] - expected) <= 1e-5 * Math.max(1, expected), `${seen.score.values[i]}, expected ${expected}`);
      assert.ok(Math.abs(own.reduce((sum, part) => sum + part) - expected) <= 1e-5 * Math.max(1, expected));
    }
    const last = [...seen.parts.values.slice(-columns)];
    if (count === 200) assert.equal(last.indexOf(Math.max(...last)), 5);
    await session.close();
  }
});
