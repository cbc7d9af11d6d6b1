import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { intervalsOf, type RowSpan } from "../learn/alarms.ts";
import { randomFrom } from "../learn/random.ts";
import { conditionIntervals, eventBlocks, leaveOutInterval, type JudgedCondition } from "./condition-evidence.ts";
import { falseAlarmsPerDay, matchEvents } from "./events.ts";
import { f1, falseAlarmRate, missedAlarmRate, rowCounts } from "./metrics/rows.ts";

const second = 1_000_000;

/** Faults of 20 rows now and then, found three times of four and five rows late, and false alarms between them. */
function judged(rows: number, seed: number, everyFault = 200): JudgedCondition {
  const random = randomFrom(seed);
  const [truth, alarms] = [new Uint8Array(rows), new Uint8Array(rows)];
  for (let row = 60; row + 80 < rows; row += everyFault) {
    truth.fill(1, row, row + 20);
    if (random() < 0.75) alarms.fill(1, row + 5, row + 20);
    if (random() < 0.3) alarms.fill(1, row + 40, row + 46);
  }
  return { alarms, truth, alarmSpans: intervalsOf(alarms), faultSpans: intervalsOf(truth), period: second };
}

test("eventBlocks() lie side by side, hold all rows, and cut through no event", () => {
  const spans = fc.array(fc.tuple(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 1, max: 900 })), { maxLength: 12 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), spans, (rows, list) => {
      const events: RowSpan[] = list.filter(([start]) => start < rows).map(([start, long]) => ({ start, end: Math.min(rows, start + long) }));
      const blocks = eventBlocks(rows, events);
      assert.ok(blocks.length >= 1 && blocks.length <= 40);
      assert.deepEqual([blocks[0].start, blocks.at(-1)?.end], [0, rows]);
      blocks.forEach(({ start, end }, at) => assert.ok(end > start && (at === 0 || start === blocks[at - 1].end)));
      for (const { start, end } of events) assert.ok(blocks.every((block) => block.start <= start || block.start >= end), "no block begins inside of an event");
    }),
  );
  assert.deepEqual(eventBlocks(0, []), []);
});

test("conditionIntervals() holds every figure, and is surer with more rows", () => {
  const few = conditionIntervals(judged(2000, 2), randomFrom(1));
  const given = judged(16_000, 2);
  const many = conditionIntervals(given, randomFrom(1));
  const counts = rowCounts(given.alarms, given.truth);
  const { found, falseAlarms, delays } = matchEvents(given.alarmSpans, given.faultSpans, { period: second, normal: given.truth.map((code) => 1 - code) });
  const values = { found, falseAlarmsPerDay: falseAlarmsPerDay(falseAlarms, 16_000 * second), delay: delays.reduce((sum, delay) => sum + delay, 0) / delays.length, f1: f1(counts), falseAlarmRate: falseAlarmRate(counts), missedAlarmRate: missedAlarmRate(counts) };
  for (const name of ["found", "falseAlarmsPerDay", "delay", "f1", "falseAlarmRate", "missedAlarmRate"] as const) {
    const { low, high } = many[name];
    assert.ok(low <= values[name] && values[name] <= high, `${name}: ${low} ${values[name]} ${high}`);
  }
  for (const name of ["f1", "missedAlarmRate"] as const) assert.ok(few[name].high - few[name].low > 1.5 * (many[name].high - many[name].low), name);
});

test("conditionIntervals() does not take a few faults found for certainty", () => {
  const given = judged(1000, 3);
  const perfect = conditionIntervals({ ...given, alarms: given.truth, alarmSpans: given.faultSpans }, randomFrom(1));
  const faults = given.faultSpans.length;
  assert.ok(perfect.found.low < 0.8 * faults && perfect.found.high === faults, `${perfect.found.low} of ${faults}`);
  assert.ok(perfect.f1.low < 1 && perfect.f1.high === 1);
});

test("conditionIntervals() of one block knows nothing, and of no fault no delay", () => {
  const short = conditionIntervals(judged(90, 1), randomFrom(1));
  assert.ok(Number.isNaN(short.falseAlarmsPerDay.low));
  const truth = new Uint8Array(3000).fill(1, 500, 540);
  const once = conditionIntervals({ alarms: truth, truth, alarmSpans: intervalsOf(truth), faultSpans: intervalsOf(truth), period: second }, randomFrom(1));
  assert.ok(Number.isNaN(once.delay.low) && Number.isNaN(once.missedAlarmRate.high) && once.falseAlarmRate.low === 0, "of one fault no delay and no miss has a spread");
  const calm = new Uint8Array(3000);
  const { delay, found, falseAlarmRate: rate } = conditionIntervals({ alarms: calm, truth: calm, alarmSpans: [], faultSpans: [], period: second }, randomFrom(1));
  assert.ok(Number.isNaN(delay.low) && Number.isNaN(found.low));
  assert.ok(rate.low === 0 && rate.high > 0 && rate.high < 0.002);
});

test("leaveOutInterval() of a mean is Student's over the parts", () => {
  const values = Float64Array.of(3, 1, 4, 1, 5, 9, 2, 6);
  const blocks = Array.from(values, (_, at) => ({ start: at, end: at + 1 }));
  const mean = (rows: Uint32Array) => rows.reduce((sum, row) => sum + values[row], 0) / rows.length / 10;
  const { low, high } = leaveOutInterval(blocks, mean);
  // scipy.stats.t.interval(0.95, 7, loc=np.mean(v), scale=scipy.stats.sem(v)) for v = values / 10 is 0.157730 to 0.617270.
  assert.ok(Math.abs(low - 0.15773) < 1e-5 && Math.abs(high - 0.61727) < 1e-5, `${low} to ${high}`);
  assert.ok(Number.isNaN(leaveOutInterval(blocks.slice(0, 2), mean).low));
  const onlyFifth = (rows: Uint32Array) => (rows.includes(5) ? mean(rows) : NaN);
  assert.ok(Number.isNaN(leaveOutInterval(blocks, onlyFifth).low), "where one part holds all that there is to find");
});
