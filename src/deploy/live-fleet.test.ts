import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { libraryOf, isParity, learnt, taughtBy } from "../../test/conformance/learner.ts";
import { scoringProcesses } from "../../test/scoring-processes.ts";
import { toyBlock, toyPlans, toyWarmUp } from "../../test/toy.ts";
import { canonicalJson, digest } from "../digest.ts";
import { onnxEngine } from "../engine/onnx.ts";
import { scoringEngine } from "../engine/scoring-engine.ts";
import type { Engine } from "../learn/engine.ts";
import { condition } from "../learn/learners/condition.ts";
import { Graph } from "../learn/onnx/graph.ts";
import { Quality } from "../schema/quality.ts";
import type { Wheel } from "../schema/wheel.ts";
import { GridRows } from "../store/grid-rows.ts";
import type { Store } from "../store/store.ts";
import type { EventChange } from "./event-tracker.ts";
import { findEvents } from "./events.ts";
import type { FleetPorts, LateSamples, WheelSetup } from "./fleet-ports.ts";
import { judgeBy } from "./judge.ts";
import { LiveFleet } from "./live-fleet.ts";
import type { ClosedTick } from "./live-grid.ts";
import { restored, standingSetting, wheelSetting } from "./live-settings.ts";
import type { ScoredRow } from "./scored-row.ts";

const second = 1_000_000;
const idFor = (time: number, named: unknown): string => `0${digest(canonicalJson({ time, named })).slice(0, 25).toUpperCase()}`;
const idOf = (name: string): string => idFor(0, name);
const start = Date.UTC(2026, 5, 1) * 1000;

const wheelOf = (name: string, signals: number, changes: Partial<Wheel> = {}): Wheel => ({
  id: idOf(name),
  site: idOf("site"),
  asset: idOf(`${name} asset`),
  revision: 1,
  name,
  kind: "condition",
  signals: Array.from({ length: signals }, (_, at) => idOf(`${name} ${at}`)),
  grid: { period: second, hold: 3 * second, lateness: second },
  blockRule: { by: "change", signal: "run" },
  warmUpRows: 0,
  when: null,
  alarm: { on: 2, off: 2 },
  cost: {} as Wheel["cost"],
  policy: {} as Wheel["policy"],
  recipes: [],
  createdAt: 0,
  ...changes,
});

interface Sample {
  readonly key: number;
  readonly time: number;
  readonly value: number;
  readonly quality?: Quality;
}

const columns = (samples: readonly Sample[]) => ({
  keys: Int32Array.from(samples, ({ key }) => key),
  times: Float64Array.from(samples, ({ time }) => time),
  values: Float64Array.from(samples, ({ value }) => value),
  qualities: Uint8Array.from(samples, ({ quality = "good" }) => Quality.options.indexOf(quality)),
});

/** The score is the last row's first reading; a run is a turn of the event loop. `say` makes it fail. */
function plainEngine(say: { error?: Error } = {}): Engine {
  return {
    open: () =>
      Promise.resolve({
        inputs: ["window"],
        outputs: ["score", "contributions"],
        async run({ window: { dims, values } }) {
          await new Promise(setImmediate);
          if (say.error !== undefined) throw say.error;
          const [rows, width] = dims;
          const tensor = (size: number, of: (at: number) => number) => ({ type: "float" as const, dims: [size], values: Float32Array.from({ length: size }, (_, at) => of(at)) });
          return { score: tensor(rows, (row) => values[row * width]), contributions: tensor(rows * width, (at) => values[at]) };
        },
        close: () => Promise.resolve(),
      }),
  };
}

function plainModel(): Uint8Array {
  const graph = new Graph();
  graph.output("score", graph.input("window", "double", ["rows", 1]), "double", ["rows", 1]);
  return graph.bytes("plain", { "millrace.window": "1" });
}

const model = digest("plain");

/** A fleet with a clock in hand, and what it told. */
function plant(t: TestContext, more: Partial<FleetPorts> = {}) {
  const clock = { now: start, steady: 0 };
  const told = { rows: [] as (ScoredRow & { name: string })[], events: [] as EventChange[], late: [] as LateSamples[], failed: [] as string[] };
  const fleet = new LiveFleet({
    site: idOf("site"),
    engine: plainEngine(),
    models: { read: () => plainModel() },
    idFor,
    now: () => clock.now,
    steady: () => clock.steady,
    listeners: {
      rows: ({ name }, rows) => told.rows.push(...rows.map((row) => ({ ...row, name }))),
      events: (changes) => told.events.push(...changes),
      late: (late) => told.late.push(late),
      failed: (wheel, error) => told.failed.push(`${wheel?.name ?? "-"}: ${error.message}`),
    },
    ...more,
  });
  t.after(() => fleet.close());
  const pass = async (seconds: number) => {
    clock.now += seconds * second;
    clock.steady += seconds * second;
    await fleet.tick();
    await fleet.settled();
  };
  return { fleet, clock, told, pass };
}

const setup = (wheel: Wheel, more: Partial<WheelSetup> = {}): WheelSetup => ({ wheel, keys: wheel.signals.map((_, at) => at + 1), champion: model, ...more });

test("LiveFleet gives each wheel its rows, scored, and their events, as the clock passes", async (t) => {
  const { fleet, clock, told, pass } = plant(t);
  await fleet.addWheel(setup(wheelOf("pump", 2)));
  await fleet.addWheel(setup(wheelOf("fan", 1), { keys: [2], champion: null }));
  assert.deepEqual([fleet.stateOf(idOf("pump")), fleet.stateOf(idOf("fan")), fleet.stateOf(idOf("none"))], ["unknown", "learning", "unknown"]);
  for (let at = 0; at < 10; at++) {
    const value = at >= 3 && at < 7 ? 2 : 0.5;
    await fleet.onStored({ mixed: columns([{ key: 1, time: clock.now, value }, { key: 2, time: clock.now, value: 1 }, { key: 99, time: clock.now, value: 1 }]) });
    await pass(1);
  }
  const pump = told.rows.filter(({ name }) => name === "pump");
  assert.deepEqual(pump.map(({ time }) => (time - start) / second), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(pump.map(({ state }) => state), ["normal", "normal", "normal", "normal", "alarm", "alarm", "alarm", "alarm", "normal", "normal"]);
  assert.ok(told.rows.filter(({ name }) => name === "fan").every(({ state, values }) => state === "learning" && values[0] === 1));
  assert.deepEqual(told.events.map(({ type, event: { wheel, start: from, end } }) => [type, wheel, (from - start) / second, end === null ? null : (end - start) / second]), [
    ["open", idOf("pump"), 4, null],
    ["close", idOf("pump"), 4, 8],
  ]);
  assert.deepEqual({ ...fleet.counts }, { wheels: 2, rows: 20, waiting: 0, skipped: 0, late: 0, overflowed: 0, failures: 0 });
  assert.equal(fleet.latency.count, 10);
  assert.deepEqual([fleet.stateOf(idOf("pump")), fleet.stateOf(idOf("fan"))], ["normal", "learning"]);
});

test("LiveFleet tells once which late samples a batch held for a wheel", async (t) => {
  const { fleet, clock, told, pass } = plant(t);
  await fleet.addWheel(setup(wheelOf("pump", 1)));
  await fleet.onStored({ mixed: columns([{ key: 1, time: clock.now, value: 0 }]) });
  await pass(10);
  await fleet.onStored({ mixed: columns([4, 2, 3].map((at) => ({ key: 1, time: start + at * second, value: 0 }))) });
  assert.deepEqual(told.late.map(({ wheel, first, last, samples }) => [wheel.name, (first - start) / second, (last - start) / second, samples]), [["pump", 2, 4, 3]]);
  assert.equal(fleet.counts.late, 3);
});

test("LiveFleet asks for the block of each tick, and cuts by a mark", async (t) => {
  const marks: unknown[] = [];
  const { fleet, clock, told, pass } = plant(t, {
    blockAt: (_wheel, { mark, time }) => {
      marks.push(mark);
      return mark === null ? null : { id: idOf(String(mark)), start: time };
    },
  });
  await fleet.addWheel(setup(wheelOf("pump", 1), { mark: 7 }));
  for (let at = 0; at < 4; at++) {
    if (at % 2 === 1) void fleet.onStored({ texts: [{ key: 7, times: Float64Array.of(clock.now), texts: [`run-${at}`], quality: "good" }] });
    await fleet.onStored({ mixed: columns([{ key: 1, time: clock.now, value: 0 }]) });
    await pass(1);
  }
  await pass(1);
  assert.deepEqual(marks.slice(0, 4), [null, "run-1", "run-1", "run-3"]);
  assert.deepEqual(told.rows.slice(0, 4).map(({ block }) => block), [null, idOf("run-1"), idOf("run-1"), idOf("run-3")]);
});

test("LiveFleet calls no wheel normal while one of its signals is silent", async (t) => {
  const { fleet, clock, told, pass } = plant(t);
  const wheel = wheelOf("pump", 2, { grid: { period: second, hold: 60 * second, lateness: 0 } });
  fleet.follow(wheel.signals.map((id, at) => ({ id, key: at + 1, asset: wheel.asset, role: "measured" as const, valueType: "number" as const, period: null, hold: 0 })), []);
  await fleet.addWheel(setup(wheel));
  for (let at = 0; at < 30; at++) {
    const both = [{ key: 1, time: clock.now, value: 0 }, { key: 2, time: clock.now, value: at }];
    await fleet.onStored({ mixed: columns(at < 20 ? both : both.slice(0, 1)) });
    await pass(1);
  }
  assert.deepEqual(told.events.map(({ type, event: { kind, signal } }) => [type, kind, signal]), [["open", "stale", wheel.signals[1]]]);
  assert.deepEqual([told.rows[19].state, told.rows.at(-1)?.state, told.rows.at(-1)?.reason], ["normal", "unknown", "doubtful-signal"]);
});

test("LiveFleet goes on with the model in force when the next cannot be loaded, and after a run that failed", async (t) => {
  const broken: { error?: Error } = {};
  const { fleet, clock, told, pass } = plant(t, { engine: plainEngine(broken), models: { read: (one) => (one === model ? plainModel() : assert.fail("it is gone")) } });
  await fleet.addWheel(setup(wheelOf("pump", 1)));
  const row = async () => {
    await fleet.onStored({ mixed: columns([{ key: 1, time: clock.now, value: 0 }]) });
    await pass(1);
    return told.rows.at(-1)?.state;
  };
  await assert.rejects(fleet.promote(idOf("pump"), digest("other")), /it is gone/);
  assert.equal(await row(), "normal");
  broken.error = new Error("lost");
  assert.equal(await row(), "unknown");
  assert.deepEqual(told.failed, ["pump: lost"]);
  delete broken.error;
  assert.equal(await row(), "normal");
  await fleet.addWheel(setup(wheelOf("fan", 1), { champion: digest("other") }));
  assert.deepEqual([fleet.stateOf(idOf("fan")), told.failed.at(-1)], ["learning", "fan: it is gone"]);
});

test("LiveFleet outlives a listener that throws", async (t) => {
  const failed: string[] = [];
  const throws = () => {
    throw new Error("no");
  };
  const { fleet, clock, pass } = plant(t, { listeners: { rows: throws, events: throws, late: throws, failed: (_wheel, error) => void failed.push(error.message) } });
  await fleet.addWheel(setup(wheelOf("pump", 1)));
  for (let at = 0; at < 5; at++) {
    await fleet.onStored({ mixed: columns([{ key: 1, time: clock.now, value: 9 }, { key: 1, time: start, value: 9 }]) });
    await pass(1);
  }
  assert.equal(fleet.counts.rows, 5);
  assert.ok(failed.length > 5);
});

test("LiveFleet ends the event of a wheel that is taken away, but not when the site closes", async (t) => {
  const { fleet, clock, told, pass } = plant(t);
  for (const name of ["pump", "fan"]) await fleet.addWheel(setup(wheelOf(name, 1)));
  for (let at = 0; at < 4; at++) {
    await fleet.onStored({ mixed: columns([{ key: 1, time: clock.now, value: 9 }]) });
    await pass(1);
  }
  await fleet.removeWheel(idOf("fan"));
  await fleet.close();
  assert.deepEqual(told.events.map(({ type, event }) => [type, event.wheel]), [["open", idOf("pump")], ["open", idOf("fan")], ["close", idOf("fan")]]);
});

test("LiveFleet goes on after a kill as if nothing had been: same scores, same events, none twice", async (t) => {
  const wheel = wheelOf("pump", 2, { warmUpRows: 4 });
  const block = { id: idOf("block"), start };
  const samples: Sample[] = Array.from({ length: 60 }, (_, at) => [1, 2].map((key) => ({ key, time: start + at * second + key, value: (at > 20 && at < 45 ? 3 : 0.1) + key / 100 }))).flat();
  const play = async (killAt: number) => {
    const stored: Sample[] = [];
    const first = plant(t, { blockAt: () => block });
    await first.fleet.addWheel(setup(wheel));
    let now = first;
    const told = [now.told];
    for (let at = 0; at < 60; at++) {
      const fresh = samples.slice(2 * at, 2 * at + 2);
      stored.push(...fresh);
      await now.fleet.onStored({ mixed: columns(fresh) });
      if (at !== killAt) {
        await now.pass(1);
        continue;
      }
      const snapshot = restored(settings(now.fleet)).wheels.get(wheel.id) ?? null;
      await now.pass(1); // a row that no snapshot knows of
      const { clock } = now;
      now = plant(t, { blockAt: () => block });
      now.clock.now = clock.now;
      told.push(now.told);
      await now.fleet.addWheel(setup(wheel, { snapshot, rowsSince: (from, to) => Promise.resolve(rowsOf(wheel, stored, from, to)), held: stored.slice(-2) }));
    }
    await now.fleet.settled();
    return told;
  };
  const [whole] = await play(-1);
  assert.deepEqual(whole.events.map(({ type }) => type), ["open", "close"]);
  // Killed before the first row of a warm-up is closed, nothing is known of the block, and its baseline begins with the next row.
  for (const killAt of [3, 6, 22, 30, 46, 50]) {
    const parts = await play(killAt);
    const rows = new Map(parts.flatMap((part) => part.rows).map(({ time, score, state }) => [time, `${score} ${state}`]));
    assert.deepEqual([...rows], whole.rows.map(({ time, score, state }) => [time, `${score} ${state}`]), `killed at ${killAt}`);
    const closed = parts.flatMap((part) => part.events).filter(({ type }) => type === "close");
    const expected = whole.events.filter(({ type }) => type === "close");
    assert.deepEqual(new Map(closed.map(({ event }) => [event.id, event])), new Map(expected.map(({ event }) => [event.id, event])), `killed at ${killAt}`);
    const ids = new Set(parts.flatMap((part) => part.events).map(({ event }) => event.id));
    assert.equal(ids.size, 1, "an event found again has its id");
  }
});

const settings = (fleet: LiveFleet): { name: string; text: string }[] => fleet.facts(true).flatMap((fact) => ("put" in fact && fact.put === "setting" ? [fact.value] : []));

/** Rows as the store gives them. */
function rowsOf(wheel: Wheel, samples: readonly Sample[], from: number, to: number): ClosedTick[] {
  const { period, hold } = wheel.grid;
  const aligned = Math.ceil(from / period) * period;
  const grid = new GridRows({ keys: [1, 2], period, hold, start: aligned, end: Math.max(aligned, to + 1) });
  samples.forEach(({ key, time, value }, sequence) => grid.add(key, time, value, sequence));
  const { times, values } = grid.finish();
  const isSilent = (tick: number) => !samples.some(({ time }) => time > tick - period && time <= tick);
  return Array.from(times, (time, row) => ({ time, isSilent: isSilent(time), values: values.slice(row * 2, row * 2 + 2), mark: null, due: 0 }));
}

test("LiveFleet stores what it must know as settings, only when it changed, the watch in parts", async (t) => {
  const { fleet, clock, pass } = plant(t);
  const signals = Array.from({ length: 1200 }, (_, at) => ({ id: idOf(`s${at}`), key: at + 1, asset: idOf("pump"), role: "measured" as const, valueType: "number" as const, period: second, hold: 0 }));
  fleet.follow(signals, []);
  await fleet.addWheel(setup(wheelOf("pump", 1)));
  const names = (facts = fleet.facts()) => facts.map((fact) => ("put" in fact && fact.put === "setting" ? fact.value.name : ""));
  assert.deepEqual(names(fleet.facts(true)), [standingSetting, wheelSetting(idOf("pump")), "live watch 0", "live watch 1", "live watch 2"]);
  assert.deepEqual(names(), []);
  for (let at = 0; at < 40; at++) {
    await fleet.onStored({ mixed: columns(at < 20 ? signals.map(({ key }) => ({ key, time: clock.now, value: at })) : []) });
    await pass(1);
  }
  assert.deepEqual(names(), [standingSetting, wheelSetting(idOf("pump")), "live watch 2"]);
  assert.deepEqual([names(), names(), names()], [["live watch 0"], ["live watch 1"], []]);
  const after = plant(t, { watch: restored([...settings(plant(t).fleet), { name: "live watch 9", text: "{broken" }, { name: "live watch standing", text: JSON.stringify(fleet.watch.snapshot(0, 0)) }]).watch });
  after.fleet.follow(signals, []);
  assert.deepEqual(after.fleet.watch.standing.map(({ kind }) => kind), ["stale"]);
});

/** A toy run with a fault, scored live by `engine` and by the proof; `onRow` is called before each row is taken in. */
async function bothWays(t: TestContext, engine: Engine, onRow: (row: number) => Promise<void> | void = () => {}) {
  const taught = taughtBy(await libraryOf(onnxEngine, [...toyPlans(12, 1), ...toyPlans(4, 30, { fault: "shift" })]));
  const { bytes } = learnt(condition, taught);
  const wheel = wheelOf("pump", 3, { warmUpRows: toyWarmUp });
  const block = { id: idOf("block"), start };
  const { fleet, told, clock } = plant(t, { engine, models: { read: () => bytes }, blockAt: () => block });
  await fleet.addWheel(setup(wheel));
  const { rows } = toyBlock({ seed: 77, fault: "shift" });
  for (let row = 0; row < rows.rows; row++) {
    await onRow(row);
    clock.now = start + row * second;
    clock.steady = row * second;
    await fleet.onStored({ mixed: columns([0, 1, 2].map((column) => ({ key: column + 1, time: clock.now, value: rows.values[row * 3 + column] }))) });
    if (row % 3 === 0) await fleet.tick();
  }
  clock.now += 2 * second;
  clock.steady += 2 * second;
  await fleet.tick();
  await fleet.settled();
  const judged = await judgeBy(model, { rows, warmUpRows: toyWarmUp }, { store: { models: { read: () => bytes } } as unknown as Store, engine: onnxEngine });
  const live = told.rows.slice(0, rows.rows);
  assert.equal(live.length, rows.rows);
  for (const [row, { score }] of live.entries()) assert.ok(isParity(score, judged.scores[row]), `row ${row}: ${score} for ${judged.scores[row]}`);
  return { wheel, judged, live, told };
}

test("LiveFleet scores as the proof does on a real model: the same scores to 1e-5, the same events", async (t) => {
  const { wheel, judged, live, told } = await bothWays(t, onnxEngine);
  const found = findEvents(judged, Float64Array.from(live, ({ time }) => time), second, wheel.signals, wheel.alarm);
  const closed = told.events.filter(({ type }) => type === "close").map(({ event }) => event);
  assert.ok(found.length > 0);
  assert.deepEqual(closed.map(({ start: from, end, peakAt }) => [from, end, peakAt]), found.map(({ start: from, end, peakAt }) => [from, end, peakAt]));
  assert.equal(closed[0].contributions[0].signal, wheel.signals[1], "the signal that was shifted");
});

test("LiveFleet scores each row, and once, while its scoring process is killed again and again", { timeout: 30_000 }, async (t) => {
  const engine = scoringEngine();
  t.after(() => engine.close());
  const { told } = await bothWays(t, engine, async (row) => {
    if (row !== 70 && row !== 110) return;
    while (scoringProcesses().length === 0) await new Promise((resolve) => setTimeout(resolve, 10)); // the next is being started
    process.kill(scoringProcesses()[0], "SIGKILL");
  });
  assert.equal(engine.lost, 2);
  assert.deepEqual(told.failed, []);
});

test("LiveFleet leaves the thread to others while it takes in a very large batch", async (t) => {
  const { fleet, clock, pass } = plant(t);
  const wheels = 20;
  for (let at = 0; at < wheels; at++) await fleet.addWheel(setup(wheelOf(`w${at}`, 10), { keys: Array.from({ length: 10 }, (_, column) => at * 10 + column + 1) }));
  const samples = Array.from({ length: 200_000 }, (_, at): Sample => ({ key: (at % 200) + 1, time: clock.now + Math.floor(at / 200) * second, value: 0 }));
  let longest = 0;
  const spent = () => process.threadCpuUsage().user / 1000; // of this thread alone, whoever else is at work
  let last = spent();
  let isOver = false;
  const look = () => {
    longest = Math.max(longest, spent() - last);
    last = spent();
    if (!isOver) setImmediate(look);
  };
  const mixed = columns(samples);
  last = spent();
  setImmediate(look);
  await fleet.onStored({ mixed });
  await pass(1100);
  isOver = true;
  assert.equal(fleet.counts.rows, wheels * 1000 + wheels * 4, "and four that hold on to the last");
  assert.ok(longest < 60, `${longest} ms`); // 5 ms on a machine that has nothing else to do
});
