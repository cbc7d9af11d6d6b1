import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hour, minute } from "../schema/time.ts";
import { wallClock } from "./zone.ts";

const micros = (iso: string) => Date.parse(`${iso}Z`) * 1000;

test("wallClock() knows the hour that Berlin skips and the one it repeats", () => {
  const berlin = wallClock("Europe/Berlin");
  assert.deepEqual(berlin(micros("2024-03-31T01:59:59")), { kind: "plain", first: hour, second: hour });
  assert.deepEqual(berlin(micros("2024-03-31T02:00:00")), { kind: "skipped", first: hour, second: 2 * hour });
  assert.deepEqual(berlin(micros("2024-03-31T03:00:00")), { kind: "plain", first: 2 * hour, second: 2 * hour });
  assert.deepEqual(berlin(micros("2024-10-27T02:59:59")), { kind: "repeated", first: 2 * hour, second: hour });
  assert.deepEqual(berlin(micros("2024-10-27T03:00:00")), { kind: "plain", first: hour, second: hour });
});

test("wallClock() knows half an hour (Lord Howe) and a day that was left out (Apia)", () => {
  assert.deepEqual(wallClock("Australia/Lord_Howe")(micros("2024-04-07T01:45:00")), { kind: "repeated", first: 11 * hour, second: 10.5 * hour });
  assert.equal(wallClock("Pacific/Apia")(micros("2011-12-30T12:00:00")).kind, "skipped");
});

test("wallClock() finds the offset of any time from what its clock showed", () => {
  for (const zone of ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]) {
    const clock = wallClock(zone);
    const shows = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1990, 0) / 1000, max: Date.UTC(2035, 0) / 1000 }), (seconds) => {
        const local = micros(shows.format(new Date(seconds * 1000)).replace(" ", "T"));
        const { kind, first, second } = clock(local);
        assert.notEqual(kind, "skipped");
        assert.ok([first, second].includes(local - seconds * 1e6), `${zone} ${seconds}`);
      }),
      { numRuns: 300 },
    );
  }
});

test("wallClock() looks a day without a change up once, and gives the same answer again", () => {
  const berlin = wallClock("Europe/Berlin");
  const noon = micros("2024-06-01T12:00:00");
  assert.equal(berlin(noon), berlin(noon + 15 * minute));
});

test("wallClock() refuses a zone that there is not", () => {
  assert.throws(() => wallClock("Mars/Olympus"), { code: "capture.unknown-zone" });
});
