import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { GridRows, type RowsQuery } from "./grid-rows.ts";

interface Sample {
  readonly key: number;
  readonly time: number;
  readonly value: number;
  readonly sequence: number;
}

/** The definition, word for word: for each tick look at all samples. */
function naiveRows({ keys, period, hold, start, end }: RowsQuery, samples: readonly Sample[]): number[] {
  const values: number[] = [];
  for (let tick = start; tick < end; tick += period) {
    for (const key of keys) {
      const seen = samples.filter((sample) => sample.key === key && sample.time <= tick && sample.time >= tick - hold);
      const last = seen.toSorted((a, b) => a.time - b.time || a.sequence - b.sequence).at(-1);
      values.push(last?.value ?? NaN);
    }
  }
  return values;
}

const sample = fc.record({
  key: fc.integer({ min: 1, max: 4 }),
  time: fc.integer({ min: -50, max: 150 }),
  value: fc.oneof(fc.double({ noDefaultInfinity: true, noNaN: true }), fc.constant(NaN)),
});
const query = fc.record({
  keys: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { maxLength: 5 }),
  period: fc.integer({ min: 1, max: 30 }),
  hold: fc.integer({ min: 0, max: 60 }),
  start: fc.integer({ min: -30, max: 100 }),
  end: fc.integer({ min: -30, max: 130 }),
});

test("GridRows equals its definition for samples in any order", () => {
  fc.assert(
    fc.property(query, fc.array(sample, { maxLength: 60 }), fc.infiniteStream(fc.nat()), (asked, given, places) => {
      const samples = given.map((one, sequence) => ({ ...one, sequence }));
      const shuffled = samples
        .map((one) => ({ one, place: places.next().value ?? 0 }))
        .toSorted((a, b) => a.place - b.place)
        .map(({ one }) => one);
      const grid = new GridRows(asked);
      for (const { key, time, value, sequence } of shuffled) grid.add(key, time, value, sequence);
      const { times, values } = grid.finish();
      assert.deepEqual([...values], naiveRows(asked, samples));
      assert.equal(times.length, Math.max(0, Math.ceil((asked.end - asked.start) / asked.period)));
    }),
    { numRuns: 500 },
  );
});

test("GridRows puts a sample one microsecond after a distant tick into the next one", () => {
  const period = 1_000_003;
  const start = -(2 ** 52);
  const grid = new GridRows({ keys: [1], period, hold: 0, start: start + 4_000_000_000 * period, end: start + 4_000_000_003 * period });
  const tick = start + 4_000_000_001 * period;
  grid.add(1, tick + 1, 7, 1);
  grid.add(1, tick, 8, 2);
  assert.deepEqual([...grid.finish().values], [NaN, 8, NaN]);
});

test("GridRows refuses fractions, a key named twice, and more cells than fit", () => {
  const asked = { keys: [1], period: 1, hold: 0, start: 0, end: 10 };
  assert.throws(() => new GridRows({ ...asked, period: 0.5 }), RangeError);
  assert.throws(() => new GridRows({ ...asked, period: 0 }), RangeError);
  assert.throws(() => new GridRows({ ...asked, keys: [1, 1] }), RangeError);
  assert.throws(() => new GridRows({ ...asked, end: 2 ** 40 }), RangeError);
});
