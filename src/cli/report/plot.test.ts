import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { band, drawSeries, hatching, powers, roundValues, straight } from "./plot.ts";
import { timeAxis } from "./time-axis.ts";

const axis = timeAxis([{ start: 0, end: 100 }], 180); // the plot is 100 wide, from 66 on
const plot = straight(axis, 0, 10, 0, 10);
const path = (least: readonly number[], most = least) => /d="([^"]*)"/.exec(drawSeries(plot, { least, most }, { stretches: [{ start: 0, end: 100, buckets: least.length }], span: 100 / least.length }, "area").markup)?.[1];

test("drawSeries() runs along the highest and back along the lowest, and leaves gaps open", () => {
  assert.equal(path([0, 5], [10, 5]), "M91 0L141 5L141 5L91 10Z");
  const gap = path([1, 1, NaN, 1, 1]) ?? "";
  assert.equal(gap.match(/M/g)?.length, 2);
  assert.equal(path([NaN, NaN]), "");
});

test("drawSeries() shows a reading that stands alone", () => {
  assert.equal(path([NaN, 4, NaN, NaN]), "M103.5 6V6h.01");
});

test("band() is never too thin to be seen, nor outside of the plot", () => {
  assert.match(band(plot, { start: 100, end: 100 }, "event", "e").markup, /x="164" y="0" width="2"/);
});

test("powers() puts what is below its least on the bottom, and the same ratio at the same distance", () => {
  const { y } = powers(axis, 0, 100, 0.1, 10);
  assert.deepEqual([0, 0.1, 1, 10].map((value) => Math.round(y(value))), [100, 100, 50, 0]);
});

test("hatching() stays inside its rectangle", () => {
  fc.assert(
    fc.property(fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 200 })), ([left, wide, top, high]) => {
      const points = [...hatching(left, left + wide, top, top + high).markup.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)];
      for (const [, x, y] of points) assert.ok(Number(x) >= left && Number(x) <= left + wide && Number(y) >= top && Number(y) <= top + high);
      assert.ok(points.length > 0 || wide + high < 16);
    }),
  );
});

test("roundValues() are two to six round numbers inside any range", () => {
  fc.assert(
    fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (least, range) => {
      const values = roundValues(least, least + range);
      assert.ok(values.length >= 2 && values.length <= 6, `${values.length} of ${least} to ${least + range}`);
      for (const value of values) assert.ok(value >= least - 1e-6 * range && value <= least + range * (1 + 1e-6));
    }),
  );
  assert.deepEqual(roundValues(3, 3), [3]);
});
