import assert from "node:assert/strict";
import { test } from "node:test";
import { mapNames, mapOf, seriesMapOf } from "./maps.ts";
import { seriesFeatures, seriesReach } from "./series-map.ts";
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

const columns = (count: number) => Array.from({ length: count }, (_, at) => ({ name: `s${at}`, centre: 0, spread: 1, still: false }));

test("seriesMapOf() looks back as far as its name says, and less where the sum would hold too many features", () => {
  assert.deepEqual(["row", "past-8", "past-5", "course-20", "life-40"].map((name) => seriesReach(seriesMapOf(name, columns(2)))), [0, 8, 5, 19, Infinity]);
  assert.deepEqual(seriesMapOf("past-5", columns(1)).lags, [1, 2, 4, 5]);
  for (const name of ["past-64", "course-20", "recent-40", "life-40"]) {
    for (const count of [1, 40, 200, 400]) assert.ok(seriesFeatures(seriesMapOf(name, columns(count))).length <= 500, `${name} of ${count}`);
  }
  assert.equal(seriesFeatures(seriesMapOf("past-8", columns(400))).length, 400, "at least the row itself");
  for (const name of ["", "past", "past-0", "future-3", "row-", "past-1e3", "toString", "__proto__"]) {
    if (name !== "past") assert.throws(() => seriesMapOf(name, columns(1)), { name: "RangeError", message: /known are row, past/ });
  }
});
