import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { alarmRows, findEvents } from "./events.ts";

const signals = ["01ARZ3NDEKTSV4RRFFQ69G5FAA", "01ARZ3NDEKTSV4RRFFQ69G5FAB"];
const delays = { on: 2, off: 2 };
const timesOf = (rows: number): Float64Array => Float64Array.from({ length: rows }, (_, row) => 1000 + row * 10);
/** The second signal has three quarters of every score. */
const judgement = (scores: readonly number[]) => ({ scores: Float32Array.from(scores), contributions: Float32Array.from(scores.flatMap((score) => [score / 4, (score * 3) / 4])) });
const find = (scores: readonly number[]) => findEvents(judgement(scores), timesOf(scores.length), 10, signals, delays);

test("findEvents() gives each alarm its interval, its peak and the signals to blame, largest share first", () => {
  const events = find([0, 1, 2, 8, 1, 0, 0, 0, 4, 4]);
  assert.deepEqual(events, [
    { start: 1020, end: 1060, peak: 8, peakAt: 1030, contributions: [{ signal: signals[1], share: 0.75 }, { signal: signals[0], share: 0.25 }] },
    { start: 1090, end: 1100, peak: 4, peakAt: 1090, contributions: [{ signal: signals[1], share: 0.75 }, { signal: signals[0], share: 0.25 }] },
  ]);
});

test("findEvents() takes no unknown row for a peak, in the midst of an alarm or at its end", () => {
  for (const scores of [[2, 2, NaN, 3, 2], [2, 3, 2, NaN, NaN], [2, 3, NaN, 2, NaN]]) {
    const [event, ...more] = find(scores);
    assert.deepEqual([event.peak, more.length, event.contributions[0].share], [3, 0, 0.75], String(scores));
    assert.equal(event.end, 1050, "an unknown row clears nothing");
  }
});

test("findEvents() covers the rows in alarm and no others, with the largest known score of each", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(NaN, 0, 0.5, 1, 2, 5), { maxLength: 40 }), (scores) => {
      const rows = alarmRows(Float32Array.from(scores), delays);
      const covered = scores.map((_, row) => find(scores).some(({ start, end }) => start <= 1000 + row * 10 && 1000 + row * 10 < end));
      assert.deepEqual(covered, Array.from(rows, (row) => row === 1));
      for (const { start, end, peak, peakAt, contributions } of find(scores)) {
        const inside = scores.slice((start - 1000) / 10, (end - 1000) / 10);
        assert.equal(peak, Math.max(...inside.filter((score) => !Number.isNaN(score))));
        assert.equal(scores[(peakAt - 1000) / 10], peak);
        assert.equal(contributions.reduce((sum, { share }) => sum + share, 0), 1);
      }
    }),
  );
});

test("alarmRows() alarms from 1 on, after its delay, and says where a score is unknown", () => {
  assert.deepEqual([...alarmRows(Float32Array.of(NaN, 0.999, 1, 1, 0.9, 0.9, NaN), delays)], [2, 0, 0, 1, 1, 0, 2]);
});
