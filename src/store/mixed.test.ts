import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { monday, telemetryOf } from "../../test/telemetry.ts";
import { Origin } from "../schema/origin.ts";
import { Quality } from "../schema/quality.ts";
import { day } from "../schema/time.ts";
import { originCode, qualityCode, type Batch, type MixedSamples } from "./batch.ts";
import { openStore } from "./store.ts";

interface Row {
  readonly key: number;
  readonly time: number;
  readonly value: number;
  readonly quality: Quality;
  readonly origin: Origin;
}

const mixedOf = (rows: readonly Row[]): MixedSamples => ({
  keys: Int32Array.from(rows, ({ key }) => key),
  times: Float64Array.from(rows, ({ time }) => time),
  values: Float64Array.from(rows, ({ value }) => value),
  qualities: Uint8Array.from(rows, ({ quality }) => qualityCode(quality)),
  origins: Uint8Array.from(rows, ({ origin }) => originCode(origin)),
});

/** The same rows as series of one sample each. */
const seriesOf = (rows: readonly Row[]): NonNullable<Batch["series"]> =>
  rows.map(({ key, time, value, quality, origin }) => ({ key, times: Float64Array.of(time), values: Float64Array.of(value), quality, origin }));

const row = fc.record({
  key: fc.integer({ min: 0, max: 3 }),
  time: fc.integer({ min: 0, max: 40 }).map((step) => monday - day + step * (day / 20)),
  value: fc.oneof(fc.double(), fc.constant(NaN)),
  quality: fc.constantFrom(...Quality.options),
  origin: fc.constantFrom(...Origin.options),
});

test("Telemetry.append() of mixed samples stores and numbers what series of one sample each would", async (t) => {
  const [mixed, plain] = [await telemetryOf(t), await telemetryOf(t)];
  for (const one of [mixed, plain]) {
    await one.append({ received: monday, mixed: mixedOf([{ key: 9, time: monday - day, value: 1, quality: "good", origin: "sensor" }]) });
    await one.seal(monday); // so that some of what follows is late
  }
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 60 }), async (rows) => {
      const given = await mixed.append({ received: monday, mixed: mixedOf(rows) });
      assert.deepEqual(given, await plain.append({ received: monday, series: seriesOf(rows) }));
      const query = { start: monday - 2 * day, end: monday + 2 * day };
      for (const key of [0, 1, 2, 3]) assert.deepEqual(await mixed.series({ key, ...query }), await plain.series({ key, ...query }));
    }),
    { numRuns: 15 },
  );
  const [[file], [other]] = [await mixed.seal(monday + 2 * day), await plain.seal(monday + 2 * day)];
  assert.ok(file !== undefined && other !== undefined);
  assert.deepEqual((await mixed.check()).problems, []);
});

test("Telemetry.append() numbers series first, then mixed samples, then texts; NaN takes no number", async (t) => {
  const telemetry = await telemetryOf(t);
  const good = { quality: "good", origin: "sensor" } as const;
  const rows = [1, NaN, 2].map((value, index) => ({ key: 2, time: monday + index, value, ...good }));
  const appended = await telemetry.append({
    received: monday,
    series: [{ key: 1, times: Float64Array.of(monday), values: Float64Array.of(7), ...good }],
    mixed: mixedOf(rows),
    texts: [{ key: 3, times: Float64Array.of(monday), texts: ["RUN-1"], ...good }],
  });
  assert.deepEqual(appended, { accepted: 4, unknown: 1, firstSequence: 1, sequence: 4, late: 0 });
  const highest = (key: number): Promise<number> => telemetry.highestSequence({ keys: [key], start: monday, end: monday + day });
  assert.deepEqual([await highest(1), await highest(2), await highest(3)], [1, 3, 4]);
  assert.deepEqual([...(await telemetry.series({ key: 2, start: monday, end: monday + day })).values], [1, 2]);
  assert.deepEqual(await telemetry.append({ received: monday }), { accepted: 0, unknown: 0, firstSequence: 5, sequence: 4, late: 0 });
});

test("Telemetry.append() keeps the order of mixed samples over more than one chunk, NaN among them", async (t) => {
  const telemetry = await telemetryOf(t);
  const values = Array.from({ length: 7000 }, (_, index) => (index % 11 === 3 ? NaN : index));
  const rows = values.map((value, index) => ({ key: index % 3, time: monday + index, value, quality: "good", origin: "simulator" }) as const);
  await telemetry.append({ received: monday, mixed: mixedOf(rows) });
  for (const key of [0, 1, 2]) {
    const expected = rows.filter((one) => one.key === key && !Number.isNaN(one.value));
    const { times, values: read } = await telemetry.series({ key, start: monday, end: monday + day });
    assert.deepEqual([...times], expected.map(({ time }) => time));
    assert.deepEqual([...read], expected.map(({ value }) => value));
  }
});

test("Telemetry.append() stores nothing of malformed mixed samples", async (t) => {
  const telemetry = await telemetryOf(t);
  const whole = mixedOf([{ key: 1, time: monday, value: 1, quality: "good", origin: "sensor" }]);
  const malformed: Partial<Record<keyof MixedSamples, unknown>>[] = [
    { keys: Int32Array.of(-1) },
    { keys: Int32Array.of(1, 2) },
    { times: Float64Array.of(monday + 0.5) },
    { times: Float64Array.of(NaN) },
    { values: new Float64Array() },
    { qualities: Uint8Array.of(Quality.options.length) },
    { origins: Uint8Array.of(Origin.options.length) },
  ];
  for (const change of malformed) await assert.rejects(telemetry.append({ received: monday, mixed: { ...whole, ...change } as MixedSamples }), RangeError);
  const untyped = { ...whole, keys: [1] } as unknown as MixedSamples;
  await assert.rejects(telemetry.append({ received: monday, mixed: untyped }), TypeError);
  assert.equal((await telemetry.check()).openSamples, 0);
});

test("Store takes mixed samples across its thread at some hundred thousand a second at least", async (t) => {
  const path = mkdtempSync(join(tmpdir(), "millrace-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  const store = await openStore(path);
  t.after(() => store.close());
  const rows = 100_000;
  const mixed: MixedSamples = {
    keys: Int32Array.from({ length: rows }, (_, index) => index % 500),
    times: Float64Array.from({ length: rows }, (_, index) => monday + Math.floor(index / 500) * 1e6),
    values: Float64Array.from({ length: rows }, (_, index) => Math.sin(index)),
    qualities: new Uint8Array(rows),
    origins: new Uint8Array(rows),
  };
  const begun = performance.now();
  const appended = await Promise.all(Array.from({ length: 10 }, () => store.telemetry.append({ received: monday, mixed })));
  const perSecond = (10 * rows) / ((performance.now() - begun) / 1000);
  t.diagnostic(`${Math.round(perSecond)} samples a second`);
  assert.equal(appended.at(-1)?.sequence, 10 * rows);
  assert.ok(perSecond > 200_000, `${perSecond} samples a second`); // far below what it does, for a busy machine
});
