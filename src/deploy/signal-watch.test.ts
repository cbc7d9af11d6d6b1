import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson, digest } from "../digest.ts";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { Event } from "../schema/event.ts";
import type { Quality } from "../schema/quality.ts";
import type { EventChange } from "./event-tracker.ts";
import type { WatchedSignal } from "./signal-health.ts";
import { SignalWatch, type WatchSnapshot } from "./signal-watch.ts";

const second = 1_000_000;
const idFor = (time: number, named: unknown): string => `0${digest(canonicalJson({ time, named })).slice(0, 25).toUpperCase()}`;
const idOf = (name: string): string => idFor(0, name);
const start = Date.UTC(2026, 5, 1) * 1000;

interface Asset {
  readonly id: string;
  readonly parent: string | null;
}

/** A watch, its clock, and what it has told, in words: kind, what about, seconds from the start to the end. */
class Bench {
  watch = new SignalWatch({ site: idOf("site"), idFor });
  readonly signals: WatchedSignal[] = [];
  readonly assets: Asset[] = [];
  readonly changes: EventChange[] = [];
  now = start;

  add(name: string, asset: string, more: Partial<WatchedSignal> = {}): number {
    const key = this.signals.length + 1;
    this.signals.push({ id: idOf(name), key, asset: idOf(asset), role: "measured", valueType: "number", period: null, hold: 0, ...more });
    if (!this.assets.some(({ id }) => id === idOf(asset))) this.assets.push({ id: idOf(asset), parent: null });
    this.watch.follow([this.signals[key - 1]], this.assets);
    return key;
  }

  place(asset: string, parent: string): void {
    this.assets.push({ id: idOf(asset), parent: idOf(parent) });
  }

  /** A second: `send` sends what it will, then the watch looks. */
  second(send: (at: number) => void = () => {}): void {
    send(Math.round((this.now - start) / second));
    const told = this.watch.sweep(this.now, this.now);
    for (const { event } of told) assert.deepEqual(Event.parse(event), event);
    this.changes.push(...told);
    this.now += second;
  }

  run(seconds: number, send?: (at: number) => void): void {
    for (let at = 0; at < seconds; at++) this.second(send);
  }

  send(key: number, value: number | null, { behind = 0, quality = "good" }: { behind?: number; quality?: Quality } = {}): void {
    this.watch.heard(key, this.now - behind, value, quality, this.now);
  }

  restart(): void {
    const snapshot = JSON.parse(JSON.stringify(this.watch.snapshot())) as WatchSnapshot;
    this.watch = new SignalWatch({ site: idOf("site"), idFor });
    this.watch.restore(snapshot);
    this.watch.follow(this.signals, this.assets);
  }

  told(): string[] {
    const name = (id: string) => [...this.signals.map((_, at) => `s${at + 1}`), "site", "line", "west", "east", "pump", "fan"].find((one) => idOf(one) === id) ?? id;
    return this.changes.map(({ type, event }) => {
      const at = (time: number | null) => (time === null ? "" : String(Math.round((time - start) / second)));
      return `${type} ${event.kind} ${name(event.signal ?? event.asset)} ${at(event.start)}-${at(event.end)}`;
    });
  }
}

const random = randomFrom(7);
const noise = (): number => normalFrom(random);

test("SignalWatch tells that a sensor has fallen silent within three times its usual interval, and when it is back", () => {
  const bench = new Bench();
  const [one, two] = [bench.add("s1", "pump"), bench.add("s2", "pump")];
  const both = () => [one, two].forEach((key) => bench.send(key, noise()));
  bench.run(100, both);
  bench.run(20, () => bench.send(two, noise()));
  assert.equal(bench.watch.isDoubtful(idOf("s1")), true);
  assert.equal(bench.watch.isDoubtful(idOf("s2")), false);
  bench.run(10, both);
  assert.deepEqual(bench.told(), ["open stale s1 99-", "close stale s1 99-120"]);
  const [{ event }] = bench.changes;
  assert.deepEqual([event.signal, event.contributions, event.seen], [idOf("s1"), [{ signal: idOf("s1"), share: 1 }], "nothing for 6 s"]);
  assert.equal(bench.watch.isDoubtful(idOf("s1")), false);
});

test("SignalWatch keeps quiet for weeks of a source with jitter, pauses and batches", () => {
  const bench = new Bench();
  const [jittery, batched, rare] = [bench.add("s1", "pump"), bench.add("s2", "pump", { hold: 5 * second }), bench.add("s3", "pump")];
  bench.run(20_000, (at) => {
    if (random() < 0.8) bench.send(jittery, noise());
    if (at % 30 === 0) for (let behind = 29; behind >= 0; behind--) bench.send(batched, noise(), { behind: behind * second });
    if (at % 60 === 0 || random() < 0.01) bench.send(rare, noise());
  });
  assert.deepEqual(bench.told(), []);
});

test("SignalWatch tells a gateway with 200 tags that goes away once, whatever their pace, and its return once", () => {
  const bench = new Bench();
  bench.assets.push({ id: idOf("site"), parent: null });
  for (const line of ["west", "east"]) bench.place(line, "site");
  const keys: { key: number; pace: number; line: string }[] = [];
  for (const line of ["west", "east"]) {
    for (let asset = 0; asset < 20; asset++) {
      bench.place(`${line} ${asset}`, line);
      for (let tag = 0; tag < 10; tag++) keys.push({ key: bench.add(`s${keys.length + 1}`, `${line} ${asset}`), pace: tag === 0 ? 10 : 1, line });
    }
  }
  const send = (lines: readonly string[]) => (at: number) => keys.forEach(({ key, pace, line }) => lines.includes(line) && at % pace === 0 && bench.send(key, noise()));
  bench.run(100, send(["west", "east"]));
  bench.run(60, send(["west"]));
  bench.run(30, send(["west", "east"]));
  assert.deepEqual(bench.told(), ["open stale east 99-", "close stale east 99-160"]);
  assert.match(bench.changes[0].event.seen ?? "", /^180 signals: nothing for/, "the slower ones join later");
  assert.equal(bench.changes[0].event.contributions.length, 50);
});

test("SignalWatch waits for slower signals of the same machine before it says that only one is dead", () => {
  const dead = new Bench();
  const [fast, slow] = [dead.add("s1", "pump"), dead.add("s2", "pump")];
  const both = (at: number) => {
    dead.send(fast, noise());
    if (at % 10 === 0) dead.send(slow, noise());
  };
  dead.run(91, both);
  dead.run(60);
  assert.deepEqual(dead.told(), ["open stale pump 90-"]);
  assert.ok(dead.watch.isDoubtful(idOf("s1")) && dead.watch.isDoubtful(idOf("s2")));

  const alive = new Bench();
  const [quick, calm] = [alive.add("s1", "pump"), alive.add("s2", "pump")];
  alive.run(91, (at) => {
    alive.send(quick, noise());
    if (at % 10 === 0) alive.send(calm, noise());
  });
  alive.run(60, (at) => at % 10 === 0 && alive.send(calm, noise()));
  assert.deepEqual(alive.told(), ["open stale s1 90-"]);
});

test("SignalWatch tells a switch that takes many plants with it once", () => {
  const bench = new Bench();
  const keys = Array.from({ length: 50 }, (_, at) => bench.add(`s${at + 1}`, `plant ${at}`));
  bench.run(60, () => keys.forEach((key) => bench.send(key, noise())));
  bench.run(60);
  assert.deepEqual(bench.changes.map(({ type, event }) => [type, event.kind, event.seen?.slice(0, 10)]), [["open", "stale", "50 signals"]]);
});

test("SignalWatch finds a flat line in what never stands still, from its start, and only while it lasts", () => {
  const bench = new Bench();
  const [sensor, peer] = [bench.add("s1", "pump"), bench.add("s2", "pump")];
  bench.run(300, () => [sensor, peer].forEach((key) => bench.send(key, noise())));
  bench.run(100, () => [[sensor, 1.25], [peer, noise()]].forEach(([key, value]) => bench.send(key, value)));
  bench.run(20, () => [sensor, peer].forEach((key) => bench.send(key, noise())));
  assert.deepEqual(bench.told(), ["open stuck s1 300-", "close stuck s1 300-400"]);
  assert.equal(bench.changes[0].event.seen, "stands at 1.25");
  bench.run(200, () => [[sensor, 1.25], [peer, noise()]].forEach(([key, value]) => bench.send(key, value)));
  assert.equal(bench.changes.length, 2, "it rests there, as it did before");
});

test("SignalWatch finds no flat line in set-points, states, counters, coarse sensors and machines that rest", () => {
  const bench = new Bench();
  const roles = (["set-point", "state", "counter", "energy-meter"] as const).map((role, at) => bench.add(`s${at + 1}`, "pump", { role, period: second }));
  const coarse = bench.add("s5", "pump");
  const constant = bench.add("s6", "pump");
  let level = 20;
  bench.run(4000, (at) => {
    for (const key of roles) bench.send(key, at < 1000 ? noise() : 5);
    level += 0.02 * noise();
    bench.send(coarse, Math.round(level * 2) / 2);
    bench.send(constant, 0);
  });
  assert.deepEqual(bench.told(), []);
});

test("SignalWatch tells a source that repeats itself once for all of its asset's signals", () => {
  const bench = new Bench();
  const keys = [1, 2, 3].map((at) => bench.add(`s${at}`, "pump"));
  bench.run(200, () => keys.forEach((key) => bench.send(key, noise())));
  bench.run(100, () => keys.forEach((key) => bench.send(key, key)));
  bench.run(5, () => keys.forEach((key) => bench.send(key, noise())));
  assert.deepEqual(bench.told(), ["open stuck pump 200-", "close stuck pump 200-300"]);
});

test("SignalWatch says which limit a reading lies beyond, also where there is only one", () => {
  const bench = new Bench();
  const [low, high] = [bench.add("s1", "pump", { limits: { low: 2, high: Infinity } }), bench.add("s2", "pump", { limits: { low: -Infinity, high: 10 } })];
  bench.run(5, (at) => {
    bench.send(low, at === 0 ? 5 : 1);
    bench.send(high, at === 0 ? 5 : 30);
  });
  const told = bench.watch.standing.map(({ kind, seen, peak }) => [kind, seen, peak]);
  assert.deepEqual(told, [["out-of-range", "reads 1, below its limit of 2", 1.5], ["out-of-range", "reads 30, above its limit of 10", 3]]);
});

test("SignalWatch tells readings beyond the limits or beyond reason after three in a run, and their end likewise", () => {
  const bench = new Bench();
  const [limited, free] = [bench.add("s1", "pump", { limits: { low: 0, high: 10 } }), bench.add("s2", "pump")];
  const values = [5, 11, 5, 12, 5, 13, 30, 13, 13, 5, 14, 5, 5, 5, 5];
  bench.run(values.length, (at) => {
    bench.send(limited, values[at]);
    bench.send(free, at < 3 ? 1 : at < 8 ? [3.4e38, -1e300, Infinity][at % 3] : 1);
  });
  assert.deepEqual(bench.told(), ["open out-of-range s2 3-", "open out-of-range s1 5-", "close out-of-range s2 3-10", "close out-of-range s1 5-13"]);
  assert.equal(bench.changes[1].event.peak, 1.3);
});

test("SignalWatch tells a wrong clock once for its machine, and not that the machine is silent too", () => {
  const bench = new Bench();
  const keys = [1, 2, 3].map((at) => bench.add(`s${at}`, "pump"));
  bench.run(60, () => keys.forEach((key) => bench.send(key, noise())));
  bench.run(30, () => keys.forEach((key) => bench.send(key, noise(), { behind: -3600 * second, quality: "bad-clock" })));
  assert.ok(bench.watch.isDoubtful(idOf("s1")));
  bench.run(90, () => keys.forEach((key) => bench.send(key, noise())));
  assert.deepEqual(bench.told(), ["open bad-clock pump 60-", "close bad-clock pump 60-149"]);
  assert.match(bench.changes[0].event.seen ?? "", /its clock is 3600 s ahead of ours/);
});

test("SignalWatch takes a value that its source calls bad for one that did not come", () => {
  const bench = new Bench();
  const [one, two] = [bench.add("s1", "pump"), bench.add("s2", "pump")];
  bench.run(60, () => [one, two].forEach((key) => bench.send(key, noise())));
  bench.run(20, () => [[one, "bad"], [two, "good"]].forEach(([key, quality]) => bench.send(key as number, noise(), { quality: quality as Quality })));
  assert.deepEqual(bench.told(), ["open stale s1 59-"]);
});

test("SignalWatch raises nothing after a restart that stood before, and calls missing only what was expected and did not come", () => {
  const bench = new Bench();
  const [here, stale, gone] = [bench.add("s1", "pump"), bench.add("s2", "pump"), bench.add("s3", "fan")];
  bench.add("s4", "fan"); // known, but never heard: perhaps of a recording
  bench.run(60, () => [here, stale, gone].forEach((key) => bench.send(key, noise())));
  bench.run(20, () => [here, gone].forEach((key) => bench.send(key, noise())));
  assert.deepEqual(bench.told(), ["open stale s2 59-"]);
  bench.changes.length = 0;
  bench.now += 3 * 3600 * second; // the site was down
  bench.restart();
  bench.run(55, () => bench.send(here, noise()));
  assert.deepEqual(bench.told(), [], "a grace for sources to come back");
  assert.ok(bench.watch.isDoubtful(idOf("s2")), "what was silent is in doubt from the start");
  bench.run(30, () => bench.send(here, noise()));
  assert.deepEqual(bench.told(), ["open missing s3 10880-"]);
  bench.run(5, () => [here, stale, gone].forEach((key) => bench.send(key, noise())));
  assert.deepEqual(bench.told().slice(1), ["close stale s2 59-10965", "close missing s3 10880-10965"]);
});

test("SignalWatch goes on with what it learnt, and with a flat line that stood, after a restart", () => {
  const bench = new Bench();
  const [sensor, peer] = [bench.add("s1", "pump"), bench.add("s2", "pump")];
  bench.run(200, () => [sensor, peer].forEach((key) => bench.send(key, noise())));
  bench.run(100, () => [[sensor, 1.25], [peer, noise()]].forEach(([key, value]) => bench.send(key, value)));
  bench.restart();
  bench.run(10, () => [[sensor, 1.25], [peer, noise()]].forEach(([key, value]) => bench.send(key, value)));
  assert.deepEqual(bench.told(), ["open stuck s1 200-"]);
  bench.run(10, () => [sensor, peer].forEach((key) => bench.send(key, noise())));
  assert.deepEqual(bench.told().slice(1), ["close stuck s1 200-310"]);
  bench.run(10, () => bench.send(sensor, noise()));
  assert.deepEqual(bench.told().slice(2), ["open stale s2 319-"], "its interval is known from before");
});

test("SignalWatch raises nothing for old samples that come late", () => {
  const bench = new Bench();
  const sensor = bench.add("s1", "pump", { limits: { low: -10, high: 10 } });
  bench.run(100, () => {
    bench.send(sensor, noise());
    for (let old = 1; old < 5; old++) bench.send(sensor, 500, { behind: (1000 + old) * second });
  });
  assert.deepEqual(bench.told(), []);
});

test("SignalWatch looks at ten thousand signals in a few milliseconds, also when all fall silent", () => {
  const bench = new Bench();
  const signals = Array.from({ length: 10_000 }, (_, at): WatchedSignal => ({ id: idOf(`t${at}`), key: at + 1, asset: idOf(`a${at % 200}`), role: "measured", valueType: "number", period: second, hold: 0 }));
  bench.watch.follow(signals, []);
  const values = Float64Array.from({ length: 10_000 }, noise);
  let longest = 0;
  for (let at = 0; at < 60; at++) {
    if (at < 30) for (const { key } of signals) bench.send(key, values[(key + at * 7) % 10_000]);
    const before = process.threadCpuUsage().user;
    bench.changes.push(...bench.watch.sweep(bench.now, bench.now));
    longest = Math.max(longest, (process.threadCpuUsage().user - before) / 1000);
    bench.now += second;
  }
  assert.equal(bench.changes.length, 1);
  assert.ok(longest < 100, `${longest} ms`); // 20 ms on a machine that has nothing else to do
});
