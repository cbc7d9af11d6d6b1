import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { directoryOf, monday } from "../../test/telemetry.ts";
import { day } from "../schema/time.ts";
import { openStore, type Store, type StoreOptions } from "./store.ts";

/** A store that is closed when the test ends, however it does. */
async function opened(t: TestContext, path: string, options?: StoreOptions): Promise<Store> {
  const store = await openStore(path, options);
  t.after(() => store.close());
  return store;
}

const one = (time: number, value: number) => ({
  received: monday,
  series: [{ key: 1, times: Float64Array.of(time), values: Float64Array.of(value), quality: "good" as const, origin: "sensor" as const }],
});

/** Code of another process that has `openStore`, the directory as `path`, and `one` as here. */
const program = (body: string): string => `
  import { openStore } from ${JSON.stringify(new URL("./store.ts", import.meta.url).href)};
  const path = process.env.SITE_DIRECTORY;
  const monday = ${monday};
  const one = ${one.toString()};
  const say = (text) => process.stdout.write(text + "\\n");
  ${body}`;
const argumentsOf = (body: string): string[] => ["--input-type=module-typescript", "-e", program(body)];

function start(path: string, body: string) {
  const child = spawn(process.execPath, argumentsOf(body), { env: { ...process.env, SITE_DIRECTORY: path }, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (text: Buffer) => (said += text.toString()));
  const ended = once(child, "close");
  const lines = (): string[] => said.split("\n").slice(0, -1);
  const saysAtLeast = async (count: number): Promise<void> => {
    while (lines().length < count && child.exitCode === null) await Promise.race([once(child.stdout, "data"), ended]);
  };
  return { child, ended, lines, saysAtLeast };
}

test("openStore() lays out a directory that explains itself, and opens it again", async (t) => {
  const path = directoryOf(t);
  const store = await opened(t, path);
  assert.deepEqual(store.notices, []);
  assert.equal(readFileSync(join(path, "lock"), "utf8"), `${process.pid}\n`);
  const appended = await store.telemetry.append(one(monday, 4));
  await store.records.write([{ put: "setting", value: { name: "a", text: "1" } }]);
  await store.close();
  const named = ["README.txt", "blobs", "models", "records.journal", "records.sqlite", "samples", "samples.duckdb", "sequence", "set-aside"];
  assert.deepEqual(readdirSync(path).toSorted(), named);
  const readMe = readFileSync(join(path, "README.txt"), "utf8");
  for (const name of named.slice(1)) assert.match(readMe, new RegExp(`^${name}\\b`, "m"));

  const again = await opened(t, path, { create: false });
  assert.deepEqual(again.notices, []);
  assert.equal(await again.records.setting("a"), "1");
  assert.equal((await again.telemetry.append(one(monday + 1, 5))).firstSequence, appended.sequence + 1);
  const { values } = await again.telemetry.rows({ keys: [1], period: 1, hold: 0, start: monday, end: monday + 2 });
  assert.deepEqual([...values], [4, 5]);
  await again.close();
});

test("openStore() without create refuses a directory that is no site", async (t) => {
  const path = directoryOf(t);
  await assert.rejects(openStore(path, { create: false }), { code: "store.not-found" });
  assert.deepEqual(readdirSync(path), []);
});

test("openStore() refuses a second opening, naming the process; the first goes on", async (t) => {
  const path = directoryOf(t);
  const store = await opened(t, path);
  await assert.rejects(openStore(path), { code: "store.in-use", message: new RegExp(`process ${process.pid}`) });
  const body = "await openStore(path).then(() => say('opened'), (error) => say(error.code + ' ' + error.message));";
  const begun = performance.now();
  const { stdout } = spawnSync(process.execPath, argumentsOf(body), { env: { ...process.env, SITE_DIRECTORY: path }, encoding: "utf8" });
  assert.match(stdout, new RegExp(`^store.in-use .*process ${process.pid} has it open`));
  t.diagnostic(`the second process ended after ${Math.round(performance.now() - begun)} ms`);
  await store.telemetry.append(one(monday, 1));
  await store.records.write([{ put: "setting", value: { name: "a", text: "1" } }]);
  await store.close();
});

test("openStore() does not mind a lock file that a dead process left, or one that names a live one", async (t) => {
  const path = directoryOf(t);
  for (const pid of ["999999999\n", `${process.ppid}\n`, "not a number", ""]) {
    writeFileSync(join(path, "lock"), pid);
    const store = await opened(t, path);
    assert.equal(readFileSync(join(path, "lock"), "utf8"), `${process.pid}\n`);
    await store.close();
  }
});

test("openStore() refuses damaged records that nothing can repair, without touching them, and lets go of the directory", async (t) => {
  const path = directoryOf(t);
  await (await openStore(path)).close();
  rmSync(join(path, "records.journal"));
  const file = join(path, "records.sqlite");
  const whole = readFileSync(file);
  writeFileSync(file, Buffer.from(whole).fill(0x5a, 0, 4096));
  const damaged = readFileSync(file);
  await assert.rejects(openStore(path), { code: "store.records-damaged" });
  assert.deepEqual(readFileSync(file), damaged);
  writeFileSync(file, whole);
  await (await openStore(path)).close();
});

test("openStore() never gives a number again that a block remembers, though the samples are lost", async (t) => {
  const path = directoryOf(t);
  const id = "01J00000000000000000000001";
  const store = await opened(t, path);
  const context = { parts: [], product: null, recipe: null, tool: null, shift: null, file: null };
  const block = { id, site: id, asset: id, revision: 1, start: 0, end: 1, rows: 1, warmUpEnd: null, sequence: 5000, origin: "sensor", context } as const;
  await store.records.write([{ put: "block", value: { ...block, context: { ...context, parts: [] }, use: "teach", excluded: null, createdAt: 0 } }]);
  await store.close();
  rmSync(join(path, "samples.duckdb"));
  rmSync(join(path, "sequence"));
  const again = await opened(t, path);
  assert.equal((await again.telemetry.append(one(monday, 1))).sequence, 5001);
  await again.close();
});

test("Store calls after close() are refused", async (t) => {
  const store = await opened(t, directoryOf(t));
  await store.close();
  await assert.rejects(store.telemetry.append(one(monday, 1)), { code: "thread.lost" });
  await assert.rejects(store.records.site(), { code: "thread.lost" });
});

// Crashes. Each child says what was acknowledged before it is killed at a time it does not choose.

test("Store has every acknowledged sample and fact after kill -9 during writes", { timeout: 120_000 }, async (t) => {
  const path = directoryOf(t);
  const body = `
    const store = await openStore(path);
    const from = Number(await store.records.setting("next") ?? 0);
    for (let number = from; ; number++) {
      await Promise.all([store.telemetry.append(one(monday + number * 1000, number)), store.telemetry.append(one(monday + number * 1000 + 1, -number))]);
      say("s" + number);
      await store.records.write([{ put: "setting", value: { name: "next", text: String(number + 1) } }]);
      say("r" + (number + 1));
    }`;
  const acknowledged = new Set<number>();
  let next = 0;
  for (let trial = 0; trial < 10; trial++) {
    const { child, ended, lines, saysAtLeast } = start(path, body);
    await saysAtLeast(3 + ((trial * 7) % 11));
    child.kill("SIGKILL");
    await ended;
    for (const line of lines()) {
      if (line.startsWith("s")) acknowledged.add(Number(line.slice(1)));
      else next = Number(line.slice(1));
    }
  }
  const store = await opened(t, path);
  assert.deepEqual(store.notices, []);
  const { times, values } = await store.telemetry.series({ key: 1, start: monday, end: monday + day });
  const present = new Map([...times].map((time, index) => [time, values[index]]));
  assert.ok(acknowledged.size >= 10);
  for (const number of acknowledged) {
    assert.equal(present.get(monday + number * 1000), number);
    assert.equal(present.get(monday + number * 1000 + 1), -number);
  }
  assert.ok(Number(await store.records.setting("next")) >= next);
  await store.close();
});

test("Store has every sample once after kill -9 during seals", { timeout: 120_000 }, async (t) => {
  const path = directoryOf(t);
  const days = 12;
  const store = await opened(t, path);
  const times = Float64Array.from({ length: days * 500 }, (_, index) => monday + index * (day / 500));
  await store.telemetry.append({ received: monday, series: [{ key: 1, times, values: times.slice(), quality: "good", origin: "sensor" }] });
  await store.close();
  const body = `
    const store = await openStore(path);
    for (let number = 1; number <= ${days}; number++) { await store.telemetry.seal(monday + number * ${day}); say("sealed"); }
    await store.close();`;
  for (let trial = 0; trial < 10; trial++) {
    const { child, ended, saysAtLeast } = start(path, body);
    await saysAtLeast(1);
    // Some way into the next seal, wherever that is: spin rather than sleep, a different way each time.
    for (const until = performance.now() + trial * 3; performance.now() < until; );
    child.kill("SIGKILL");
    await ended;
    const again = await opened(t, path);
    const seen = await again.telemetry.series({ key: 1, start: monday, end: monday + days * day });
    assert.deepEqual(seen.times, times);
    const { openSamples, sealedDays } = await again.telemetry.check();
    assert.equal(openSamples + sealedDays.reduce((sum, { samples }) => sum + samples, 0), times.length, "each sample is in one place");
    await again.close();
  }
});

test("Store refuses samples on a full disk, keeps what it has, and goes on when there is room", { timeout: 60_000 }, (t) => {
  const mount = directoryOf(t);
  const body = `
    import { writeFileSync, rmSync, openSync, writeSync, closeSync } from "node:fs";
    const store = await openStore(path + "/site");
    let acknowledged = 0;
    const next = () => store.telemetry.append(one(monday + acknowledged, acknowledged)).then(() => void acknowledged++);
    for (let count = 0; count < 20; count++) await next();
    const filler = openSync(path + "/filler", "w");
    try { for (;;) writeSync(filler, Buffer.alloc(4096)); } catch { closeSync(filler); }
    const codes = [];
    for (let count = 0; count < 500 && codes.length < 3; count++) await next().catch((error) => codes.push(error.code));
    const fact = { put: "setting", value: { name: "a", text: "x".repeat(1e6) } };
    codes.push(await store.records.write([fact]).then(() => "written", (error) => error.code));
    const read = async () => (await store.telemetry.series({ key: 1, start: monday, end: monday + 1e6 })).times.length;
    const during = await read() - acknowledged;
    rmSync(path + "/filler");
    for (let count = 0; count < 20; count++) await next();
    await store.records.write([fact]);
    const after = await read() - acknowledged;
    await store.close();
    const again = await openStore(path + "/site");
    const reopened = (await again.telemetry.series({ key: 1, start: monday, end: monday + 1e6 })).times.length - acknowledged;
    say(JSON.stringify({ codes, during, after, reopened, notices: again.notices }));
    await again.close();`;
  const shell = 'mount -t tmpfs -o size=16m tmpfs "$SITE_DIRECTORY" || exit 77; exec "$@"';
  const inNamespace = ["--user", "--map-root-user", "--mount", "sh", "-c", shell, "sh", process.execPath, ...argumentsOf(body)];
  const { status, stdout, stderr, error } = spawnSync("unshare", inNamespace, { env: { ...process.env, SITE_DIRECTORY: mount }, encoding: "utf8" });
  if (error !== undefined || status === 77 || /unshare failed|Operation not permitted/.test(stderr)) {
    return t.skip("needs a small volume, and this machine lets nobody mount one (unshare --user --mount)");
  }
  assert.equal(stderr, "");
  assert.deepEqual(JSON.parse(stdout), {
    codes: Array<string>(4).fill("store.disk-full"),
    during: 0, after: 0, reopened: 0, notices: [],
  });
});
