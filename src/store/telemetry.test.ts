import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import * as fc from "fast-check";
import { directoryOf, monday, numbersOf, telemetryIn } from "../../test/telemetry.ts";
import { randomFrom } from "../learn/random.ts";
import type { Quality } from "../schema/quality.ts";
import { day, second } from "../schema/time.ts";
import type { Batch } from "./batch.ts";
import { Telemetry } from "./telemetry.ts";

/** `count` readings of a second each from `start`, as large as it takes to be in blocks of their own. */
const ramp = (key: number, start: number, count: number): Batch =>
  numbersOf(
    key,
    Array.from({ length: count }, (_, index) => start + index * second),
    Array.from({ length: count }, (_, index) => Math.sqrt(index)),
  );

// Property: whatever arrives in whatever order, with seals and restarts between, reads are as defined.

interface Known {
  readonly key: number;
  readonly time: number;
  readonly value: number;
}

const half = day / 2;
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      quality: fc.constantFrom<Quality>("good", "good", "uncertain", "bad", "bad-clock"),
      key: fc.integer({ min: 1, max: 3 }),
      samples: fc.array(
        fc.record({
          time: fc.integer({ min: -6, max: 12 }).map((number) => monday + number * (half / 3)),
          value: fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(NaN, -0, Infinity, -Infinity, 5e-324)),
        }),
        { maxLength: 12 },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("seal" as const), before: fc.integer({ min: -6, max: 16 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
);

/** One sample a (key, time), the last that was given; NaN where it may not be used. */
function naiveSeries(known: readonly Known[], key: number): [number, number][] {
  const last = new Map<number, number>();
  for (const sample of known) if (sample.key === key) last.set(sample.time, sample.value);
  return [...last].toSorted(([a], [b]) => a - b);
}

test("Telemetry reads what a naive list would, over random batches, seals and restarts", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      const path = mkdtempSync(join(tmpdir(), "millrace-"));
      let telemetry = await telemetryIn(path);
      try {
        const known: Known[] = [];
        let sequence = 0;
        for (const one of steps) {
          if (one.kind === "restart") {
            await telemetry.close();
            telemetry = await telemetryIn(path);
          } else if (one.kind === "seal") {
            await telemetry.seal(monday + one.before * half);
          } else {
            const stored = one.samples.filter(({ value }) => !Number.isNaN(value));
            const times = one.samples.map(({ time }) => time);
            const appended = await telemetry.append(numbersOf(one.key, times, one.samples.map(({ value }) => value), one.quality));
            assert.deepEqual([appended.accepted, appended.unknown], [stored.length, one.samples.length - stored.length]);
            assert.ok(appended.firstSequence > sequence, "sequence numbers increase, across restarts too");
            assert.equal(appended.sequence, appended.firstSequence + stored.length - 1);
            if (stored.length > 0) sequence = appended.sequence;
            const isUsable = one.quality === "good" || one.quality === "uncertain";
            known.push(...stored.map(({ time, value }) => ({ key: one.key, time, value: isUsable && Number.isFinite(value) ? value : NaN })));
          }
        }
        await compare(telemetry, known, sequence);
      } finally {
        await telemetry.close();
        rmSync(path, { recursive: true, force: true });
      }
    }),
    { numRuns: 25 },
  );
});

async function compare(telemetry: Telemetry, known: readonly Known[], sequence: number): Promise<void> {
  const [start, end] = [monday - 4 * day, monday + 8 * day];
  for (const key of [1, 2, 3]) {
    const { times, values } = await telemetry.series({ key, start, end });
    assert.deepEqual([...times].map((time, index) => [time, values[index]]), naiveSeries(known, key));
  }
  const hold = day / 3;
  const period = Math.ceil(day / 7);
  const rows = await telemetry.rows({ keys: [3, 1], period, hold, start: monday, end: monday + 3 * day });
  const expected: number[] = [];
  for (const tick of rows.times) {
    for (const key of [3, 1]) {
      const last = naiveSeries(known, key).findLast(([time]) => time <= tick && time >= tick - hold);
      expected.push(last?.[1] ?? NaN);
    }
  }
  assert.deepEqual([...rows.values], expected);
  assert.equal(await telemetry.highestSequence({ keys: [1, 2, 3], start, end }), sequence);
  const span = await telemetry.span([1, 2, 3]);
  const times = known.map(({ time }) => time);
  assert.deepEqual(span && [span.start, span.end], known.length === 0 ? null : [Math.min(...times), Math.max(...times)]);
  assert.deepEqual((await telemetry.check()).problems, []);
}

test("Telemetry.append() stores nothing of a malformed batch, and the batches beside it whole", async (t) => {
  const telemetry = await telemetryIn(directoryOf(t));
  const good = telemetry.append(numbersOf(1, [monday], [1]));
  const malformed = [
    numbersOf(1, [monday, monday + 0.5], [1, 2]),
    numbersOf(1, [monday, NaN], [1, 2]),
    numbersOf(1, [monday], [1, 2]),
    numbersOf(-1, [monday], [1]),
    numbersOf(1.5, [monday], [1]),
    // @ts-expect-error: the word is not one of the schema
    numbersOf(1, [monday], [1], "excellent"),
    { ...numbersOf(1, [monday], [1]), received: Infinity },
  ];
  for (const one of malformed) await assert.rejects(telemetry.append(one), RangeError);
  assert.deepEqual(await good, { accepted: 1, unknown: 0, firstSequence: 1, sequence: 1, late: 0 });
  assert.equal((await telemetry.check()).openSamples, 1);
  await telemetry.close();
  await assert.rejects(telemetry.append(numbersOf(1, [monday], [1])), { code: "store.closed" });
});

test("Telemetry.append() of many batches at once keeps them in order", async (t) => {
  const telemetry = await telemetryIn(directoryOf(t));
  const appended = await Promise.all(Array.from({ length: 300 }, (_, value) => telemetry.append(numbersOf(1, [monday], [value]))));
  assert.deepEqual(appended.map(({ sequence }) => sequence), Array.from({ length: 300 }, (_, index) => index + 1));
  assert.deepEqual([...(await telemetry.series({ key: 1, start: monday, end: monday + 1 })).values], [299]);
  await telemetry.close();
});

test("Telemetry.append() and .texts() keep any text, also through a seal, and hide one of bad quality", async (t) => {
  const telemetry = await telemetryIn(directoryOf(t));
  const texts = ["RUN-1", "", "línea 3 ☃ 🏭", "'; DROP TABLE samples; --", "a".repeat(5000), "line\nbreak\t\"quoted\""];
  const times = Float64Array.from(texts, (_, index) => monday + index);
  const series = { key: 9, times, texts, quality: "good", origin: "person" } as const;
  await telemetry.append({ received: monday, series: [], texts: [series] });
  await telemetry.append({ received: monday, series: [], texts: [{ ...series, times: Float64Array.of(monday), texts: ["wrong"], quality: "bad" }] });
  await telemetry.append(numbersOf(9, [monday], [4])); // a number beside the text is another sample
  for (const _ of ["open", "sealed"]) {
    assert.deepEqual((await telemetry.texts({ key: 9, start: monday, end: monday + day })).texts, texts.slice(1));
    assert.deepEqual([...(await telemetry.series({ key: 9, start: monday, end: monday + day })).values], [4]);
    await telemetry.seal(monday + day);
  }
  assert.deepEqual(await telemetry.span([9]), { start: monday, end: monday + texts.length - 1, samples: texts.length + 1 });
  await telemetry.close();
});

test("Telemetry.seal() seals whole days only, once, and merges late samples into a new file", async (t) => {
  const path = directoryOf(t);
  const telemetry = await telemetryIn(path);
  await telemetry.append(numbersOf(1, [monday - day, monday, monday + day], [1, 2, 3]));
  assert.deepEqual(await telemetry.seal(monday + day - 1), [join(path, "samples", "2020-03-08.parquet")]);
  assert.deepEqual(await telemetry.seal(monday + day), [join(path, "samples", "2020-03-09.parquet")]);
  assert.deepEqual(await telemetry.seal(monday + day), []);

  const late = await telemetry.append(numbersOf(1, [monday, monday + 1, monday + 1, monday + day], [20, 21, 22, 30]));
  assert.equal(late.late, 3);
  const read = async (): Promise<number[]> => [...(await telemetry.series({ key: 1, start: monday - day, end: monday + 2 * day })).values];
  assert.deepEqual(await read(), [1, 20, 22, 30]);
  assert.deepEqual(await telemetry.seal(monday + day), [join(path, "samples", "2020-03-09.2.parquet")]);
  assert.deepEqual(await read(), [1, 20, 22, 30]);
  assert.deepEqual(readdirSync(join(path, "samples")).toSorted(), ["2020-03-08.parquet", "2020-03-09.2.parquet"]);
  const { openSamples, sealedDays, problems } = await telemetry.check();
  assert.deepEqual([openSamples, sealedDays.map(({ day: name, samples }) => [name, samples]), problems], [2, [["2020-03-08", 1], ["2020-03-09", 2]], []]);
  await telemetry.close();
});

/** A row of a file as another program prints it. */
const row = (time: number, value: number | string, sequence: number, quality: string): object => ({
  key: 7, signal: null, time: String(time), value, text: null, quality, origin: "sensor", sequence: String(sequence),
  type: "TIMESTAMP WITH TIME ZONE",
});

test("Telemetry.seal() writes files that anyone can read while the site is open", async (t) => {
  const path = directoryOf(t);
  const telemetry = await telemetryIn(path);
  await telemetry.append(numbersOf(7, [monday + 1, monday], [-0, 0.1 + 0.2], "uncertain"));
  await telemetry.append(numbersOf(7, [monday + 2], [Infinity], "bad"));
  const [file] = await telemetry.seal(monday + day);
  const script = `const { DuckDBInstance } = require("@duckdb/node-api");
    (async () => {
      const connection = await (await DuckDBInstance.create()).connect();
      const rows = await connection.runAndReadAll("SELECT key, signal, epoch_us(time) AS time, value, text, quality, origin, sequence, typeof(time) AS type FROM '${file}'");
      console.log(JSON.stringify(rows.getRowObjectsJson()));
    })();`;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], { cwd: import.meta.dirname, encoding: "utf8" });
  assert.equal(stderr, "");
  assert.deepEqual(JSON.parse(stdout), [
    row(monday, 0.1 + 0.2, 2, "uncertain"),
    row(monday + 1, 0, 1, "uncertain"),
    row(monday + 2, "Infinity", 3, "bad"),
  ]);
  assert.ok(Object.is((await telemetry.series({ key: 7, start: monday, end: monday + day })).values[1], -0));
  await telemetry.close();
});

test("Telemetry.seal() may be repeated after a crash between file and list", async (t) => {
  const path = directoryOf(t);
  let telemetry = await telemetryIn(path);
  await telemetry.append(numbersOf(1, [monday], [1]));
  await telemetry.close();
  // What such a crash leaves: the rows in the open table, a whole file that is not listed, a draft.
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  await connection.run(`COPY (SELECT 1 AS key, 99.0 AS value) TO '${join(path, "samples", "2020-03-09.parquet")}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  writeFileSync(join(path, "samples", "2020-03-09.parquet.tmp"), "half");

  telemetry = await telemetryIn(path);
  assert.deepEqual((await telemetry.check()).problems, ["samples/2020-03-09.parquet is not listed and is ignored"]);
  assert.deepEqual([...(await telemetry.series({ key: 1, start: monday, end: monday + day })).values], [1]);
  await telemetry.seal(monday + day);
  assert.deepEqual([...(await telemetry.series({ key: 1, start: monday, end: monday + day })).values], [1]);
  assert.deepEqual((await telemetry.check()).problems, []);
  await telemetry.close();
});

// Damage: what cannot be read is set aside and named, the rest is there.

test("Telemetry.open() sets an unreadable, a shortened and a missing day aside and names them", async (t) => {
  const path = directoryOf(t);
  let telemetry = await telemetryIn(path);
  for (const number of [0, 1, 2, 3]) await telemetry.append(numbersOf(1, [monday + number * day], [number]));
  await telemetry.seal(monday + 4 * day);
  await telemetry.close();
  const file = (name: string): string => join(path, "samples", `${name}.parquet`);
  writeFileSync(file("2020-03-09"), Buffer.alloc(readFileSync(file("2020-03-09")).length));
  truncateSync(file("2020-03-10"), 100);
  rmSync(file("2020-03-11"));

  telemetry = new Telemetry(path, { memoryLimitMiB: 256 });
  const notices = await telemetry.open();
  assert.deepEqual(notices.map((notice) => /(2020-03-\d\d) cannot/.exec(notice)?.at(1)), ["2020-03-09", "2020-03-10", "2020-03-11"]);
  assert.equal(readdirSync(join(path, "set-aside")).length, 2);
  assert.deepEqual([...(await telemetry.series({ key: 1, start: monday, end: monday + 9 * day })).values], [3]);
  await telemetry.append(numbersOf(1, [monday], [5]));
  await telemetry.seal(monday + 4 * day);
  assert.deepEqual([...(await telemetry.series({ key: 1, start: monday, end: monday + 9 * day })).values], [5, 3]);
  await telemetry.close();
});

test("Telemetry.rows() sets a day aside whose inside is damaged; .check() finds a changed byte", async (t) => {
  const path = directoryOf(t);
  const telemetry = await telemetryIn(path);
  for (const number of [0, 1]) await telemetry.append(ramp(1, monday + number * day, 2000));
  await telemetry.seal(monday + 2 * day);
  const file = join(path, "samples", "2020-03-09.parquet");
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(file, bytes);
  assert.deepEqual((await telemetry.check()).problems, ["samples/2020-03-09.parquet cannot be trusted: its content has changed"]);
  writeFileSync(file, bytes.fill(0, 4, bytes.length - 8)); // the ends are as they were
  const rows = await telemetry.rows({ keys: [1], period: day / 2, hold: day, start: monday, end: monday + 2 * day });
  assert.deepEqual([...rows.values].map(Number.isNaN), [true, true, false, false]);
  assert.match(telemetry.notices().join(), /2000 samples of 2020-03-09 cannot be read/);
  await telemetry.close();
});

const damages: readonly [string, (file: string) => void][] = [
  ["zeroed", (file) => writeFileSync(file, Buffer.alloc(readFileSync(file).length))],
  ["cut", (file) => truncateSync(file, readFileSync(file).length >> 1)],
  ["other content", (file) => writeFileSync(file, "not a database\n".repeat(5000))],
  ["gone", (file) => rmSync(file)],
];

for (const [what, damage] of damages) {
  test(`Telemetry.open() starts with a database of open days that is ${what}, and lists the sealed days again`, async (t) => {
    const path = directoryOf(t);
    let telemetry = await telemetryIn(path);
    await telemetry.append(numbersOf(1, [monday, monday + day], [1, 2]));
    await telemetry.append(ramp(1, monday + 2 * day, 500));
    await telemetry.seal(monday + day);
    await telemetry.close();
    damage(join(path, "samples.duckdb"));
    telemetry = new Telemetry(path, { memoryLimitMiB: 256 });
    const notices = await telemetry.open();
    assert.match(notices.join(), /Up to 501 samples that had been acknowledged are missing/);
    assert.equal(readdirSync(join(path, "set-aside")).length, what === "gone" ? 0 : 1);
    assert.deepEqual([...(await telemetry.series({ key: 1, start: monday, end: monday + 9 * day })).values], [1]);
    assert.deepEqual(await telemetry.span([1]), { start: monday, end: monday, samples: 1 });
    assert.equal((await telemetry.append(numbersOf(1, [monday], [1]))).firstSequence, 503);
    await telemetry.close();
  });
}

test("Telemetry finds damage inside the open days, salvages what it can and says what is lost", async (t) => {
  const path = directoryOf(t);
  let telemetry = await telemetryIn(path);
  await telemetry.append(ramp(1, monday, 400_000));
  await telemetry.close();
  const file = join(path, "samples.duckdb");
  const bytes = readFileSync(file);
  bytes[12_288 + 3 * 262_144 + 1000] ^= 1; // in the fourth block of data
  writeFileSync(file, bytes);

  telemetry = await telemetryIn(path);
  const query = { key: 1, start: monday, end: monday + 9 * day };
  await assert.rejects(telemetry.series(query), { code: "store.disk-failed" });
  const left = (await telemetry.series(query)).times.length;
  assert.ok(left >= 100_000 && left < 400_000, `${left} samples left`);
  assert.match(telemetry.notices().join(), new RegExp(`${400_000 - left} samples of open days could not be read`));
  await telemetry.append(numbersOf(1, [monday + 8 * day], [1]));
  await telemetry.close();
  telemetry = await telemetryIn(path);
  assert.equal((await telemetry.series(query)).times.length, left + 1);
  assert.deepEqual(telemetry.notices(), []);
  await telemetry.close();
});

test("Telemetry.open() sets a log aside of which nothing can be read, and says how much is missing when one was emptied", async (t) => {
  const path = directoryOf(t);
  const before = directoryOf(t);
  let telemetry = await telemetryIn(path);
  await telemetry.append(numbersOf(1, [monday], [1]));
  await telemetry.close();
  telemetry = await telemetryIn(path);
  for (let number = 1; number <= 40; number++) await telemetry.append(numbersOf(1, [monday + number], [number]));
  const names = ["samples.duckdb", "samples.duckdb.wal", "sequence"];
  // The test's process opened the file: reading it here would drop the lock, which no one else wants.
  for (const name of names) copyFileSync(join(path, name), join(before, name));
  await telemetry.close();

  const query = { key: 1, start: monday, end: monday + day };
  const log = join(path, "samples.duckdb.wal");
  for (const [what, change] of [
    ["overwritten", (bytes: Buffer) => bytes.fill(0xaa)],
    ["emptied", (bytes: Buffer) => bytes.subarray(0, 0)],
  ] as const) {
    for (const name of names) copyFileSync(join(before, name), join(path, name));
    writeFileSync(log, change(readFileSync(log)));
    telemetry = await telemetryIn(path);
    assert.deepEqual([...(await telemetry.series(query)).values], [1], what);
    assert.match(telemetry.notices().join(), /Up to 40 samples that had been acknowledged are missing/, what);
    assert.equal(telemetry.notices().length, what === "overwritten" ? 2 : 1);
    await telemetry.close();
  }
  assert.equal(existsSync(join(path, "set-aside")), true);
});

test("a long log that a kill left is emptied after the next commit, and every sample is still there", async (t) => {
  const path = directoryOf(t);
  const killed = directoryOf(t);
  const before = await telemetryIn(path);
  await before.append(ramp(1, monday, 8000));
  for (const file of ["samples.duckdb", "samples.duckdb.wal", "sequence"]) copyFileSync(join(path, file), join(killed, file));
  await before.close();
  const log = join(killed, "samples.duckdb.wal");
  assert.ok(readFileSync(log).length > 200_000);
  const after = await telemetryIn(killed);
  await after.append(ramp(1, monday + day, 1));
  await after.append(ramp(1, monday + 2 * day, 1)); // waits for what is done between two commits
  assert.ok(readFileSync(log).length < 20_000);
  assert.equal((await after.series({ key: 1, start: monday, end: monday + 3 * day })).times.length, 8002);
  await after.close();
});

test("what the database holds of samples that are on the disk shrinks when the log is emptied, and its room for reading does not", async (t) => {
  const path = directoryOf(t);
  const killed = directoryOf(t);
  const before = await telemetryIn(path);
  const random = randomFrom(1);
  const each = 1_000_000;
  for (let part = 0; part < 6; part++) await before.append(numbersOf(1, Array.from({ length: each }, (_, at) => monday + part * each + at), Array.from({ length: each }, random)));
  await before.append(ramp(2, monday, 8000)); // what is left in the log
  for (const file of ["samples.duckdb", "samples.duckdb.wal", "sequence"]) copyFileSync(join(path, file), join(killed, file));
  await before.close();
  const after = await telemetryIn(killed);
  const query = { key: 1, start: monday, end: monday + day };
  const { values } = await after.series(query);
  assert.equal(values.length, 6 * each);
  assert.ok((await after.databaseMemory()) > 44 * 2 ** 20, "it keeps what was read");
  await after.append(ramp(2, monday + day, 1));
  await after.append(ramp(2, monday + 2 * day, 1)); // waits for what is done between two commits
  assert.ok((await after.databaseMemory()) < 40 * 2 ** 20, "32 MiB of them, and room for the newest");
  assert.deepEqual((await after.series(query)).values, values);
  assert.ok((await after.databaseMemory()) > 44 * 2 ** 20, "it may keep as much as before");
  await after.close();
});
