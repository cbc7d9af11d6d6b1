import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { directoryOf } from "../../test/telemetry.ts";
import type { Label } from "../schema/label.ts";
import type { Model } from "../schema/model.ts";
import { Records } from "./records.ts";
import { openStore } from "./store.ts";

const id = (number: number): string => `01J${String(number).padStart(23, "0")}`;
const digestOf = (number: number): string => number.toString(16).padStart(64, "0");

function opened(path: string): { records: Records; notices: readonly string[] } {
  const records = new Records(path);
  const notices = [...records.open()];
  return { records, notices };
}

const label = (number: number, revision = 1): Label => ({
  id: id(number), site: id(0), revision, asset: id(1), start: number, end: number + 1, answer: "fault", faultKind: null, certainty: 1,
  author: "ada", knownAt: number, origin: "person", scoreShown: false, withdrawn: false, event: null,
});

const model = (number: number): Model => ({
  digest: digestOf(number), site: id(0), wheel: id(2), turn: id(3), recipe: { name: "a", version: 1, learner: "l", map: "m", params: {} },
  mapDigest: digestOf(0), totalDigest: digestOf(0), blocks: [], threshold: 1, provisional: false, bytes: 1, createdAt: number,
});

const champion = (number: number) => ({ put: "champion", value: { wheel: id(2), model: digestOf(number), at: number, turn: null, reason: "better" } }) as const;

const judged = (number: number, length = 3) =>
  ({ put: "judged", value: { wheel: id(2), block: id(number), blockRevision: 1, model: digestOf(1), recipe: "a", role: "champion", start: 0, period: 1, scores: new Float32Array(length).fill(0.5).fill(NaN, 1, 2), at: 0 } }) as const;

/** Writes a bit of everything, and tells all of it as it should read back. */
function fill(records: Records, from = 1): void {
  records.write([{ put: "label", value: label(from) }, { put: "model", value: model(from) }, { put: "model", value: model(from + 1) }]);
  records.write([champion(from)]);
  records.write([champion(from + 1), judged(from), { put: "node", value: { name: "a/b", bytes: Uint8Array.of(1) } }]);
  records.write([champion(from)]);
  records.write([{ put: "setting", value: { name: `s${from}`, text: "ä\n" } }, { put: "label", value: label(from, 2) }]);
}

const factsIn = (records: Records) => ({
  labels: records.labels({ asset: id(1) }),
  history: records.labelHistory(id(1)),
  champions: records.champions(id(2)),
  judged: records.judged({ wheel: id(2) }),
  settings: [records.setting("s1"), records.setting("s10")],
});

const damages: readonly [string, (path: string) => void, number][] = [
  ["overwritten at its beginning", (path) => writeFileSync(join(path, "records.sqlite"), readFileSync(join(path, "records.sqlite")).fill(0x5a, 0, 4096)), 1],
  ["zeroed", (path) => writeFileSync(join(path, "records.sqlite"), Buffer.alloc(statSync(join(path, "records.sqlite")).size)), 1],
  ["something else", (path) => writeFileSync(join(path, "records.sqlite"), "not a database\n".repeat(5000)), 1],
  ["emptied", (path) => writeFileSync(join(path, "records.sqlite"), ""), 0],
  ["gone", (path) => rmSync(join(path, "records.sqlite")), 0],
];

for (const [what, damage, aside] of damages) {
  for (const hasCopy of [false, true]) {
    test(`Records.open() makes records that are ${what} again from the journal${hasCopy ? " and a copy" : ""}, losing none`, (t) => {
      const path = directoryOf(t);
      const { records } = opened(path);
      fill(records);
      if (hasCopy) {
        records.write([judged(99, 4_000_000)]); // enough for a copy to be due
        records.close();
        assert.ok(existsSync(join(path, "records-copy.sqlite")));
        records.open();
      }
      fill(records, 10);
      const before = factsIn(records);
      records.close();
      damage(path);
      const again = opened(path);
      assert.deepEqual(factsIn(again.records), before);
      assert.match(again.notices.join("\n"), /^The records could not be read .*made again from records-copy.sqlite and records.journal$/);
      assert.equal(existsSync(join(path, "set-aside")) ? readdirSync(join(path, "set-aside")).length : 0, aside);
      again.records.write([champion(11)]);
      again.records.close();
      const last = opened(path);
      assert.deepEqual(last.notices, []);
      assert.equal(last.records.champion(id(2))?.model, digestOf(11));
      last.records.close();
    });
  }
}

test("Records.open() writes again what a damaged log had lost without a word", (t) => {
  const path = directoryOf(t);
  const { records } = opened(path);
  fill(records);
  records.close();
  records.open();
  fill(records, 10);
  const before = factsIn(records);
  const crashed = directoryOf(t);
  cpSync(path, crashed, { recursive: true }); // as kill -9 would leave it
  records.close();
  const log = join(crashed, "records.sqlite-wal");
  for (const change of [(bytes: Buffer) => bytes.fill(0xaa, 100, 200), (bytes: Buffer) => bytes.fill(0xaa, bytes.length >> 1, (bytes.length >> 1) + 9), () => Buffer.alloc(0)]) {
    const trial = directoryOf(t);
    cpSync(crashed, trial, { recursive: true });
    writeFileSync(join(trial, "records.sqlite-wal"), change(readFileSync(log)));
    const again = opened(trial);
    assert.deepEqual(factsIn(again.records), before);
    assert.match(again.notices.join(), /had lost their last \d writes; \d of them were written again/);
    again.records.close();
  }
});

test("Records.open() says how many writes are missing when a line of the journal is damaged as well, and keeps the others", (t) => {
  const path = directoryOf(t);
  const { records } = opened(path);
  for (let number = 1; number <= 9; number++) records.write([{ put: "label", value: label(number) }]);
  records.close();
  const journal = join(path, "records.journal");
  const lines = readFileSync(journal, "utf8").split("\n");
  writeFileSync(journal, lines.map((line, at) => (at === 5 ? line.replace("fault", "fouls") : line)).join("\n"));
  rmSync(join(path, "records.sqlite"));
  const again = opened(path);
  assert.equal(again.records.labels({ asset: id(1) }).length, 8);
  assert.match(again.notices.join("\n"), /1 writes of records that had been acknowledged are missing/);
  assert.deepEqual(again.records.ledger().map(({ number }) => number), [1, 2, 3, 4, 5, 7, 8, 9, 10], "the hole in the ledger shows");
  again.records.write([{ put: "label", value: label(10) }]);
  assert.equal(again.records.lastLedger()?.number, 11);
  again.records.close();
});

test("Records of an older version get their copy when they are closed, and need no more for it", (t) => {
  const path = directoryOf(t);
  const { records } = opened(path);
  fill(records);
  const before = factsIn(records);
  records.close();
  rmSync(join(path, "records.journal"));
  const database = new DatabaseSync(join(path, "records.sqlite"));
  database.exec("DELETE FROM setting WHERE name = 'records.writes'");
  database.close();
  const older = opened(path);
  assert.deepEqual(older.notices, []);
  older.records.close();
  rmSync(join(path, "records.sqlite"));
  const again = opened(path);
  assert.deepEqual(factsIn(again.records), before);
  again.records.close();
});

test("Records.open() refuses when the copy is damaged too, and touches nothing", (t) => {
  const path = directoryOf(t);
  const { records } = opened(path);
  fill(records);
  records.write([judged(99, 4_000_000)]);
  records.close();
  for (const file of ["records.sqlite", "records-copy.sqlite"]) writeFileSync(join(path, file), "not a database\n".repeat(5000));
  assert.throws(() => opened(path), { code: "store.records-damaged" });
  assert.equal(readFileSync(join(path, "records.sqlite"), "utf8").slice(0, 14), "not a database");
});

test("Store repairs records that turn out damaged while it is open, and goes on with the call", async (t) => {
  const path = directoryOf(t);
  let store = await openStore(path);
  const labels = Array.from({ length: 3000 }, (_, number) => label(number + 10));
  await store.records.write(labels.map((value) => ({ put: "label", value })));
  await store.close();
  const file = join(path, "records.sqlite");
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0x5a, bytes.length >> 1, (bytes.length >> 1) + 40_960));
  store = await openStore(path);
  t.after(() => store.close());
  assert.deepEqual(await store.records.labels({ asset: id(1) }), labels);
  await store.records.write([{ put: "setting", value: { name: "a", text: "1" } }]);
  assert.match((await store.noticesNow()).join(), /The records could not be read/);
  assert.deepEqual(await store.records.check(), []);
});

test("Store gives a new signal no key that samples are stored under, though the records that say so are lost", async (t) => {
  const path = directoryOf(t);
  let store = await openStore(path);
  await store.records.write([{ put: "setting", value: { name: "a", text: "1" } }]);
  await store.telemetry.append({ received: 0, series: [{ key: 41, times: Float64Array.of(0), values: Float64Array.of(1), quality: "good", origin: "sensor" }] });
  await store.close();
  rmSync(join(path, "records.sqlite"));
  store = await openStore(path);
  assert.equal(await store.records.nextSignalKey(), 42);
  assert.equal(await store.records.setting("a"), "1");
  await store.close();
});
