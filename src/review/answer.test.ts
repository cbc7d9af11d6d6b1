import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Event } from "../schema/event.ts";
import { Label } from "../schema/label.ts";
import { answerTo, labelOf, revise, truthIntervals, withdraw } from "./answer.ts";
import { truthOf } from "./truth.ts";

const [site, asset, own, wheel] = ["A", "B", "C", "D"].map((last) => `01ARZ3NDEKTSV4RRFFQ69G5FA${last}`);
const said = { answer: "fault", faultKind: "bearing", certainty: 0.8 } as const;
const author = { name: "ann", origin: "person", scoreShown: false } as const;

test("labelOf() is a valid first revision of what was said, by whom and how they know", () => {
  const label = labelOf({ id: asset, site }, { start: 10, end: 20 }, said, author, 99, own);
  assert.deepEqual(Label.parse(label), label);
  assert.deepEqual([label.asset, label.site, label.revision, label.knownAt, label.author, label.answer, label.withdrawn, label.event], [asset, site, 1, 99, "ann", "fault", false, null]);
});

test("answerTo() labels the event's interval with the score in view; of one that lasts, up to when it was said", () => {
  const event = Event.parse({ id: own, site, asset, wheel, model: "0".repeat(64), block: own, kind: "condition", start: 10, end: 20, peak: 2, peakAt: 12, contributions: [] });
  const answer = answerTo(event, said, "ann", 50, wheel);
  assert.deepEqual(Label.parse(answer), answer);
  assert.deepEqual([answer.event, answer.start, answer.end, answer.scoreShown, answer.origin], [own, 10, 20, true, "person"]);
  assert.equal(answerTo({ ...event, end: null }, said, "ann", 50, wheel).end, 50);
});

test("revise() and withdraw() count up and leave the earlier label as it was", () => {
  const first = Object.freeze(labelOf({ id: asset, site }, { start: 10, end: 20 }, said, author, 99, own));
  const taken = withdraw(first, 120);
  assert.deepEqual([taken.revision, taken.withdrawn, taken.knownAt, taken.answer], [2, true, 120, "fault"]);
  const again = revise(taken, { ...said, answer: "normal" }, 130);
  assert.deepEqual([again.revision, again.withdrawn, again.knownAt, again.answer, again.id], [3, false, 130, "normal", own]);
  assert.deepEqual([first.revision, first.withdrawn], [1, false]);
});

test("truthIntervals() are the runs of equal truth, unknown rows left out", () => {
  const intervals = truthIntervals(Float64Array.of(0, 10, 20, 30, 40), Float64Array.of(0, 1, 1, NaN, 0), 10);
  assert.deepEqual(intervals, [
    { interval: { start: 0, end: 10 }, answer: "normal" },
    { interval: { start: 10, end: 30 }, answer: "fault" },
    { interval: { start: 40, end: 50 }, answer: "normal" },
  ]);
  assert.deepEqual(truthIntervals(new Float64Array(0), new Float64Array(0), 10), []);
});

test("truthIntervals() as labels give back the very truth that they were made of", () => {
  const rows = fc.array(fc.record({ step: fc.integer({ min: 1, max: 50 }), truth: fc.constantFrom(0, 1, NaN) }), { maxLength: 30 });
  fc.assert(
    fc.property(rows, (given) => {
      let time = 0;
      const times = Float64Array.from(given, ({ step }) => (time += step));
      const truth = Float64Array.from(given, (row) => row.truth);
      const labels = truthIntervals(times, truth, 10).map(({ interval, answer }) => labelOf({ id: asset, site }, interval, { ...said, answer }, author, 0, own));
      assert.deepEqual([...truthOf(times, labels)], Array.from(truth, (value) => (Number.isNaN(value) ? 2 : value)));
      assert.ok(labels.every((label) => Label.safeParse(label).success && label.end > label.start));
    }),
  );
});
