import assert from "node:assert/strict";
import { test } from "node:test";
import { mapNames, mapOf } from "./maps.ts";
import { featureCount } from "./window-map.ts";

test("mapOf() freezes a baseline into the map, or leaves it to the blocks", () => {
  const baseline = { centre: Float64Array.of(1, 2), spread: Float64Array.of(3, 4), noise: Float64Array.of(5, 6) };
  for (const name of mapNames) {
    assert.deepEqual(mapOf(name, 2, baseline).baseline, { centre: [1, 2], spread: [3, 4], noise: [5, 6] });
    assert.equal(mapOf(name, 2, null).baseline, null);
    assert.deepEqual(mapOf(name, 2, null), mapOf(name, 2, null));
  }
});

test("mapOf() says which maps there are for a name that is none of them", () => {
  for (const name of ["window-31", "", "toString", "__proto__", "constructor"]) {
    assert.throws(() => mapOf(name, 1, null), { name: "RangeError", message: /known are window-30/ });
  }
});

test("featureCount() of the usual map stays below the 700 features that a sum may have, up to 66 signals", () => {
  assert.deepEqual(featureCount(mapOf("window-30", 8, null)), { levels: 24, plain: 48, random: 300, all: 348 });
  assert.ok(featureCount(mapOf("window-30", 66, null)).all <= 700);
});
