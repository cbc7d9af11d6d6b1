import assert from "node:assert/strict";
import { test } from "node:test";
import type { TableFile } from "../capture/table-file.ts";
import { rowsOfSpan, samplingPeriod } from "./burst-length.ts";

/** A file that was sampled so many times a second, its times rounded to a step of the clock. */
function sampled(hertz: number, clock = 1, rows = 60_000): TableFile {
  const times = Float64Array.from({ length: rows }, (_, row) => 1e15 + Math.floor((row * 1e6) / hertz / clock) * clock);
  return { path: "a.csv", name: "a.csv", digest: "", bytes: 0, rows, columns: [], times, timeName: "t", rowNumbers: times.map((_, row) => row + 1), header: true, leftOut: [], remarks: [] };
}

test("rowsOfSpan() takes as many rows as were sampled in that time, however coarse the clock and across a pause", () => {
  assert.equal(rowsOfSpan(170_000, [sampled(12_000)], null), 2040);
  assert.equal(rowsOfSpan(170_000, [sampled(12_000, 1000), sampled(12_000)], null), 2040);
  const paused = sampled(100);
  paused.times?.subarray(2500).forEach((time, at, own) => (own[at] = time + 3600e6));
  assert.equal(rowsOfSpan(2e6, [paused], null), 200);
  assert.ok(Number.isNaN(samplingPeriod(new Float64Array(10))));
});

test("rowsOfSpan() of files without times goes by the rate that is told, and refuses to guess", () => {
  const untimed = { ...sampled(1), times: null };
  assert.equal(rowsOfSpan(170_000, [untimed], 12_000), 2040);
  assert.throws(() => rowsOfSpan(170_000, [sampled(50), untimed], null), { code: "study.no-times", message: /does not say how far/ });
  assert.throws(() => rowsOfSpan(170_000, [sampled(50), sampled(60)], null), { code: "study.no-sense" });
});
