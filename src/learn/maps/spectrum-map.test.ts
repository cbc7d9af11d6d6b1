import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bandEdges, spectrumMapOf, spectrumNames } from "./spectrum-map.ts";

test("bandEdges() cuts all frequencies into bands of at least one each", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 0, max: 500 }), fc.boolean(), (count, more, isLogarithmic) => {
      const edges = bandEdges(count, count + more, isLogarithmic);
      assert.deepEqual([edges.length, edges[0], edges.at(-1)], [count + 1, 1, count + more + 1]);
      for (let band = 0; band < count; band++) assert.ok(edges[band + 1] > edges[band], edges.join(" "));
    }),
  );
});

test("spectrumMapOf() takes any length of 64 samples or more, and names each feature once", () => {
  for (const samples of [64, 100, 2048, 2560, 100_000]) {
    const map = spectrumMapOf(samples, [0], [1]);
    assert.ok(Number.isInteger(Math.log2(map.segment)) && 2 * map.segment <= samples && map.segment <= 256);
    assert.equal(new Set(spectrumNames(map)).size, 7 + map.bands + map.envelopeBands);
  }
  assert.throws(() => spectrumMapOf(63, [0], [1]), { name: "RangeError", message: /at least 64/ });
});
