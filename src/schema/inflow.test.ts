import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hourOf, joinedHours, type Hours } from "./inflow.ts";
import { hour } from "./lengths.ts";

const some = fc.array(fc.integer({ min: -500, max: 500 }), { maxLength: 60 }).map((hours) => hours.map((one) => hourOf(one * hour + 17)));
const within = (hours: readonly Hours[], time: number): boolean => hours.some(({ start, end }) => time >= start && time < end);

test("joinedHours() covers just what it was given, in order, none touching, in whatever order it came", () => {
  fc.assert(
    fc.property(some, some, (a, b) => {
      const joined = joinedHours([...a, ...b]);
      for (let at = -501; at <= 501; at++) assert.equal(within(joined, at * hour), within([...a, ...b], at * hour));
      for (let at = 1; at < joined.length; at++) assert.ok(joined[at].start > joined[at - 1].end);
      assert.deepEqual(joinedHours([...joinedHours(b), ...joinedHours(a)]), joined);
    }),
  );
});

test("joinedHours() keeps two hundred stretches, and closes the shortest pauses", () => {
  const many = Array.from({ length: 250 }, (_, at) => hourOf((at * 10 + (at < 60 ? at % 2 : 0)) * hour));
  const joined = joinedHours(many);
  assert.equal(joined.length, 200);
  for (const { start } of many) assert.ok(within(joined, start));
  assert.ok(joined.slice(-100).every(({ start, end }) => end - start === hour), "the longer pauses stay");
});
