import assert from "node:assert/strict";
import { test } from "node:test";
import { columns, idOf, model, plainEngine, plainModel, plant, second, setup, start, wheelOf, type Sample } from "../../test/live-fleet.ts";
import { digest } from "../digest.ts";
import type { Wheel } from "../schema/wheel.ts";
import { GridRows } from "../store/grid-rows.ts";
import type { LiveFleet } from "./live-fleet.ts";
import type { ClosedTick } from "./live-grid.ts";
import { restored, standingSetting, wheelSetting } from "./live-settings.ts";

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

test("LiveFleet closes no row while samples of it are being taken in, however long both take", async (t) => {
  const slow = () => {
    const began = performance.now();
    while (performance.now() - began < 4); // longer than the fleet works at once
    return null;
  };
  const { fleet, clock, told, pass } = plant(t, { blockAt: slow });
  await fleet.addWheel(setup(wheelOf("pump", 1), { mark: 7 }));
  const from = (first: number) => Array.from({ length: 10 }, (_, at) => ({ key: 1, time: start + (first + at) * second, value: 0.5 }));
  await fleet.onStored({ mixed: columns(from(0)) });
  clock.now += 30 * second;
  const closing = fleet.tick();
  await new Promise(setImmediate); // it has begun
  // The texts of a batch are taken in before its numbers, and here that takes several turns of the event loop.
  const texts = Array.from({ length: 60_000 }, () => start + 19 * second);
  await fleet.onStored({ texts: [{ key: 7, times: Float64Array.from(texts), texts: texts.map(() => "run"), quality: "good" }], mixed: columns(from(10)) });
  await closing;
  await pass(0);
  assert.ok(told.rows.length >= 18);
  assert.deepEqual(told.rows.filter(({ score }) => Number.isNaN(score)).map(({ time }) => (time - start) / second), []);
  assert.equal(fleet.counts.late, 0);
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
  // Killed at 0 it has closed no row yet, and no snapshot tells of the block.
  for (const killAt of [0, 3, 6, 22, 30, 46, 50]) {
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
  assert.equal(fleet.counts.rows, wheels * 1100, "and those of the silence after them");
  assert.ok(longest < 60, `${longest} ms`); // 5 ms on a machine that has nothing else to do
});
