import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import { directoryOf } from "../../test/telemetry.ts";
import { canonicalJson, digest } from "../digest.ts";
import type { Block } from "../schema/block.ts";
import type { Event } from "../schema/event.ts";
import type { BlockLoss } from "../schema/judgement.ts";
import type { Label } from "../schema/label.ts";
import type { TurnLine } from "../schema/ledger-entry.ts";
import type { Model } from "../schema/model.ts";
import type { Signal } from "../schema/signal.ts";
import type { Turn } from "../schema/turn.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { openRecordsReadOnly, Records } from "./records.ts";
import { signalPaths } from "./signal-paths.ts";
import type { Fact, Judged } from "./records/facts.ts";

function opened(t: TestContext, path = directoryOf(t)): Records {
  const records = new Records(path);
  records.open();
  t.after(() => records.close());
  return records;
}

const id = (number: number): string => `01J000000000000000${String(number).padStart(8, "0")}`;
const site = id(1);
const asset = id(2);
const wheel = id(3);
const hash = (name: string): string => digest(name);

const signal = (number: number, more: Partial<Signal> = {}): Signal => ({
  id: id(100 + number), site, asset, key: number, name: `signal ${number}`, revision: 1, valueType: "number", role: "measured",
  unit: null, period: null, createdAt: 0,
  ...more,
});
const block = (number: number, more: Partial<Block> = {}): Block => ({
  id: id(1000 + number), site, asset, revision: 1, start: number * 100, end: number * 100 + 100, rows: 100, warmUpEnd: null, sequence: number,
  origin: "sensor", context: { parts: [], product: null, recipe: null, tool: null, shift: null, file: null },
  use: "teach", excluded: null, createdAt: 0,
  ...more,
});
const label = (number: number, start: number, end: number, more: Partial<Label> = {}): Label => ({
  id: id(2000 + number), site, asset, event: null, start, end, answer: "fault", faultKind: "jam", author: "Ana", certainty: 1,
  knownAt: end, revision: 1, origin: "person", scoreShown: false, withdrawn: false,
  ...more,
});
const event = (number: number, start: number, end: number | null): Event => ({
  id: id(3000 + number), site, asset, wheel, model: hash("m"), block: id(1001), kind: "condition", start, end, peak: 2, peakAt: start,
  contributions: [],
});
const model = (name: string, createdAt: number): Model => ({
  digest: hash(name), site, wheel, turn: id(4001), recipe: { name: "r", version: 1, learner: "l", map: "m", params: { a: 1 } },
  mapDigest: hash("map"), totalDigest: hash("total"), blocks: [id(1001)], threshold: 1, provisional: false, bytes: 10, createdAt,
});
const turn = (number: number, state: Turn["state"]): Turn => ({
  id: id(4000 + number), site, wheel, number, trigger: "hand", state, startedAt: 0, finishedAt: null, blocks: [], labels: 0,
  challengers: [], verdict: null,
});
function ledger(number: number, previous: string): TurnLine {
  const entry = {
    number, site, kind: "turn" as const, at: number, wheel, turn: null, decision: "keep", reason: "because", gain: null, durationSeconds: 1,
    inputs: { blocks: hash("b"), blockCount: 1, labelCount: 1, champion: null }, outputs: { models: [], champion: null },
    cpuSeconds: 1, energyJoules: null, previous,
  };
  return { ...entry, hash: digest(canonicalJson(entry)) };
}

test("Records.write() keeps every revision, and queries give the newest", (t) => {
  const records = opened(t);
  records.write([{ put: "block", value: block(1) }, { put: "block", value: block(2) }]);
  records.write([{ put: "block", value: block(1, { revision: 3, rows: 7 }) }]);
  records.write([{ put: "block", value: block(1, { revision: 2, rows: 5 }) }]); // arrived late: history, not the newest
  assert.deepEqual(records.blocks({ asset }).map(({ revision, rows }) => [revision, rows]), [[3, 7], [1, 100]]);
  assert.equal(records.block(id(1001))?.rows, 7);
  assert.deepEqual(records.blocks({ asset, since: 200 }).map((one) => one.id), [id(1002)]);
  assert.deepEqual(records.blocks({ asset, before: 200 }).map((one) => one.id), [id(1001)]);
  assert.equal(records.block(id(9)), null);
  assert.equal(records.highestBlockSequence(), 2);
});

test("Records.write() takes an equal revision again and refuses another content under it", (t) => {
  const records = opened(t);
  const facts: Fact[] = [{ put: "label", value: label(1, 0, 10) }, { put: "model", value: model("a", 1) }];
  records.write(facts);
  records.write(facts);
  assert.equal(records.labelHistory(id(2001)).length, 1);
  assert.throws(() => records.write([{ put: "label", value: label(1, 0, 11) }]), { code: "store.revision-conflict" });
  assert.throws(() => records.write([{ put: "model", value: model("a", 2) }]), { code: "store.revision-conflict" });
});

test("Records.write() writes all facts of a list or none", (t) => {
  const records = opened(t);
  const good: Fact[] = [
    { put: "turn", value: turn(1, "recorded") },
    { put: "model", value: model("a", 1) },
    { put: "champion", value: { wheel, model: hash("a"), at: 5, turn: id(4001), reason: "better" } },
    { put: "ledger", value: ledger(1, "0".repeat(64)) },
  ];
  const bad: Fact[] = [
    { put: "block", value: block(1, { rows: -1 }) },
    { put: "champion", value: { wheel, model: hash("nobody knows it"), at: 5, turn: null, reason: "" } },
    { put: "ledger", value: ledger(3, ledger(1, "0".repeat(64)).hash) },
    { put: "ledger", value: ledger(2, hash("another line")) },
    { put: "ledger", value: { ...ledger(2, ledger(1, "0".repeat(64)).hash), reason: "changed afterwards" } },
    // @ts-expect-error: nothing is called that
    { put: "nothing", value: { name: "a", text: "b" } },
    // @ts-expect-error: nothing is called that
    { drop: "everything", name: "x" },
  ];
  for (const fact of bad) {
    assert.throws(() => records.write([...good, fact]), TypeError);
    assert.deepEqual([records.turns(wheel), records.models(wheel), records.champion(wheel), records.ledger()], [[], [], null, []]);
  }
  records.write(good);
  records.write([{ put: "ledger", value: ledger(2, ledger(1, "0".repeat(64)).hash) }]);
  assert.equal(records.lastLedger()?.number, 2);
  assert.deepEqual(records.ledger({ from: 2 }).map(({ number }) => number), [2]);
});

test("Records.champion() is the last put; the history is kept and a repeated put is one", (t) => {
  const records = opened(t);
  const champion = (name: string, at: number) => ({ wheel, model: hash(name), at, turn: null, reason: name });
  records.write([{ put: "model", value: model("a", 1) }, { put: "model", value: model("b", 2) }]);
  for (const [name, at] of [["a", 1], ["b", 2], ["b", 2], ["a", 3]] as const) records.write([{ put: "champion", value: champion(name, at) }]);
  assert.deepEqual(records.champion(wheel), champion("a", 3));
  assert.deepEqual(records.champions(wheel), [champion("a", 1), champion("b", 2), champion("a", 3)]);
  assert.deepEqual(records.models(wheel).map(({ digest: name }) => name), [hash("a"), hash("b")]);
});

test("Records.labels() gives those that overlap, without withdrawn ones", (t) => {
  const records = opened(t);
  records.write([
    { put: "label", value: label(1, 0, 10) },
    { put: "label", value: label(2, 10, 20) },
    { put: "label", value: label(3, 20, 30) },
    { put: "label", value: label(2, 10, 20, { revision: 2, withdrawn: true }) },
  ]);
  const ids = (query: object) => records.labels({ asset, ...query }).map((one) => Number(one.id.slice(-1)));
  assert.deepEqual(ids({}), [1, 3]);
  assert.deepEqual(ids({ includeWithdrawn: true }), [1, 2, 3]);
  assert.deepEqual(ids({ start: 10, end: 20, includeWithdrawn: true }), [2]);
  assert.deepEqual(ids({ start: 5, end: 25 }), [1, 3]);
  assert.deepEqual(records.labels({ asset: id(77) }), []);
});

test("Records.events() replaces, limits and drops", (t) => {
  const records = opened(t);
  records.write([1, 2, 3].map((number) => ({ put: "event", value: event(number, number * 10, null) }) as const));
  records.write([{ put: "event", value: event(1, 10, 15) }]);
  const starts = (query: object): number[] => records.events(query).map(({ start }) => start);
  assert.deepEqual(starts({ wheel }), [10, 20, 30]);
  assert.deepEqual(starts({ since: 15 }), [20, 30]);
  assert.deepEqual(starts({ limit: 2 }), [20, 30]);
  assert.equal(records.event(id(3001))?.end, 15);
  records.write([{ drop: "events", wheel, block: id(1001) }]);
  assert.deepEqual(starts({}), []);
});

test("Records.signals() come by key, which is never another signal's and never changes", (t) => {
  const records = opened(t);
  assert.equal(records.nextSignalKey(), 1);
  records.write([{ put: "signal", value: signal(2) }, { put: "signal", value: signal(1) }, { put: "signal", value: signal(3, { asset: id(9) }) }]);
  records.write([{ put: "signal", value: signal(1, { revision: 2, unit: "bar" }) }]);
  assert.deepEqual(records.signals(asset).map(({ key, unit }) => [key, unit]), [[1, "bar"], [2, null]]);
  assert.equal(records.signals().length, 3);
  assert.equal(records.nextSignalKey(), 4);
  assert.throws(() => records.write([{ put: "signal", value: signal(4, { key: 2 }) }]), TypeError);
  assert.throws(() => records.write([{ put: "signal", value: signal(2, { key: 8, revision: 2 }) }]), TypeError);
});

test("Records keep scores, sums and nodes to the bit", (t) => {
  const records = opened(t);
  const scores = Float32Array.of(0.1, NaN, -0, Infinity, 1e-45);
  const judged: Judged = { wheel, block: id(1001), blockRevision: 1, model: hash("a"), recipe: "r@1", role: "recipe", start: 5, period: 10, scores, at: 6 };
  const within = new Float32Array(9).subarray(2, 7);
  within.set(scores);
  records.write([
    { put: "judged", value: { ...judged, scores: within } },
    { put: "judged", value: { ...judged, role: "exam" } },
    { put: "judged", value: { ...judged, block: id(1002), scores: new Float32Array() } },
  ]);
  assert.deepEqual(records.judged({ wheel, block: id(1001), role: "recipe" }), [judged]);
  assert.equal(records.judged({ wheel, recipe: "r@1" }).length, 3);
  records.write([{ put: "judged", value: { ...judged, model: hash("b"), blockRevision: 2 } }]); // judged again: in its place
  assert.deepEqual(records.judged({ wheel, block: id(1001) }).map((one) => [one.role, one.blockRevision]), [["exam", 1], ["recipe", 2]]);

  const bytes = Uint8Array.of(0, 255, 7);
  const sum = { name: hash("s"), wheel, block: id(1001), blockRevision: 1, labelsDigest: hash("l"), mapDigest: hash("map"), bytes };
  records.write([{ put: "sum", value: sum }, { put: "sum", value: sum }, { put: "node", value: { name: "2020/03", bytes } }]);
  assert.deepEqual(records.sum(hash("s")), sum);
  assert.deepEqual(records.sums([hash("s"), hash("s")]), [bytes, bytes]);
  assert.deepEqual(records.sumNames(wheel, hash("map")), [{ name: hash("s"), block: id(1001), blockRevision: 1, labelsDigest: hash("l") }]);
  assert.throws(() => records.sums([hash("none")]), RangeError);
  assert.throws(() => records.write([{ put: "sum", value: { ...sum, bytes: Uint8Array.of(1) } }]), { code: "store.revision-conflict" });
  records.write([{ put: "node", value: { name: "2020/03", bytes: Uint8Array.of(9) } }, { put: "node", value: { name: "2020_03", bytes } }]);
  assert.deepEqual([records.node("2020/03"), records.nodeNames("2020")], [Uint8Array.of(9), ["2020/03", "2020_03"]]);
  records.write([{ drop: "nodes", prefix: "2020_" }, { drop: "sum", name: hash("s") }, { drop: "node", name: "none" }]);
  assert.deepEqual([records.nodeNames(), records.sum(hash("s")), records.node("2020_03")], [["2020/03"], null, null]);
});

test("Records.losses() keep one a block, recipe and kind of evidence", (t) => {
  const records = opened(t);
  const loss = (more: Partial<BlockLoss>): Fact => ({
    put: "loss",
    value: {
      block: id(1001), blockRevision: 1, labelsDigest: hash("l"), wheel, model: hash("a"), recipe: "r", evidence: "recipe", loss: 0.5,
      faults: 1, found: 1, missed: 0, falseAlarms: 0, delayHours: null, judgedHours: 1,
      counts: { truePositive: 1, falsePositive: 0, falseNegative: 0, trueNegative: 0, unknown: 0 },
      ...more,
    },
  });
  records.write([loss({}), loss({ evidence: "model" }), loss({ evidence: "model", model: hash("b") }), loss({ model: hash("b"), loss: 0.25 })]);
  assert.deepEqual(records.losses({ wheel, evidence: "recipe" }).map((one) => one.loss), [0.25]);
  assert.equal(records.losses({ wheel }).length, 3);
  assert.equal(records.losses({ wheel, model: hash("a") }).length, 1);
});

test("Records.unfinishedTurns() are those never recorded", (t) => {
  const records = opened(t);
  records.write([{ put: "turn", value: turn(2, "started") }, { put: "turn", value: turn(1, "started") }]);
  records.write([{ put: "turn", value: turn(1, "recorded") }]);
  assert.deepEqual(records.unfinishedTurns().map(({ number }) => number), [2]);
  assert.deepEqual(records.turns(wheel).map(({ number }) => number), [1, 2]);
});

test("Records belong to one site", (t) => {
  const records = opened(t);
  assert.equal(records.site(), null);
  records.write([{ put: "site", value: { id: site, name: "One", createdAt: 1 } }]);
  records.write([{ put: "site", value: { id: site, name: "Renamed", createdAt: 1 } }]);
  assert.equal(records.site()?.name, "Renamed");
  assert.throws(() => records.write([{ put: "site", value: { id: id(5), name: "Two", createdAt: 1 } }]), TypeError);
});

test("signalPaths() joins the names from the top asset down, also when parents form a ring", (t) => {
  const path = directoryOf(t);
  assert.equal(signalPaths(path).size, 0);
  const records = opened(t, path);
  const machine = (number: number, parent: string | null): Fact => ({ put: "asset", value: { id: id(number), site, parent, name: `machine ${number}`, createdAt: 0 } });
  records.write([machine(2, id(7)), machine(7, null), machine(8, id(8)), { put: "signal", value: signal(1) }, { put: "signal", value: signal(2, { asset: id(8) }) }]);
  assert.equal(signalPaths(path).get(1), "machine 7/machine 2/signal 1");
  assert.match(String(signalPaths(path).get(2)), /machine 8\/signal 2$/);
});

test("openRecordsReadOnly() reads beside a writer and cannot write", (t) => {
  const path = directoryOf(t);
  const records = opened(t, path);
  const reader = openRecordsReadOnly(path);
  records.write([{ put: "setting", value: { name: "a", text: "1" } }]);
  assert.equal(reader.setting("a"), "1");
  assert.throws(() => reader.write([{ put: "setting", value: { name: "a", text: "2" } }]), { code: "store.disk-failed" });
  reader.close();
  assert.throws(() => reader.setting("a"), { code: "store.closed" });
});

test("Records.open() refuses a damaged file and leaves it as it was", (t) => {
  const path = directoryOf(t);
  const file = join(path, "records.sqlite");
  const content = "this was never a database\n".repeat(1000);
  writeFileSync(file, content);
  assert.throws(() => new Records(path).open(), { code: "store.records-damaged" });
  assert.equal(readFileSync(file, "utf8"), content);
});

test("migrate() brings every older version to the newest, can be repeated, and refuses a newer one", (t) => {
  const migrations = readMigrations();
  for (let from = 0; from <= migrations.length; from++) {
    const database = new DatabaseSync(join(directoryOf(t), "records.sqlite"));
    migrate(database, migrations.slice(0, from));
    migrate(database, migrations);
    migrate(database, migrations);
    assert.deepEqual({ ...database.prepare("PRAGMA user_version").get() }, { user_version: migrations.length });
    database.exec(`PRAGMA user_version = ${migrations.length + 1}`);
    assert.throws(() => migrate(database, migrations), { code: "store.newer" });
    database.close();
  }
});

test("migrate() leaves the version before a step that fails, whole", () => {
  const database = new DatabaseSync(":memory:");
  const good = { version: 1, sql: "CREATE TABLE a (x INTEGER) STRICT;" };
  const broken = { version: 2, sql: "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1);" };
  assert.throws(() => migrate(database, [good, broken]));
  assert.deepEqual(database.prepare("SELECT name FROM sqlite_schema").all().map(({ name }) => name), ["a"]);
  migrate(database, [good, { version: 2, sql: "CREATE TABLE b (x INTEGER) STRICT;" }]);
  assert.equal(database.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"], 2);
  database.close();
});
