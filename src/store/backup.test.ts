import assert from "node:assert/strict";
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { day } from "../schema/time.ts";
import { backupSite, Manifest, restoreSite, verifyBackup } from "./backup.ts";
import { openStore, type Store } from "./store.ts";

const monday = Date.UTC(2020, 2, 9) * 1000;
const site = "01J00000000000000000000001";

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "millrace-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const one = (time: number, value: number) => ({
  received: monday,
  series: [{ key: 1, times: Float64Array.of(time), values: Float64Array.of(value), quality: "good" as const, origin: "sensor" as const }],
});

const setting = (number: number) => ({ put: "setting", value: { name: `s${number}`, text: String(number) } }) as const;

/** A site with three sealed days, open samples, texts, records and a model. */
async function filled(t: TestContext, path: string): Promise<Store> {
  const store = await openStore(join(path, "site"));
  t.after(() => store.close());
  await store.records.write([{ put: "site", value: { id: site, name: "plant", createdAt: 0 } }, setting(0)]);
  for (let number = 0; number < 4; number++) await store.telemetry.append(one(monday + number * day, number));
  await store.telemetry.append({ received: monday, texts: [{ key: 2, times: Float64Array.of(monday), texts: ["RUN"], quality: "good", origin: "sensor" }] });
  await store.telemetry.seal(monday + 3 * day);
  await store.telemetry.append(one(monday + 4 * day, 4));
  store.models.put(Buffer.from("a model"));
  return store;
}

const valuesIn = async (store: Store): Promise<number[]> => [...(await store.telemetry.series({ key: 1, start: monday, end: monday + 9 * day })).values];

test("backupSite() and restoreSite() give the site again, to the last sample and fact", async (t) => {
  const path = directory(t);
  const store = await filled(t, path);
  const manifest = await backupSite(store, join(path, "copy"), { now: () => 7 });
  assert.deepEqual([manifest.at, manifest.site, manifest.counts], [7, { id: site, name: "plant" }, { openSamples: 2, sealedSamples: 4, sealedDays: 3, models: 1, ledgerLines: 0 }]);
  assert.deepEqual(await verifyBackup(join(path, "copy")), []);
  assert.ok(!existsSync(join(path, "copy.partial")));
  await store.telemetry.append(one(monday + 5 * day, 5)); // after the backup

  assert.deepEqual(await restoreSite(join(path, "copy"), join(path, "again")), manifest);
  const again = await openStore(join(path, "again"), { create: false });
  t.after(() => again.close());
  assert.deepEqual(again.notices, []);
  assert.deepEqual(await valuesIn(again), [0, 1, 2, 3, 4]);
  assert.deepEqual((await again.telemetry.texts({ key: 2, start: monday, end: monday + day })).texts, ["RUN"]);
  assert.equal(await again.records.setting("s0"), "0");
  assert.deepEqual(again.models.list(), store.models.list());
  assert.deepEqual((await again.telemetry.check()).problems, []);
  assert.deepEqual(await again.records.check(), []);
  await again.telemetry.append(one(monday + 6 * day, 6));
  await again.telemetry.seal(monday + 9 * day);
});

test("backupSite() of a site at full work holds all that was acknowledged before, and restores", { timeout: 60_000 }, async (t) => {
  const path = directory(t);
  const store = await filled(t, path);
  const done = { samples: 0, facts: 0, isOver: false };
  const rows = 2000;
  const load = async (): Promise<void> => {
    while (!done.isOver) {
      const from = done.samples;
      const times = Float64Array.from({ length: rows }, (_, index) => monday + 10 * day + from + index);
      await store.telemetry.append({ received: monday, series: [{ key: 3, times, values: times.map((time) => time - monday), quality: "good", origin: "sensor" }] });
      done.samples = from + rows;
      await store.records.write([setting(done.facts + 1)]);
      done.facts++;
    }
  };
  const loading = load();
  for (let round = 1; round <= 3; round++) {
    for (const until = done.samples + 10 * rows; done.samples < until; ) await new Promise(setImmediate);
    const { samples: samplesBefore, facts: factsBefore } = done;
    await backupSite(store, join(path, `copy${round}`));
    const { facts: factsAfter } = done;
    await restoreSite(join(path, `copy${round}`), join(path, `again${round}`));
    const again = await openStore(join(path, `again${round}`));
    const { times, values } = await again.telemetry.series({ key: 3, start: monday + 10 * day, end: monday + 20 * day });
    assert.ok(times.length >= samplesBefore && times.length % rows === 0, `${times.length} of ${samplesBefore}`);
    assert.ok(times.every((time, index) => time === monday + 10 * day + index && values[index] === time - monday));
    assert.equal(await again.records.setting(`s${factsBefore}`), String(factsBefore));
    assert.equal(await again.records.setting(`s${factsAfter + 2}`), null);
    await again.close();
  }
  done.isOver = true;
  await loading;
});

const tampers: readonly [string, (copy: string) => void, RegExp][] = [
  ["a changed byte of samples", (copy) => flip(join(copy, "samples", "2020-03-10.parquet")), /samples\/2020-03-10.parquet has other content/],
  ["a changed byte of records", (copy) => flip(join(copy, "records.sqlite")), /records.sqlite has other content/],
  ["a cut database", (copy) => truncateSync(join(copy, "samples.duckdb"), 5000), /samples.duckdb has other content/],
  ["a file gone", (copy) => rmSync(join(copy, "samples", "2020-03-09.parquet")), /2020-03-09.parquet is missing/],
  ["two files swapped", (copy) => swap(copy, "2020-03-09.parquet", "2020-03-10.parquet"), /has other content/],
  ["a file more", (copy) => writeFileSync(join(copy, "samples", "2020-03-20.parquet"), "x"), /2020-03-20.parquet" does not belong/],
  ["a log beside the records", (copy) => writeFileSync(join(copy, "records.sqlite-wal"), "x"), /does not belong/],
  ["a changed count", (copy) => rewrite(copy, (text) => text.replace('"openSamples": 2', '"openSamples": 3')), /manifest.json has other content/],
  ["another digest", (copy) => rewrite(copy, (text) => text.replace(/("digest": ")[0-9a-f]{64}/, `$1${"0".repeat(64)}`)), /manifest.json has other content/],
  ["a path that leads out", (copy) => rewrite(copy, (text) => text.replace("samples/2020-03-09.parquet", "../../../../etc/passwd")), /manifest.json is not as it was made/],
  ["a cut manifest", (copy) => truncateSync(join(copy, "manifest.json"), 100), /manifest.json is no JSON/],
  ["an empty manifest", (copy) => writeFileSync(join(copy, "manifest.json"), "{}"), /manifest.json is not as it was made/],
];

function flip(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(file, bytes);
}

function swap(copy: string, a: string, b: string): void {
  renameSync(join(copy, "samples", a), join(copy, "x"));
  renameSync(join(copy, "samples", b), join(copy, "samples", a));
  renameSync(join(copy, "x"), join(copy, "samples", b));
}

function rewrite(copy: string, change: (text: string) => string): void {
  const file = join(copy, "manifest.json");
  const text = readFileSync(file, "utf8");
  assert.notEqual(change(text), text);
  writeFileSync(file, change(text));
}

test("restoreSite() refuses a backup that is not as it was made, and leaves nothing", async (t) => {
  const path = directory(t);
  await backupSite(await filled(t, path), join(path, "copy"));
  for (const [what, tamper, problem] of tampers) {
    const copy = join(path, "tampered");
    rmSync(copy, { recursive: true, force: true });
    cpSync(join(path, "copy"), copy, { recursive: true });
    tamper(copy);
    assert.match((await verifyBackup(copy)).join("; "), problem, what);
    await assert.rejects(restoreSite(copy, join(path, "again")), { code: "store.backup-damaged" }, what);
    assert.deepEqual(readdirSync(path).toSorted(), ["copy", "site", "tampered"], what);
  }
});

test("backupSite() and restoreSite() never write over anything, nor into what they read", async (t) => {
  const path = directory(t);
  const store = await filled(t, path);
  mkdirSync(join(path, "full"));
  writeFileSync(join(path, "full", "a"), "");
  for (const target of ["full", "full/a", "site", "site/samples/copy"]) {
    await assert.rejects(backupSite(store, join(path, target)), { code: "store.backup-target" }, target);
  }
  mkdirSync(join(path, "empty"));
  const [first, second] = await Promise.allSettled([backupSite(store, join(path, "empty")), backupSite(store, join(path, "empty"))]);
  assert.equal(first.status, "fulfilled");
  assert.ok(second.status === "rejected" && second.reason.code === "store.backup-target");
  for (const target of ["full", "full/a", "site", "empty", "empty/again"]) await assert.rejects(restoreSite(join(path, "empty"), join(path, target)), { code: "store.backup-target" }, target);
  await assert.rejects(restoreSite(join(path, "full"), join(path, "again")), { code: "store.no-backup" });
  const manifest = Manifest.parse(JSON.parse(readFileSync(join(path, "empty", "manifest.json"), "utf8")));
  writeFileSync(join(path, "empty", "manifest.json"), JSON.stringify({ ...manifest, format: 2 }));
  await assert.rejects(restoreSite(join(path, "empty"), join(path, "again")), { code: "store.newer" });
});

test("backupSite() and restoreSite() take up after one that was cut off", async (t) => {
  const path = directory(t);
  const store = await filled(t, path);
  for (const name of ["copy.partial", "again.partial"]) {
    mkdirSync(join(path, name));
    appendFileSync(join(path, name, "records.sqlite"), "half");
  }
  await assert.rejects(restoreSite(join(path, "copy.partial"), join(path, "again")), { code: "store.no-backup" });
  await backupSite(store, join(path, "copy"));
  await restoreSite(join(path, "copy"), join(path, "again"));
  assert.deepEqual(readdirSync(path).toSorted(), ["again", "copy", "site"]);
});
