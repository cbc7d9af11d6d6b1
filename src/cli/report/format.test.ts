import assert from "node:assert/strict";
import { test } from "node:test";
import { second } from "../../schema/time.ts";
import { localTime, numberText, shareText, timeText, unitText, type Clock } from "./format.ts";

const at = (iso: string): number => Date.parse(iso) * 1000;
const berlin: Clock = { zone: "Europe/Berlin", countedFrom: null };

test("timeText() shows the clock of the recording's zone, on both sides of a change", () => {
  assert.equal(timeText(berlin, at("2026-03-29T00:59:59Z"), second), "2026-03-29 01:59:59");
  assert.equal(timeText(berlin, at("2026-03-29T01:00:00Z"), second), "2026-03-29 03:00:00");
  assert.equal(timeText({ zone: "UTC", countedFrom: null }, at("2026-03-29T01:00:00.250Z"), 1000), "2026-03-29 01:00:00.250");
});

test("timeText() counts days from the first row when times were made up", () => {
  const counted: Clock = { zone: "UTC", countedFrom: 5000 };
  assert.equal(timeText(counted, 5000, second), "day 1, 00:00:00");
  assert.equal(timeText(counted, 5000 + 26 * 3600 * second, second), "day 2, 02:00:00");
  assert.equal(localTime(counted, 7000), 2000);
});

test("numberText() keeps the digits that matter, of small numbers on large ones too", () => {
  assert.equal(numberText(233.0621), "233.1");
  assert.equal(numberText(1_000_000.0012, 0.001), "1,000,000.0012");
  assert.equal(numberText(0), "0");
  assert.equal(numberText(1.5e12), "1.50e12");
  assert.equal(numberText(NaN), "unknown");
});

test("shareText() never rounds a little to nothing or nearly all to all", () => {
  assert.deepEqual([0, 0.0004, 0.042, 0.5, 0.9996, 1].map(shareText), ["0 %", "< 0.1 %", "4.2 %", "50 %", "> 99.9 %", "100 %"]);
  assert.equal(shareText(NaN), "unknown");
});

test("unitText() writes UCUM as people do, and leaves what it does not know", () => {
  assert.deepEqual(["Cel", "{rev}/min", "bar", "constructor"].map(unitText), ["°C", "rpm", "bar", "constructor"]);
});
