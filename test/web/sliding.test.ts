import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SentEventParser, type SentEvent } from "../../web/src/api/sent-events.ts";
import { extent, roundRange, scoreRange } from "../../web/src/charts/range.ts";
import { SlidingCourse } from "../../web/src/state/sliding.ts";

const columns = (course: SlidingCourse): number[][] => [[...course.times], [...course.low], [...course.high]];

test("SlidingCourse keeps the newest buckets in order, however many were pushed", () => {
  const course = new SlidingCourse(5);
  course.reset(1, 10);
  for (let time = 0; time < 1000; time++) course.push(time, time * 2);
  assert.deepEqual(columns(course), [[995, 996, 997, 998, 999], [1990, 1992, 1994, 1996, 1998], [1990, 1992, 1994, 1996, 1998]]);
});

test("SlidingCourse joins what falls in one bucket to its lowest and highest, NaN aside, and passes older values over", () => {
  const course = new SlidingCourse(10);
  course.reset(10, 100);
  for (const [time, value] of [[0, 5], [3, 9], [6, Number.NaN], [9, 2], [4, 100], [10, Number.NaN], [12, 7]] as const) course.push(time, value);
  // 4 comes late but into the bucket that is still open.
  assert.deepEqual(columns(course), [[0, 10], [2, 7], [100, 7]]);
  course.push(9, 50);
  assert.deepEqual([...course.high], [100, 7]);
});

test("SlidingCourse sets a gap between values that are too far apart, and none between those that are not", () => {
  const course = new SlidingCourse(10);
  course.reset(1, 3);
  for (const time of [0, 1, 4, 8]) course.push(time, 1);
  assert.deepEqual([...course.times], [0, 1, 4, 5, 8]);
  assert.deepEqual([...course.low], [1, 1, 1, Number.NaN, 1]);
  assert.equal(course.at(4.5), 1);
  assert.ok(Number.isNaN(course.at(6)), "in the gap");
  assert.ok(Number.isNaN(course.at(-1)), "before the first");
  assert.ok(Number.isNaN(course.at(20)), "long after the last");
});

test("SlidingCourse agrees with a plain list of buckets on any course without gaps", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ step: fc.integer({ min: 0, max: 4 }), value: fc.integer({ min: -9, max: 9 }) }), { maxLength: 60 }), fc.integer({ min: 2, max: 8 }), (steps, capacity) => {
      const course = new SlidingCourse(capacity);
      course.reset(2, Infinity);
      const naive: { time: number; low: number; high: number }[] = [];
      let time = 0;
      for (const { step, value } of steps) {
        time += step;
        course.push(time, value);
        const last = naive.at(-1);
        if (last !== undefined && time < last.time + 2) Object.assign(last, { low: Math.min(last.low, value), high: Math.max(last.high, value) });
        else naive.push({ time: last === undefined ? time : last.time + Math.floor((time - last.time) / 2) * 2, low: value, high: value });
      }
      const kept = naive.slice(-capacity);
      assert.deepEqual(columns(course), [kept.map((one) => one.time), kept.map((one) => one.low), kept.map((one) => one.high)]);
    }),
  );
});

test("roundRange() holds what it is given, ends on its marks, and keeps a flat line in the middle", () => {
  fc.assert(
    fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.double({ min: 0, max: 1e9, noNaN: true }), (low, more) => {
      const { min, max, splits } = roundRange(low, low + more);
      assert.ok(min <= low && max >= low + more && max > min, `${min} ${max}`);
      assert.ok(splits.length >= 2 && splits.length <= 7, `${splits.length} marks`);
      assert.deepEqual([splits[0], splits.at(-1)], [min, max]);
    }),
  );
  const flat = roundRange(231, 231);
  assert.ok(flat.min < 231 && flat.max > 231);
  assert.deepEqual(roundRange(Number.NaN, Number.NaN).splits, []);
  assert.deepEqual(scoreRange(Number.NaN), { min: 0, max: 2, splits: [0, 1] });
  assert.deepEqual(extent(Float64Array.of(0, 1, 2, 3), Float64Array.of(1, Number.NaN, 5, 9), Float64Array.of(2, Number.NaN, 6, 9), 0, 2), [1, 6]);
});

test("SentEventParser reads the same events however the stream is cut", () => {
  const stream = ': ping\n\nid: 1\nevent: rows\ndata: {"a":1}\n\nid: 2\r\nevent: alarm\r\ndata: one\r\ndata:two\r\n\r\nevent: reset\n\ndata: plain\n\nid: 9\nevent: cut\nda';
  const whole = new SentEventParser().push(stream);
  assert.deepEqual(whole, [
    { id: "1", event: "rows", data: '{"a":1}' },
    { id: "2", event: "alarm", data: "one\ntwo" },
    { id: "2", event: "reset", data: "" },
    { id: "2", event: "message", data: "plain" },
  ]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 12 }), (cuts) => {
      const parser = new SentEventParser();
      const edges = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
      const events: SentEvent[] = edges.slice(1).flatMap((edge, at) => parser.push(stream.slice(edges[at], edge)));
      assert.deepEqual(events, whole);
    }),
  );
});
