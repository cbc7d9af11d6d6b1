import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Label } from "../schema/label.ts";
import { classesAt, livesAt, rowsOf, stretchesOf, valuesAt, type Ticks } from "./target-truth.ts";

const ticks: Ticks = { start: 1000, period: 10, rows: 10 }; // 1000 to 1090
let made = 0;
const label = (start: number, end: number, says: Label["says"], more: Partial<Label> = {}): Label => ({
  id: String(++made).padStart(6, "0"), site: "s", asset: "a", event: null, start, end, answer: "unsure", faultKind: null, target: "t", says, author: "lab", certainty: 1, knownAt: made, revision: 1, origin: "measurement", scoreShown: false, withdrawn: false, ...more,
});
const value = (at: number, number: number, more: Partial<Label> = {}) => label(at, at + 1, { what: "value", value: number, unit: null }, more);
const ofClass = (start: number, end: number, name: string, more: Partial<Label> = {}) => label(start, end, { what: "class", class: name }, more);
const end = (start: number, to = start + 1) => label(start, to, { what: "end-of-life" });
const known = (values: Float64Array) => [...values].map((one, row) => [row, one]).filter(([, one]) => !Number.isNaN(one));

test("a value of one moment is that of the row which holds it, and of those before as far as it describes", () => {
  assert.deepEqual(known(valuesAt(ticks, [value(1030, 7)], 0)), [[3, 7]], "on a tick");
  assert.deepEqual(known(valuesAt(ticks, [value(1031, 7)], 0)), [[4, 7]], "between two: the next holds it");
  assert.deepEqual(known(valuesAt(ticks, [value(1095, 7)], 0)), [[9, 7]], "after the last tick of its block");
  assert.deepEqual(known(valuesAt(ticks, [value(1030, 7)], 20)), [[1, 7], [2, 7], [3, 7]]);
  assert.deepEqual(known(valuesAt(ticks, [value(999, 7), value(1100, 7)], 0)), []);
});

test("a later word of the same author counts, several authors are averaged, and what a model said, or was taken back, is nothing", () => {
  assert.deepEqual(known(valuesAt(ticks, [value(1030, 7), value(1030, 9), value(1030, 11, { author: "gauge" })], 0)), [[3, 10]]);
  assert.deepEqual(known(valuesAt(ticks, [value(1030, 7, { origin: "model" }), value(1040, 7, { withdrawn: true })], 0)), []);
});

test("rows of which people say different classes are of no known class", () => {
  assert.deepEqual(classesAt(ticks, [ofClass(1000, 1050, "A"), ofClass(1030, 1070, "B", { author: "ben" })], 0), ["A", "A", "A", "", "", "B", "B", "", "", ""]);
  assert.deepEqual(classesAt(ticks, [ofClass(1000, 1050, "A"), ofClass(1030, 1050, "B")], 0).slice(0, 6), ["A", "A", "A", "B", "B", ""]);
});

test("what is left of a life counts down to the next end; in a stoppage, and before an end is known, nothing is", () => {
  assert.deepEqual(known(livesAt(ticks, [end(1040, 1065)], 10, Infinity)), [[0, 4], [1, 3], [2, 2], [3, 1], [4, 0]]);
  assert.deepEqual([...livesAt(ticks, [end(1040, 1065), end(1200)], 10, 12)].slice(5), [NaN, NaN, 12, 12, 11]);
  assert.deepEqual(known(livesAt(ticks, [], 10, 5)), []);
  assert.deepEqual(stretchesOf(ticks, [end(1040, 1065), end(1200)]), [{ start: 0, end: 5 }, { start: 7, end: 10 }]);
  assert.deepEqual(stretchesOf(ticks, []), [{ start: 0, end: 10 }]);
});

test("rowsOf() stays within the rows, and a stretch speaks of the rows within it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 900, max: 1200 }), fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 60 }), (start, length, describes) => {
      const { from, to } = rowsOf({ start, end: start + length }, ticks, describes);
      assert.ok(from >= 0 && to <= ticks.rows);
      if (length > 1) for (let row = from; row < to; row++) assert.ok(1000 + 10 * row >= start && 1000 + 10 * row < start + length);
      if (length > 1) for (let row = 0; row < ticks.rows; row++) if (1000 + 10 * row >= start && 1000 + 10 * row < start + length) assert.ok(row >= from && row < to);
    }),
  );
});

test("stretchesOf() lays every row with a known life in just one stretch, that ends with the life", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 950, max: 1150 }), fc.integer({ min: 1, max: 40 })), { maxLength: 4 }), (ends) => {
      const labels = ends.map(([start, length]) => end(start, start + length));
      const lives = livesAt(ticks, labels, 10, Infinity);
      const stretches = stretchesOf(ticks, labels);
      for (const [row, left] of lives.entries()) {
        const own = stretches.filter((stretch) => row >= stretch.start && row < stretch.end);
        if (!Number.isNaN(left)) assert.equal(own.length, 1, `row ${row}`);
      }
      for (const stretch of stretches) for (let row = stretch.start + 1; row < stretch.end; row++) assert.ok(Number.isNaN(lives[row]) || lives[row] < lives[row - 1] || Number.isNaN(lives[row - 1]));
    }),
  );
});
