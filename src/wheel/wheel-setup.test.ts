import assert from "node:assert/strict";
import { test } from "node:test";
import { monday, numbersOf, telemetryOf } from "../../test/telemetry.ts";
import { day, second } from "../schema/time.ts";
import type { Ports } from "./ports.ts";
import { rowsBetween } from "./wheel-setup.ts";

const wheel = { grid: { period: second, hold: 5 * second, lateness: 0 } };

test("rowsBetween() gives the rows up to the first of a long silence, whose values are unknown, however long it lasts", async (t) => {
  const telemetry = await telemetryOf(t);
  const seconds = Array.from({ length: 10 }, (_, at) => at);
  await telemetry.append(numbersOf(1, seconds.map((at) => monday + at * second), seconds));
  const ports = { store: { telemetry } } as unknown as Ports;
  const rows = async (from: number, until: number) => await rowsBetween(wheel, [1, 2], monday + from * second, monday + until * second, ports);

  const short = await rows(0, 30);
  assert.equal(short.length, 30);
  assert.deepEqual(short.map(({ values }) => values[0]).slice(0, 18), [...seconds, 9, 9, 9, 9, 9, NaN, NaN, NaN]);
  assert.deepEqual(short.map(({ isSilent }) => isSilent).slice(8, 12), [false, false, true, true]);

  const long = await rows(0, (30 * day) / second);
  assert.deepEqual([long.length, long[long.length - 1].time], [9 + 5 + 64, monday + 77 * second]);
  assert.deepEqual(long.slice(0, 30), short);
  assert.equal((await rows(3600, (30 * day) / second)).length, 5 + 64);
  assert.deepEqual(await rows(30, 30), []);
});
