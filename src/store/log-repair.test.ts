import assert from "node:assert/strict";
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { directoryOf, monday, telemetryIn } from "../../test/telemetry.ts";
import { day } from "../schema/time.ts";
import { withoutDamage } from "./log-repair.ts";
import type { Telemetry } from "./telemetry.ts";

const names = ["samples.duckdb", "samples.duckdb.wal", "sequence"];
const commits = 40;

/** A directory as `kill -9` leaves it after some commits of two samples each, and a seal half-way if asked for. */
async function crashed(t: TestContext, seals = false): Promise<string> {
  const [path, copy] = [directoryOf(t), directoryOf(t)];
  const telemetry = await telemetryIn(path);
  for (let number = 1; number <= commits; number++) {
    const times = Float64Array.of(monday + number, monday + day + number);
    await telemetry.append({ received: monday, series: [{ key: 1, times, values: Float64Array.of(number, -number), quality: "good", origin: "sensor" }] });
    if (seals && number === commits / 2) await telemetry.seal(monday + day);
  }
  for (const name of names) copyFileSync(join(path, name), join(copy, name));
  await telemetry.close();
  return copy;
}

async function openedWithLog(t: TestContext, from: string, log: Buffer): Promise<{ telemetry: Telemetry; values: number[]; path: string }> {
  const path = directoryOf(t);
  for (const name of names) copyFileSync(join(from, name), join(path, name));
  writeFileSync(join(path, "samples.duckdb.wal"), log);
  const telemetry = await telemetryIn(path);
  t.after(() => telemetry.close());
  return { telemetry, path, values: [...(await telemetry.series({ key: 1, start: monday, end: monday + 2 * day })).values] };
}

test("Telemetry.open() loses one commit at most to a damaged place in the log, wherever it is", async (t) => {
  const from = await crashed(t);
  const log = readFileSync(join(from, "samples.duckdb.wal"));
  for (const share of [0.3, 0.5, 0.7, 0.9]) {
    const place = Math.floor(log.length * share);
    const { telemetry, values, path } = await openedWithLog(t, from, Buffer.from(log).fill(log[place] ^ 0xff, place, place + 1));
    assert.ok(values.length >= 2 * commits - 2, `${values.length} samples left at ${share}`);
    assert.match(telemetry.notices().join("\n"), /The log of the open days was damaged at byte \d+/);
    assert.deepEqual(readFileSync(join(path, "set-aside", readdirSync(join(path, "set-aside"))[0])).length, log.length);
    await telemetry.append({ received: monday, series: [{ key: 1, times: Float64Array.of(monday), values: Float64Array.of(5), quality: "good", origin: "sensor" }] });
    await telemetry.seal(monday + 2 * day);
    assert.deepEqual((await telemetry.series({ key: 1, start: monday, end: monday + 2 * day })).values.length, values.length + 1);
  }
});

test("Telemetry.open() loses nothing to what a torn last write left behind the last commit", async (t) => {
  const from = await crashed(t);
  const log = readFileSync(join(from, "samples.duckdb.wal"));
  const tails = [Buffer.alloc(5000), Buffer.alloc(7), Buffer.alloc(5000, 0xa7), log.subarray(100, 3000), log.subarray(log.length - 300, log.length - 4)];
  for (const tail of tails) {
    const { telemetry, values } = await openedWithLog(t, from, Buffer.concat([log, tail]));
    assert.equal(values.length, 2 * commits);
    assert.doesNotMatch(telemetry.notices().join(), /acknowledged/);
  }
});

test("Telemetry.open() never takes rows away by numbers that are no longer theirs: the log then ends before the damage", async (t) => {
  const from = await crashed(t, true);
  const log = readFileSync(join(from, "samples.duckdb.wal"));
  const place = Math.floor(log.length * 0.3); // before the seal
  const { values, telemetry } = await openedWithLog(t, from, Buffer.from(log).fill(log[place] ^ 0xff, place, place + 1));
  const whole = values.length / 2;
  assert.ok(whole >= 5 && whole < commits / 2);
  assert.deepEqual(values, Array.from({ length: 2 * whole }, (_, index) => (index < whole ? index + 1 : whole - index - 1)));
  assert.match(telemetry.notices().join(), /samples that had been acknowledged are missing/);
});

test("Telemetry.open() finds the commits after a place whose lengths are damaged, and after an overwritten beginning", async (t) => {
  const from = await crashed(t);
  const log = readFileSync(join(from, "samples.duckdb.wal"));
  for (const [start, end] of [[0, 8], [2000, 2010], [log.length >> 1, (log.length >> 1) + 300]]) {
    const { values, telemetry } = await openedWithLog(t, from, Buffer.from(log).fill(0xaa, start, end));
    assert.ok(values.length >= 2 * commits - 6, `${values.length} samples left after ${start}`);
    assert.match(telemetry.notices().join(), /log of the open days was damaged/);
  }
});

test("withoutDamage() keeps what comes before a place that belongs to no entry", () => {
  const log = Buffer.alloc(100, 0xff);
  assert.equal(withoutDamage(log, 5000).bytes.length, 100);
  assert.equal(withoutDamage(log, 50).bytes.length, 8);
  assert.equal(withoutDamage(Buffer.alloc(3), 0).bytes.length, 8);
});
