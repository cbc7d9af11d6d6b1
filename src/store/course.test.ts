import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { monday, numbersOf, telemetryOf } from "../../test/telemetry.ts";
import type { Quality } from "../schema/quality.ts";
import { day, second } from "../schema/time.ts";
import type { CourseQuery } from "./course.ts";

/** The course of a sorted series with one value a time, slowly and obviously. */
function naiveCourse({ times, values }: { times: Float64Array; values: Float64Array }, { start, end, points, hold = 0 }: CourseQuery): [number, number, number][] {
  const width = Math.max(1, Math.ceil((end - start) / points));
  const course: [number, number, number][] = [];
  for (let from = start; from < end; from += width) {
    const inside = [...values].filter((value, index) => times[index] >= from && times[index] < Math.min(end, from + width) && !Number.isNaN(value));
    const isSilent = !times.some((time) => time >= from && time < Math.min(end, from + width));
    const before = times.findLastIndex((time) => time < from && time >= from - hold);
    if (isSilent && before >= 0) course.push([from, values[before], values[before]]);
    else course.push(inside.length === 0 ? [from, NaN, NaN] : [from, Math.min(...inside), Math.max(...inside)]);
  }
  return course;
}

const sample = fc.record({ step: fc.integer({ min: -8, max: 30 }), value: fc.double({ min: -1e9, max: 1e9, noNaN: true }), isBad: fc.boolean() });

test("Telemetry.course() gives what a naive course of the series would, over repeats, bad values and seals", async (t) => {
  const telemetry = await telemetryOf(t);
  await fc.assert(
    fc.asyncProperty(
      fc.array(sample, { maxLength: 30 }),
      fc.record({ first: fc.integer({ min: -9, max: 20 }), length: fc.integer({ min: 0, max: 25 }), points: fc.integer({ min: 1, max: 40 }), hold: fc.integer({ min: 0, max: 9 }) }),
      fc.boolean(),
      async (samples, { first, length, points, hold }, seals) => {
        for (const { step, value, isBad } of samples) await telemetry.append(numbersOf(1, [monday + step * (day / 8)], [value], isBad ? "bad" : "good"));
        if (seals) await telemetry.seal(monday + 3 * day);
        const start = monday + first * (day / 8) - 3;
        const query = { key: 1, start, end: start + length * (day / 8), points, hold: hold * (day / 8) };
        const series = await telemetry.series({ key: 1, start: query.start - query.hold, end: query.end });
        const { times, low, high } = await telemetry.course(query);
        assert.deepEqual([...times].map((time, index) => [time, low[index], high[index]]), naiveCourse(series, query));
      },
    ),
    { numRuns: 40 },
  );
});

test("Telemetry.course() refuses buckets that cannot be", async (t) => {
  const telemetry = await telemetryOf(t);
  const query = { key: 1, start: monday, end: monday + day, points: 10 };
  for (const change of [{ points: 0 }, { points: 1e9 }, { points: 1.5 }, { start: NaN }, { hold: -1 }, { key: 0.5 }]) {
    await assert.rejects(telemetry.course({ ...query, ...change }), RangeError);
  }
});

test("Telemetry.course() of a day of 5 Hz, beside seven other signals, takes well under a second, open or sealed", async (t) => {
  const telemetry = await telemetryOf(t);
  const count = 432_000;
  const times = Float64Array.from({ length: count }, (_, index) => monday + index * (second / 5));
  const series = Array.from({ length: 8 }, (_, key) => ({ key, times, values: times.map((_time, index) => Math.sin(index / 1000) * key), quality: "good" as const, origin: "sensor" as const }));
  for (const one of series) await telemetry.append({ received: monday, series: [one] });
  for (const state of ["open", "sealed"]) {
    const begun = performance.now();
    const { low, high } = await telemetry.course({ key: 5, start: monday, end: monday + day, points: 1000 });
    const milliseconds = performance.now() - begun;
    t.diagnostic(`${state}: ${milliseconds.toFixed(0)} ms`);
    assert.equal(low.length, 1000);
    assert.ok(low.every((value, index) => value >= -5 && value <= high[index]));
    assert.ok(milliseconds < 1000, `${milliseconds} ms`);
    await telemetry.seal(monday + day);
  }
});

test("Telemetry.changes() gives the texts where they change, the newest of them, also through a seal", async (t) => {
  const telemetry = await telemetryOf(t);
  const texts = ["A", "A", "B", "B", "B", "A", "", "'C'"];
  const append = (from: number, given: readonly string[], quality: Quality = "good") =>
    telemetry.append({ received: monday, texts: [{ key: 4, times: Float64Array.from(given, (_, index) => monday + from + index), texts: given, quality, origin: "sensor" }] });
  await append(0, texts);
  await append(2, ["A"]); // said again, otherwise
  await append(5, ["Z"], "bad");
  for (const _ of ["open", "sealed"]) {
    const all = await telemetry.changes({ key: 4, start: monday, end: monday + day, limit: 10 });
    assert.deepEqual([[...all.times].map((time) => time - monday), all.texts, all.isCut], [[0, 3, 6, 7], ["A", "B", "", "'C'"], false]);
    const newest = await telemetry.changes({ key: 4, start: monday, end: monday + day, limit: 2 });
    assert.deepEqual([newest.texts, newest.isCut], [["", "'C'"], true]);
    await telemetry.seal(monday + day);
  }
});
