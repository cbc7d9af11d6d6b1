import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { day, hour, minute, second } from "../../schema/time.ts";
import type { Clock } from "./format.ts";
import { pausesOf, ticksOf, timeAxis, xOf } from "./time-axis.ts";

const utc: Clock = { zone: "UTC", countedFrom: null };
const start = Date.parse("2026-03-09T10:14:33Z") * 1000;

test("xOf() rises with time, stays in the plot, and gives a pause a small space of its own", () => {
  const axis = timeAxis([{ start, end: start + hour }, { start: start + 100 * day, end: start + 100 * day + hour }]);
  const [pause] = pausesOf(axis);
  assert.equal(xOf(axis, start), axis.left);
  assert.ok(Math.abs(xOf(axis, start + 100 * day + hour) - axis.right) < 1e-9);
  assert.ok(pause !== undefined && xOf(axis, start + hour) < pause && pause < xOf(axis, start + 100 * day));
  assert.equal(xOf(axis, start + 50 * day), xOf(axis, start + hour));
  assert.ok(xOf(axis, start + 100 * day) - xOf(axis, start + hour) < 13);
});

test("ticksOf() are readable at any length: some, apart, inside, none twice", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: Math.log(second / 100), max: Math.log(3000 * day), noNaN: true }), { minLength: 1, maxLength: 6 }), (lengths) => {
      let from = start;
      const stretches = lengths.map((length) => {
        const stretch = { start: from, end: from + Math.ceil(Math.exp(length)) };
        from = stretch.end + 5 * day;
        return stretch;
      });
      const axis = timeAxis(stretches);
      const ticks = ticksOf(axis, utc);
      assert.ok(ticks.length <= 14, `${ticks.length} ticks`);
      for (const [at, { x }] of ticks.entries()) {
        assert.ok(x >= axis.left && x <= axis.right);
        assert.ok(at === 0 || x - ticks[at - 1].x >= 74);
      }
      if (lengths.length === 1) assert.ok(ticks.length >= 2, `${ticks.length} ticks for ${Math.exp(lengths[0])}`);
    }),
  );
});

test("ticksOf() stand at round times of the recording's own clock, the day told once", () => {
  const texts = (length: number, clock: Clock) => ticksOf(timeAxis([{ start, end: start + length }]), clock).map(({ text }) => text);
  assert.deepEqual(texts(20 * minute, utc), ["9 Mar, 10:15", "10:20", "10:25", "10:30"]);
  assert.deepEqual(texts(20 * minute, { zone: "Europe/Berlin", countedFrom: null })[0], "9 Mar, 11:15");
  assert.deepEqual(texts(200 * day, utc).slice(0, 2), ["Apr 2026", "May"]);
  assert.deepEqual(texts(30 * hour, { zone: "UTC", countedFrom: start }).at(0), "day 1, 00:00");
});

test("ticksOf() keep to the clock across its changes", () => {
  const night = Date.parse("2026-03-28T12:00:00Z") * 1000;
  const ticks = ticksOf(timeAxis([{ start: night, end: night + 2 * day }]), { zone: "Europe/Berlin", countedFrom: null });
  assert.ok(ticks.every(({ text }) => /(00|06|12|18):00$/.test(text)), ticks.map(({ text }) => text).join(" | "));
});
