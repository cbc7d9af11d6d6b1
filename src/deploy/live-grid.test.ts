import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Quality } from "../schema/quality.ts";
import { GridRows } from "../store/grid-rows.ts";
import { LiveGrid, type ClosedTick } from "./live-grid.ts";

interface Arriving {
  readonly key: number;
  readonly time: number;
  readonly value: number;
  readonly quality: Quality;
}

const sample = fc.record({
  key: fc.integer({ min: 1, max: 4 }),
  time: fc.integer({ min: 0, max: 300 }),
  value: fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(NaN, 0, 1)),
  quality: fc.constantFrom<Quality>("good", "good", "good", "uncertain", "bad", "bad-clock"),
});
const grid = fc.record({ period: fc.integer({ min: 1, max: 25 }), hold: fc.integer({ min: 0, max: 60 }), lateness: fc.integer({ min: 0, max: 40 }) });
/** Samples and moments at which the grid is asked to close, in the order of arrival. */
const course = fc.array(fc.oneof({ weight: 4, arbitrary: sample }, { weight: 1, arbitrary: fc.constant("close" as const) }), { maxLength: 120 });

/** What the store gives for the same samples, over the ticks from the first to the last that was closed. */
function storedRows(keys: readonly number[], { period, hold }: { period: number; hold: number }, samples: readonly Arriving[], ticks: readonly ClosedTick[]): number[] {
  if (ticks.length === 0) return [];
  const start = ticks[0].time;
  const rows = new GridRows({ keys, period, hold, start, end: (ticks.at(-1)?.time ?? start) + 1 });
  samples.forEach(({ key, time, value, quality }, sequence) => {
    if (Number.isNaN(value)) return; // not stored
    rows.add(key, time, Number.isFinite(value) && (quality === "good" || quality === "uncertain") ? value : NaN, sequence);
  });
  return [...rows.finish().values];
}

test("LiveGrid gives the rows that the store gives for the samples that had come when each tick closed", () => {
  let closed = 0;
  fc.assert(
    fc.property(grid, course, (rule, things) => {
      const keys = [3, 1, 2];
      const live = new LiveGrid({ keys, ...rule });
      const samples: Arriving[] = [];
      let before: number | null = null;
      const close = (steady: number) => {
        const ticks = live.close(1000, steady);
        const stored = storedRows(keys, rule, samples, ticks);
        closed += ticks.length;
        const rows = new Map(ticks.map(({ time, values }) => [time, values]));
        for (let time = before === null ? (ticks[0]?.time ?? 0) : before + rule.period; time <= (ticks.at(-1)?.time ?? -1); time += rule.period) {
          const at = (time - (ticks[0]?.time ?? 0)) / rule.period;
          const row = rows.get(time);
          if (row === undefined) assert.ok(at < 0 || stored.slice(at * 3, at * 3 + 3).every(Number.isNaN), "only rows of unknowns are passed over");
          else assert.deepEqual([...row], stored.slice(at * 3, at * 3 + 3));
        }
        before = ticks.at(-1)?.time ?? before;
      };
      for (const thing of things) {
        if (thing === "close") close(0);
        else {
          samples.push(thing);
          live.add(thing.key, thing.time, thing.value, thing.quality, 0);
        }
      }
      close(400); // the source has been silent: our clock carries its own on
    }),
    { numRuns: 400 },
  );
  assert.ok(closed > 5000, `rows were compared: ${closed}`);
});

test("LiveGrid lets a late sample show in the rows after it, as the store does", () => {
  const live = new LiveGrid({ keys: [1, 2], period: 10, hold: 100, lateness: 0 });
  live.add(1, 0, 1, "good", 0);
  live.add(2, 20, 5, "good", 0);
  assert.deepEqual(live.close(1000, 0).map(({ values }) => [...values]), [[1, NaN], [1, NaN], [1, 5]]);
  assert.equal(live.add(1, 15, 2, "good", 0), "late");
  assert.equal(live.add(1, 3, 9, "good", 0), "late");
  assert.deepEqual([...live.close(1000, 10)[0].values], [2, 5], "the newer of the late ones");
});

test("LiveGrid closes a tick once the source's clock is the lateness past it: old data on its own clock, never ahead of ours", () => {
  const rule = { keys: [1], period: 10, hold: 100, lateness: 5 };
  const times = (ticks: ClosedTick[]) => ticks.map(({ time }) => time);
  const replayed = new LiveGrid(rule);
  replayed.add(1, 100, 1, "good", 50);
  assert.deepEqual(times(replayed.close(1_000_000, 50)), []);
  assert.equal(replayed.nextDue(1_000_000, 50), 55);
  assert.equal(replayed.hasDue(1_000_000, 54), false);
  assert.deepEqual(times(replayed.close(1_000_000, 55)), [100]);
  replayed.add(1, 300, 1, "good", 60);
  assert.equal(replayed.close(1_000_000, 60).at(1)?.due, 60, "due when the sample that moved the clock came");
  assert.equal(replayed.closed, 290);

  const ahead = new LiveGrid(rule);
  ahead.add(1, 200, 1, "good", 0);
  assert.deepEqual(times(ahead.close(120, 500)), [], "our clock says that it is not yet so late");
  assert.deepEqual(times(ahead.close(205, 585)), [200]);
  ahead.add(1, 900, 1, "bad-clock", 600);
  assert.deepEqual(times(ahead.close(216, 600)), [210], "a clock that is wrong moves nothing");
});

test("LiveGrid passes over a silence once no window reaches back to before it, and goes on with the next sample", () => {
  const live = new LiveGrid({ keys: [1], period: 1, hold: 3, lateness: 0 });
  live.add(1, 0, 1, "good", 0);
  live.close(1e9, 0);
  live.add(1, 1_000_000, 2, "good", 0);
  const ticks: ClosedTick[] = [];
  while (live.hasDue(1e9, 0)) ticks.push(...live.close(1e9, 0));
  assert.deepEqual(ticks.map(({ time }) => time), [...Array.from({ length: 3 + 512 }, (_, at) => at + 1), 1_000_000]);
  assert.deepEqual(ticks.map(({ values }) => values[0]), [1, 1, 1, ...Array.from({ length: 512 }, () => NaN), 2]);
  let rows = 0;
  while (live.hasDue(1e9, 5_000_000)) rows += live.close(1e9, 5_000_000).length;
  assert.ok((live.closed ?? 0) >= 6_000_000 - 1 && rows < 1000, "a source that stays silent costs no row each");
});

test("LiveGrid gives a long backlog at once, newest first, without losing a row or taking long", () => {
  const live = new LiveGrid({ keys: [1], period: 1, hold: 0, lateness: 0 });
  live.add(1, 0, 0, "good", 0);
  live.close(1e9, 0);
  const began = performance.now();
  for (let time = 100_000; time > 0; time--) live.add(1, time, time, "good", 0);
  let rows = 0;
  while (live.hasDue(1e9, 0)) for (const { time, values } of live.close(1e9, 0)) rows += values[0] === time ? 1 : 0;
  assert.equal(rows, 100_000);
  assert.ok(performance.now() - began < 2000);
  assert.equal(live.counts.waiting, 0);
});

test("LiveGrid keeps no more than its bound of samples, and of wrong clocks few", () => {
  const live = new LiveGrid({ keys: [1], period: 1, hold: 0, lateness: 0 });
  live.add(1, 0, 0, "good", 0);
  live.close(0, 0);
  for (let time = 1; time <= 2000; time++) live.add(1, 1e15 + time, 1, "bad-clock", 0);
  assert.deepEqual(live.counts, { waiting: 1024, late: 0, overflowed: 976 });
  for (let time = 1; time <= 200_000; time++) live.add(1, time, 1, "good", 0);
  assert.equal(live.counts.waiting, 200_000);
  assert.equal(live.add(1, 50, 1, "good", 0), "taken", "one for a tick that is waited for takes no room");
});

test("LiveGrid tells the mark of each tick, text or number, and holds it for ever", () => {
  const live = new LiveGrid({ keys: [1], period: 10, hold: 10, lateness: 0, mark: 7 });
  live.add(1, 0, 1, "good", 0);
  live.addText(7, 12, "run-1", "good", 0);
  live.addText(7, 25, "run-2", "good", 0);
  live.addText(7, 15, "run-0", "bad", 0);
  live.add(1, 90, 1, "good", 0);
  assert.deepEqual(live.close(1e6, 0).map(({ mark }) => mark), [null, null, "run-1", "run-2", "run-2", "run-2", "run-2", "run-2", "run-2", "run-2"]);
  live.add(7, 95, 3, "good", 0);
  assert.deepEqual(live.close(1e6, 5).map(({ mark }) => mark), [3]);
});

test("LiveGrid resumes after the last closed tick with what was held then", () => {
  const live = new LiveGrid({ keys: [1, 2], period: 10, hold: 100, lateness: 0, mark: 2 });
  live.add(1, 12, 8, "good", 0); // came while what was stored was read
  live.resume(50, [{ key: 1, time: 45, value: 4 }, { key: 2, time: 20, value: 6 }, { key: 1, time: 75, value: 3 }]);
  live.add(1, 40, 9, "good", 0);
  live.add(1, 71, 5, "good", 0);
  assert.deepEqual(live.close(1e6, 0).map(({ time, values, mark }) => [time, ...values, mark]), [[60, 4, 6, 6], [70, 4, 6, 6]]);
  assert.deepEqual(live.counts, { waiting: 1, late: 1, overflowed: 0 });
});

test("LiveGrid refuses fractions and a key named twice", () => {
  assert.throws(() => new LiveGrid({ keys: [1], period: 0.5, hold: 0, lateness: 0 }), RangeError);
  assert.throws(() => new LiveGrid({ keys: [1], period: 1, hold: -1, lateness: 0 }), RangeError);
  assert.throws(() => new LiveGrid({ keys: [1, 1], period: 1, hold: 0, lateness: 0 }), RangeError);
});
