import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { day } from "../schema/lengths.ts";
import { temporaryDirectory } from "../../test/synthetic.ts";
import { Telemetry } from "./telemetry.ts";

const march = Date.UTC(2026, 2, 9) * 1000;
const hour = 3_600_000_000;

/** All bytes of a directory, for looking for what should not be there. */
const holds = (path: string, marker: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(marker))
    .map((entry) => entry.name);

test("forget() takes samples out of open days, sealed files, log and free pages, and leaves all others", async () => {
  const { path, remove } = temporaryDirectory();
  const telemetry = new Telemetry(path, { memoryLimitMiB: 128 });
  try {
    await telemetry.open();
    for (const [at, start] of [march, march + day, march + 2 * day].entries()) {
      await telemetry.append({
        received: start,
        series: [1, 2].map((key) => ({ key, times: Float64Array.from({ length: 24 }, (_, i) => start + i * hour), values: Float64Array.from({ length: 24 }, (_, i) => 1000 * key + i), quality: "good", origin: "sensor" })),
        texts: [{ key: 3, times: Float64Array.of(start + hour, start + 20 * hour), texts: [`early-${at}`, `planted-marker-${at}`], quality: "good", origin: "sensor" }],
      });
    }
    await telemetry.seal(march + 2 * day);
    const before = telemetry.sequence();
    assert.ok(holds(path, "planted-marker").length > 0, "the marker is there to be forgotten");
    assert.equal(await telemetry.forget([{ keys: [1, 3], start: march + 12 * hour, end: march + 3 * day }]), 12 + 24 + 24 + 1 + 2 + 2);
    const read = async (key: number) => Array.from((await telemetry.series({ key, start: 0, end: 2 ** 53 - 1 })).values);
    assert.deepEqual(await read(1), Array.from({ length: 12 }, (_, i) => 1000 + i));
    assert.equal((await read(2)).length, 72);
    assert.deepEqual((await telemetry.texts({ key: 3, start: 0, end: 2 ** 53 - 1 })).texts, ["early-0"]);
    assert.deepEqual(holds(path, "planted-marker"), []);
    assert.deepEqual((await telemetry.check()).problems, []);
    assert.equal(await telemetry.forget([{ keys: [1, 3], start: march + 12 * hour, end: march + 3 * day }]), 0, "again there is nothing to take out");

    await telemetry.append({ received: march, series: [{ key: 2, times: Float64Array.of(march + 3 * day), values: Float64Array.of(7), quality: "good", origin: "sensor" }] });
    assert.ok(telemetry.sequence() > before);
    await telemetry.close();
    const again = new Telemetry(path, { memoryLimitMiB: 128 });
    assert.deepEqual(await again.open(), [], "nothing is missed");
    assert.equal((await again.series({ key: 2, start: 0, end: 2 ** 53 - 1 })).values.length, 73);
    await again.close();
  } finally {
    remove();
  }
});

test("samples that come in while others are forgotten are kept, and numbers are never given twice", async () => {
  const { path, remove } = temporaryDirectory();
  const telemetry = new Telemetry(path, { memoryLimitMiB: 128 });
  try {
    await telemetry.open();
    const append = (key: number, time: number) => telemetry.append({ received: time, series: [{ key, times: Float64Array.of(time), values: Float64Array.of(1), quality: "good", origin: "sensor" }] });
    await append(1, march);
    const newest = (await append(1, march + 1)).sequence;
    const [, ...appended] = await Promise.all([telemetry.forget([{ keys: [1], start: march, end: march + 10 }]), ...Array.from({ length: 20 }, (_, i) => append(2, march + i))]);
    assert.equal((await telemetry.series({ key: 2, start: 0, end: 2 ** 53 - 1 })).values.length, 20);
    assert.ok(appended.every(({ sequence }) => sequence > newest));
    assert.equal(await telemetry.forget([{ keys: [2], start: march, end: march + 100 }]), 20);
    await telemetry.close();
    const again = new Telemetry(path, { memoryLimitMiB: 128 });
    assert.deepEqual(await again.open(), []);
    assert.ok(again.sequence() >= newest + 20);
    await again.close();
  } finally {
    remove();
  }
});
