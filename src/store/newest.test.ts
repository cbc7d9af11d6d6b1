import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { monday, numbersOf, telemetryOf } from "../../test/telemetry.ts";
import { day } from "../schema/time.ts";

const eighth = day / 8;

test("Telemetry.touched() gives for each stretch the highest number above the one given, open or sealed", async (t) => {
  const telemetry = await telemetryOf(t);
  const known: { key: number; time: number; sequence: number }[] = [];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ key: fc.integer({ min: 1, max: 3 }), step: fc.integer({ min: 0, max: 40 }) }), { maxLength: 12 }),
      fc.array(fc.record({ from: fc.integer({ min: -2, max: 40 }), length: fc.integer({ min: 0, max: 12 }) }), { maxLength: 8 }),
      fc.integer({ min: 0, max: 200 }),
      fc.option(fc.integer({ min: 0, max: 6 })),
      async (samples, stretches, above, sealed) => {
        for (const { key, step } of samples) {
          const { sequence } = await telemetry.append(numbersOf(key, [monday + step * eighth], [1]));
          known.push({ key, time: monday + step * eighth, sequence });
        }
        if (sealed !== null) await telemetry.seal(monday + sealed * day);
        const intervals = stretches.map(({ from, length }) => ({ start: monday + from * eighth - 1, end: monday + (from + length) * eighth }));
        const highest = ({ start, end }: { start: number; end: number }): number =>
          known.filter(({ key, time, sequence }) => key !== 3 && time >= start && time < end && sequence > above).reduce((most, { sequence }) => Math.max(most, sequence), 0);
        const repeats = await telemetry.touched({ keys: [1, 2], above, intervals });
        assert.deepEqual([...repeats], intervals.map(highest));
      },
    ),
    { numRuns: 25 },
  );
});

test("Telemetry.last() gives the newest sample of each signal, whether open, sealed or late", async (t) => {
  const telemetry = await telemetryOf(t);
  assert.deepEqual(await telemetry.last([1, 2]), []);
  await telemetry.append(numbersOf(1, [monday, monday + 3 * day], [1, 2]));
  await telemetry.append(numbersOf(2, [monday + day], [5]));
  await telemetry.append(numbersOf(3, [monday + 2 * day], [7], "bad"));
  await telemetry.append({ received: monday, texts: [{ key: 4, times: Float64Array.of(monday, monday + 1), texts: ["A", "B"], quality: "good", origin: "sensor" }] });
  const expected = [
    { key: 1, time: monday + 3 * day, value: 2 },
    { key: 2, time: monday + day, value: 5 },
    { key: 3, time: monday + 2 * day, value: NaN },
    { key: 4, time: monday + 1, value: "B" },
  ];
  for (const until of [0, 1, 3, 4]) {
    await telemetry.seal(monday + until * day);
    assert.deepEqual(await telemetry.last([4, 3, 2, 1, 99]), expected);
    assert.deepEqual(await telemetry.last([1, 4], monday + 3 * day), [{ key: 1, time: monday, value: 1 }, expected[3]]);
    assert.deepEqual(await telemetry.last([1, 4], monday + 1), [{ key: 1, time: monday, value: 1 }, { key: 4, time: monday, value: "A" }]);
    assert.deepEqual(await telemetry.last([1], monday), []);
  }
  await telemetry.append(numbersOf(1, [monday + day, monday + 3 * day], [8, 9])); // late, and said again
  assert.deepEqual((await telemetry.last([1, 2]))[0], { key: 1, time: monday + 3 * day, value: 9 });
  assert.deepEqual(await telemetry.last([1], monday + 2 * day), [{ key: 1, time: monday + day, value: 8 }]);
});

test("Telemetry.sequence() is the number of the last sample stored", async (t) => {
  const telemetry = await telemetryOf(t);
  assert.equal(telemetry.sequence(), 0);
  const { sequence } = await telemetry.append(numbersOf(1, [monday, monday + 1], [1, 2]));
  assert.equal(telemetry.sequence(), sequence);
});

test("Telemetry.extents() gives the first and last usable sample of each span, as looking at all of them does, open or sealed", async (t) => {
  const telemetry = await telemetryOf(t);
  const known: { key: number; time: number; usable: boolean }[] = [];
  const sample = fc.record({ key: fc.integer({ min: 1, max: 3 }), step: fc.integer({ min: 0, max: 40 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(sample, { maxLength: 12 }), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 20 }), fc.option(fc.integer({ min: 0, max: 6 })), async (samples, from, width, sealed) => {
      for (const { key, step } of samples) {
        const time = monday + step * eighth + key;
        const usable = step % 3 > 0;
        await telemetry.append(numbersOf(key, [time], [1], usable ? "good" : "bad"));
        known.push({ key, time, usable });
      }
      if (sealed !== null) await telemetry.seal(monday + sealed * day);
      const query = { keys: [1, 2], start: monday + from * eighth, end: monday + 41 * eighth, width: width * eighth };
      const spans = new Map<number, number[]>();
      for (const { key, time, usable } of known) {
        if (key === 3 || time < query.start || time >= query.end || !usable) continue;
        const span = Math.floor(time / query.width);
        spans.set(span, [...(spans.get(span) ?? []), time]);
      }
      const expected = [...spans.values()].map((times) => ({ first: Math.min(...times), last: Math.max(...times) })).toSorted((a, b) => a.first - b.first);
      assert.deepEqual(await telemetry.extents(query), expected);
    }),
    { numRuns: 20 },
  );
});

test("Telemetry.last() looks no further back than it is told", async (t) => {
  const telemetry = await telemetryOf(t);
  await telemetry.append(numbersOf(1, [monday, monday + 2 * day], [1, 2]));
  await telemetry.seal(monday + 3 * day);
  assert.deepEqual(await telemetry.last([1], monday + 2 * day, monday + 1), []);
  assert.deepEqual(await telemetry.last([1], monday + 2 * day, monday), [{ key: 1, time: monday, value: 1 }]);
});

test("Telemetry.seriesOf() gives each signal's own series, in the order asked for", async (t) => {
  const telemetry = await telemetryOf(t);
  await telemetry.append(numbersOf(2, [monday + 5, monday + 1], [5, 1]));
  await telemetry.append(numbersOf(1, [monday + 3], [3]));
  await telemetry.append(numbersOf(2, [monday + 5], [6]));
  const [none, two, one] = await telemetry.seriesOf({ keys: [9, 2, 1], start: monday, end: monday + day });
  assert.deepEqual([none.times.length, [...two.times], [...two.values], [...one.times]], [0, [monday + 1, monday + 5], [1, 6], [monday + 3]]);
});
