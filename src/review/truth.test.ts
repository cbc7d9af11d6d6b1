import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Label } from "../schema/label.ts";
import { faultsOf, rowTruth, truthOf } from "./truth.ts";

const id = (n: number): string => `01ARZ3NDEKTSV4RRFFQ6${String(n).padStart(6, "0")}`;
const usual: Label = {
  id: id(0),
  site: id(1),
  asset: id(2),
  event: null,
  start: 0,
  end: 10,
  answer: "fault",
  faultKind: null,
  author: "ann",
  certainty: 1,
  knownAt: 0,
  revision: 1,
  origin: "person",
  scoreShown: false,
  withdrawn: false,
};
const label = (given: Partial<Label>): Label => ({ ...usual, ...given });
const times = Float64Array.from({ length: 12 }, (_, row) => row * 2);

const labels = fc.array(
  fc
    .record({
      start: fc.integer({ min: -3, max: 24 }),
      length: fc.integer({ min: 1, max: 12 }),
      answer: fc.constantFrom("fault", "normal", "unsure"),
      author: fc.constantFrom("ann", "bob", "lab"),
      knownAt: fc.integer({ min: 0, max: 4 }),
      origin: fc.constantFrom("person", "measurement", "model", "simulator", "sensor"),
      withdrawn: fc.boolean(),
    })
    .map(({ length, ...one }) => ({ ...one, end: one.start + length })),
  { maxLength: 8 },
);

/** A row's truth by the rules, one row and one author at a time. */
function naiveTruth(time: number, all: readonly Label[]): number {
  const said = new Set<string>();
  for (const author of new Set(all.map((one) => one.author))) {
    const own = all.filter((one) => one.author === author && one.origin !== "model" && !one.withdrawn && one.answer !== "unsure" && one.start <= time && time < one.end);
    const last = own.toSorted((a, b) => a.knownAt - b.knownAt || (a.id < b.id ? -1 : 1)).at(-1);
    if (last !== undefined) said.add(last.answer);
  }
  return said.size === 1 ? (said.has("fault") ? rowTruth.fault : rowTruth.normal) : rowTruth.unknown;
}

test("truthOf() agrees with its rules, row by row and author by author, in whatever order labels came", () => {
  fc.assert(
    fc.property(labels, (given) => {
      const all = Object.freeze(given.map((one, n) => Object.freeze(label({ ...one, id: id(n) }))));
      const expected = Array.from(times, (time) => naiveTruth(time, all));
      assert.deepEqual([...truthOf(times, all)], expected);
      assert.deepEqual([...truthOf(times, all.toReversed())], expected);
    }),
    { numRuns: 400 },
  );
});

test("truthOf() of one label is its interval, start in and end out; without a label all is unknown", () => {
  assert.deepEqual([...truthOf(times, [label({ start: 4, end: 8 })])], [2, 2, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2]);
  assert.ok(truthOf(times, []).every((row) => row === rowTruth.unknown));
  assert.equal(truthOf(new Float64Array(0), [usual]).length, 0);
});

test("truthOf() leaves rows unknown where authors disagree, takes an author's later word, and no word of a model", () => {
  const ann = label({ id: id(1), start: 0, end: 12 });
  const bob = label({ id: id(2), author: "bob", answer: "normal", start: 8, end: 16 });
  assert.deepEqual([...truthOf(times, [ann, bob])].slice(0, 9), [1, 1, 1, 1, 2, 2, 0, 0, 2]);
  const later = label({ id: id(3), answer: "normal", start: 0, end: 4, knownAt: 9 });
  assert.deepEqual([...truthOf(times, [later, ann])].slice(0, 4), [0, 0, 1, 1]);
  for (const none of [label({ origin: "model" }), label({ withdrawn: true }), label({ answer: "unsure" })]) {
    assert.ok(truthOf(times, [none]).every((row) => row === rowTruth.unknown));
  }
});

test("faultsOf() cuts faults to the span, joins those that touch, and leaves out what does not count", () => {
  const within = { start: 10, end: 50 };
  const faults = [label({ start: 30, end: 40 }), label({ start: 0, end: 15 }), label({ start: 14, end: 20 }), label({ start: 40, end: 99 })];
  const others = [label({ start: 21, end: 25, answer: "normal" }), label({ start: 21, end: 25, withdrawn: true }), label({ start: 21, end: 25, origin: "model" }), label({ start: 0, end: 10 }), label({ start: 50, end: 60 })];
  assert.deepEqual(faultsOf(Object.freeze([...faults, ...others]), within), [{ start: 10, end: 20 }, { start: 30, end: 50 }]);
  assert.deepEqual(faultsOf([label({ start: 12, end: 40 }), label({ start: 14, end: 20 })], within), [{ start: 12, end: 40 }], "one inside another");
});
