import assert from "node:assert/strict";
import { test } from "node:test";
import type { Inflow } from "../schema/inflow.ts";
import type { Reading } from "./connector.ts";
import { Inlet, type FirstSight, type InletLimits, type InletPorts } from "./inlet.ts";
import type { StoredBatch } from "./inlet-rows.ts";
import type { KnownSignal } from "./inlet-slots.ts";

const now = 1_760_000_000_000_000;

/** A site that keeps what it is given; each append waits for the test. */
class Site implements InletPorts {
  readonly signals = new Map<string, KnownSignal>();
  readonly created: FirstSight[][] = [];
  readonly appended: { batch: StoredBatch; store: () => void; fail: (error: Error) => void }[] = [];
  readonly stored: StoredBatch[] = [];
  readonly units: string[] = [];
  readonly fed: Inflow[] = [];
  refuses = false;
  isIdle = true;

  find(path: string): KnownSignal | undefined {
    return this.signals.get(path);
  }
  count(): number {
    return this.signals.size;
  }
  async create(first: readonly FirstSight[]): Promise<Map<string, KnownSignal>> {
    this.created.push([...first]);
    for (const { path, valueType, unit } of first) this.signals.set(path, { key: this.signals.size + 1, id: path, valueType, unit });
    return new Map(first.map(({ path }) => [path, this.signals.get(path) as KnownSignal]));
  }
  async inflows(fresh: readonly Inflow[]): Promise<void> {
    if (this.refuses) throw new Error("full");
    this.fed.push(...fresh);
  }
  append(batch: StoredBatch): Promise<void> {
    return new Promise((resolve, reject) => {
      this.appended.push({ batch, store: resolve, fail: reject });
      if (this.isIdle) resolve();
    });
  }
  now(): number {
    return now;
  }
  onStored(batch: StoredBatch): void {
    this.stored.push(batch);
  }
  onUnit(_signal: KnownSignal, path: string, unit: string, differs: boolean): void {
    this.units.push(`${path} ${unit} ${differs ? "differs" : "new"}`);
  }
}

const setUp = (limits: Partial<InletLimits> = {}): { site: Site; inlet: Inlet } => {
  const site = new Site();
  return { site, inlet: new Inlet(site, limits) };
};

const reading = (path: string, value: Reading["value"], more: Partial<Reading> = {}): Reading => ({ path, time: now, value, quality: "good", ...more });
const offer = (...readings: Reading[]) => ({ readings: Object.freeze(readings), rejected: [], origin: "sensor" as const });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const reasons = async (taken: Promise<{ rejected: readonly { reason: string }[] }>): Promise<string[]> => (await taken).rejected.map(({ reason }) => reason);

test("Inlet.take() writes down what feeds a signal before it stores, once an hour, and again when that failed", async () => {
  const { site, inlet } = setUp();
  const hour = 3_600_000_000;
  const from = (connector: string, ...readings: Reading[]) => inlet.take({ ...offer(...readings), connector });
  const fed = () => site.fed.splice(0).map(({ connector, key, origins, hours }) => [connector, key, origins.join(), hours.map(({ start, end }) => [start / hour, end / hour]).join(" ")].join(": "));
  const first = Math.floor(now / hour);
  let stored = 0;
  site.append = async () => assert.equal(site.refuses, false, `${stored++}`);
  await from("mqtt a", reading("a/n", 1), reading("a/n", 2, { time: now + 1 }), reading("a/m", 1));
  assert.deepEqual(fed(), [`mqtt a: 1: sensor: ${first},${first + 1}`, `mqtt a: 2: sensor: ${first},${first + 1}`]);
  await from("mqtt a", reading("a/n", 3, { time: now + 2 }));
  assert.deepEqual(fed(), [], "known by now");
  await from("mqtt b", reading("a/n", 3, { time: now + 3 }));
  await from("mqtt a", reading("a/n", 3, { time: now - hour }), reading("a/n", 3, { time: now }));
  assert.deepEqual(fed(), [`mqtt b: 1: sensor: ${first},${first + 1}`, `mqtt a: 1: sensor: ${first - 1},${first}`]);
  site.refuses = true;
  await assert.rejects(from("mqtt a", reading("a/n", 3, { time: now - 5 * hour })), /full/);
  assert.equal(stored, 4, "nothing is stored whose connector is not known");
  site.refuses = false;
  await from("mqtt a", reading("a/m", 3));
  assert.deepEqual(fed(), [`mqtt a: 1: sensor: ${first - 5},${first - 4}`]);
  inlet.forget();
  await from("mqtt a", reading("a/m", 3));
  assert.deepEqual(fed(), [`mqtt a: 2: sensor: ${first},${first + 1}`], "it may have been forgotten");
});

test("Inlet.take() makes unknown signals in one go, and stores numbers, flags and texts", async () => {
  const { site, inlet } = setUp();
  const taken = await inlet.take(offer(reading("a/n", 1.5), reading("a/f", true), reading("a/t", "idle"), reading("a/n", 2.5, { time: now + 1, quality: "bad" })));
  assert.deepEqual(taken, { stored: 4, rejected: [] });
  assert.deepEqual(site.created, [[{ path: "a/n", valueType: "number", unit: null }, { path: "a/f", valueType: "flag", unit: null }, { path: "a/t", valueType: "text", unit: null }]]);
  const { mixed, texts } = site.appended[0].batch;
  assert.deepEqual([...mixed.keys], [1, 2, 1]);
  assert.deepEqual([...mixed.values], [1.5, 1, 2.5]);
  assert.deepEqual([...mixed.times], [now, now, now + 1]);
  assert.deepEqual([...mixed.qualities], [0, 0, 2]);
  assert.deepEqual([...mixed.origins], [0, 0, 0]);
  assert.deepEqual(texts.map(({ key, texts, origin }) => ({ key, texts, origin })), [{ key: 3, texts: ["idle"], origin: "sensor" }]);
  await turn();
  assert.deepEqual(site.stored, [site.appended[0].batch]);
});

test("Inlet.take() stores at once when idle, and everything that came meanwhile as one", async () => {
  const { site, inlet } = setUp();
  await inlet.take(offer(reading("a/b", 0)));
  site.isIdle = false;
  const answered: number[] = [];
  for (let index = 1; index <= 5; index++) void inlet.take(offer(reading("a/b", index))).then(() => answered.push(index));
  await turn();
  assert.equal(site.appended.length, 2, "the first five, which came in one turn of the loop");
  for (let index = 6; index <= 9; index++) void inlet.take(offer(reading("a/b", index))).then(() => answered.push(index));
  await turn();
  assert.equal(site.appended.length, 2);
  assert.deepEqual(answered, [], "nothing is answered before it is durable");
  assert.equal(inlet.waiting, 9);
  site.appended[1].store();
  await turn();
  assert.deepEqual(answered, [1, 2, 3, 4, 5]);
  assert.deepEqual([...site.appended[2].batch.mixed.values], [6, 7, 8, 9]);
  site.appended[2].store();
  await turn();
  assert.equal(inlet.waiting, 0);
  assert.equal(inlet.counters().stored, 10);
});

test("Inlet.take() leaves out what makes no sense, with its reason, and stores what stands beside it", async () => {
  const { inlet } = setUp();
  await inlet.take(offer(reading("a/n", 1), reading("a/t", "x"), reading("a/f", false)));
  const one = (...parts: Parameters<typeof reading>) => reasons(inlet.take(offer(reading(...parts), reading("a/n", 7))));
  assert.deepEqual(await one("a/n", Number.NaN), ["not-a-number"]);
  assert.deepEqual(await one("a/n", Number.POSITIVE_INFINITY), ["not-a-number"]);
  assert.deepEqual(await one("a/n", "text"), ["wrong-type"]);
  assert.deepEqual(await one("a/t", 3), ["wrong-type"]);
  assert.deepEqual(await one("a/t", true), ["wrong-type"]);
  assert.deepEqual(await one("a/f", 2), ["wrong-type"]);
  assert.deepEqual(await one("a/f", 1), []);
  assert.deepEqual(await one("a/n", true), []);
  assert.deepEqual(await one("a/t", "x".repeat(5000)), ["too-large"]);
  for (const time of [0, 1.5, Number.NaN, Date.UTC(2101, 0) * 1000, Date.UTC(1989, 0) * 1000]) assert.deepEqual(await one("a/n", 1, { time }), ["bad-time"], String(time));
  for (const path of ["alone", "a//b", "a/ b", "a/\u0007", "a/\u202eb", `a/${"x".repeat(201)}`, "a/".repeat(17) + "b", "", "/", "a/e\u0301"]) assert.deepEqual(await one(path, 1), ["bad-name"], path);
  assert.deepEqual(inlet.counters().dropped, { "not-a-number": 2, "wrong-type": 4, "too-large": 1, "bad-time": 5, "bad-name": 10 });
});

test("Inlet.take() keeps a value from a clock that is ahead, with quality bad-clock", async () => {
  const { site, inlet } = setUp();
  await inlet.take(offer(reading("a/b", 1, { time: now + 5 * 60_000_000 }), reading("a/b", 2, { time: now + 5 * 60_000_000 + 1 }), reading("a/b", 3, { time: now + 1 })));
  assert.deepEqual([...site.appended[0].batch.mixed.qualities], [0, 3, 0]);
  assert.equal(inlet.counters().late, 1, "what is ahead makes nothing behind it late");
});

test("Inlet.take() takes a unit in any spelling, and refuses another one once it is known", async () => {
  const { site, inlet } = setUp();
  await inlet.take(offer(reading("a/t", 20, { unit: "°C" }), reading("a/p", 1)));
  assert.equal(site.signals.get("a/t")?.unit, "Cel");
  assert.deepEqual(await reasons(inlet.take(offer(reading("a/t", 21, { unit: "Cel" }), reading("a/t", 21, { unit: "degC" }), reading("a/t", 21)))), []);
  assert.deepEqual(await reasons(inlet.take(offer(reading("a/t", 70, { unit: "°F" }), reading("a/t", 71, { unit: "°F" })))), ["unit-changed", "unit-changed"]);
  assert.deepEqual(await reasons(inlet.take(offer(reading("a/p", 2, { unit: "bar" }), reading("a/p", 2000, { unit: "mbar" })))), ["unit-changed"]);
  assert.deepEqual(site.units, ["a/t [degF] differs", "a/p bar new", "a/p mbar differs"]);
  site.signals.set("a/t", { key: 1, id: "a/t", valueType: "number", unit: "[degF]" });
  inlet.forget("a/t");
  assert.deepEqual(await reasons(inlet.take(offer(reading("a/t", 70, { unit: "°F" })))), []);
});

test("Inlet.take() rejects all of a batch when too much waits, and takeInTurn() waits for room", async () => {
  const { site, inlet } = setUp({ waiting: 10 });
  await inlet.take(offer(reading("a/b", 0)));
  site.isIdle = false;
  const eight = Array.from({ length: 8 }, (_, index) => reading("a/b", index));
  const first = inlet.take(offer(...eight));
  await assert.rejects(inlet.take(offer(...eight)), { code: "capture.overload" });
  const small = inlet.take(offer(reading("a/b", 1)));
  let isTaken = false;
  const patient = inlet.takeInTurn(offer(...eight)).then(() => (isTaken = true));
  await turn();
  assert.equal(inlet.waiting, 9);
  site.appended[1].store();
  await Promise.all([first, turn()]);
  assert.equal(inlet.waiting, 9, "the one who waited has room now");
  assert.equal(isTaken, false);
  site.isIdle = true;
  site.appended[2].store();
  await Promise.all([small, patient]);
  assert.equal(inlet.counters().stored, 18);
});

test("Inlet.take() rejects with what the store threw, and goes on", async () => {
  const { site, inlet } = setUp();
  await inlet.take(offer(reading("a/b", 0)));
  site.isIdle = false;
  const failing = inlet.take(offer(reading("a/b", 1), reading("a/new", 2)));
  await turn();
  site.isIdle = true;
  site.appended[1].fail(new Error("disk full"));
  await assert.rejects(failing, /disk full/);
  assert.equal((await inlet.take(offer(reading("a/b", 3)))).stored, 1);
  assert.equal(inlet.waiting, 0);
  const { accepted, acknowledged } = inlet.counters();
  assert.ok(acknowledged < accepted);
});

test("Inlet.take() makes no more signals than allowed", async () => {
  const { site, inlet } = setUp({ signals: 3 });
  const many = Array.from({ length: 10 }, (_, index) => reading(`a/s${index}`, 1));
  const taken = await inlet.take(offer(...many));
  assert.equal(taken.stored, 3);
  assert.deepEqual(new Set(taken.rejected.map(({ reason }) => reason)), new Set(["not-allowed"]));
  assert.equal(site.signals.size, 3);
  assert.equal((await inlet.take(offer(reading("a/s0", 2), reading("a/s9", 2)))).stored, 1);
  assert.equal(inlet.waiting, 0);
});

test("Inlet.take() rejects when signals could not be made, and tries again the next time", async () => {
  const { site, inlet } = setUp();
  const create = site.create.bind(site);
  site.create = () => Promise.reject(new Error("records busy"));
  await assert.rejects(inlet.take(offer(reading("a/b", 1))), /records busy/);
  site.create = create;
  assert.equal((await inlet.take(offer(reading("a/b", 1)))).stored, 1);
  assert.equal(inlet.waiting, 0);
});

test("Inlet counts repeats and what comes late", async () => {
  const { inlet } = setUp();
  await inlet.take(offer(reading("a/b", 1)));
  await inlet.take(offer(reading("a/b", 1), reading("a/b", 2, { time: now + 5 }), reading("a/b", 3, { time: now + 4 })));
  inlet.drop("overload", 3);
  assert.deepEqual(inlet.counters(), { accepted: 4, acknowledged: 4, stored: 4, duplicate: 1, late: 1, dropped: { overload: 3 } });
});

test("Inlet.close() answers what waits, and takes nothing more", async () => {
  const { site, inlet } = setUp();
  await inlet.take(offer(reading("a/b", 1)));
  site.isIdle = false;
  const last = inlet.take(offer(reading("a/b", 2)));
  await turn();
  const closing = inlet.close();
  await assert.rejects(inlet.take(offer(reading("a/b", 3))), { code: "capture.closed" });
  site.appended[1].store();
  await closing;
  assert.equal((await last).stored, 1);
});
