import assert from "node:assert/strict";
import { test } from "node:test";
import { effectsAt, faultKinds, strengthOf, type Episode } from "./faults.ts";
import { randomFrom } from "./noise.ts";
import { demoPace, episodes, setPointsAt } from "./schedule.ts";
import { sensors, shownBy, type SignalName } from "./sensors.ts";
import { Simulator, type Readings } from "./simulator.ts";

function run(simulator: Simulator, seconds: number): Readings[] {
  return Array.from({ length: Math.round(seconds * 5) }, () => simulator.advance(0.2));
}

test("Simulator gives the same readings for the same seed, and others for another", () => {
  const [one, again, other] = [7, 7, 8].map((seed) => run(new Simulator({ seed, pace: { ...demoPace, first: 2 } }), 10));
  assert.deepEqual(one, again);
  assert.notDeepEqual(one, other);
});

test("Simulator.advance() does not care how its time is cut, as far as physics go", () => {
  const quiet = { seed: 3, pace: null };
  const whole = new Simulator(quiet);
  whole.advance(20);
  const parts = new Simulator(quiet);
  run(parts, 20);
  assert.ok(Math.abs(whole.time - parts.time) < 1e-6);
});

test("Simulator.start() changes nothing before, and a sensor's fault no other sensor", () => {
  const [calm, hurt] = [1, 1].map((seed) => new Simulator({ seed, pace: null }));
  assert.deepEqual(run(hurt, 5), run(calm, 5));
  hurt.start("sensor-drift", 10, 1);
  calm.start("sensor-drift", 10, 0); // as many draws
  const { signal } = hurt.episodes[0];
  const [after, before] = [run(hurt, 9).at(-1), run(calm, 9).at(-1)];
  for (const { name } of sensors) assert.equal(after?.[name] === before?.[name], name !== signal, name);
});

test("Simulator.start() with a stuck sensor repeats one reading until it is repaired", () => {
  const simulator = new Simulator({ seed: 5, pace: null });
  run(simulator, 2);
  const { signal } = simulator.start("sensor-stuck", 4, 1);
  const shown = run(simulator, 3.8).map((readings) => readings[signal]);
  assert.equal(new Set(shown).size, 1);
  assert.equal(new Set(run(simulator, 3).map((readings) => readings[signal])).size > 5, true);
});

test("Simulator lets a fault come by itself after the first minute, and another after a rest", () => {
  const simulator = new Simulator({ seed: 2 });
  run(simulator, 59);
  assert.equal(simulator.episodes.length, 0);
  run(simulator, 120);
  const [first, second] = simulator.episodes;
  assert.equal(first.start, demoPace.first);
  assert.ok(second.start - first.end >= demoPace.rest[0] && second.start - first.end <= demoPace.rest[1]);
});

test("Simulator puts off what would come by itself when one is started by hand", () => {
  const simulator = new Simulator({ seed: 2 });
  run(simulator, 55);
  const byHand = simulator.start("leak", 20, 1);
  run(simulator, 60);
  const next = simulator.episodes[1];
  assert.ok(next.start >= byHand.end + 29.9, `${next.start}`);
});

test("episodes() brings every kind in turn, within its pace, from the kind that is named", () => {
  const source = episodes(demoPace, randomFrom(4), "leak");
  const some = Array.from({ length: 12 }, () => source.next().value);
  assert.equal(some[0].kind, "leak");
  assert.deepEqual(new Set(some.slice(0, 6).map(({ kind }) => kind)), new Set(faultKinds));
  assert.deepEqual(some.slice(0, 6).map(({ kind }) => kind), some.slice(6).map(({ kind }) => kind));
  for (const { start, end, severity } of some) {
    assert.ok(end - start >= demoPace.lasts[0] && end - start <= demoPace.lasts[1]);
    assert.ok(severity >= 0.6 && severity <= 1);
  }
});

test("strengthOf() rises to the severity, falls after the repair and is 0 before", () => {
  const episode: Episode = Object.freeze({ kind: "cavitation", start: 10, end: 30, severity: 0.8, signal: "Pressure" });
  assert.equal(strengthOf(episode, 9.9), 0);
  assert.equal(strengthOf(episode, 10), 0);
  assert.ok(Math.abs(strengthOf(episode, 30) - 0.8) < 0.01);
  assert.ok(strengthOf(episode, 45) < 0.01);
  const drift: Episode = { ...episode, kind: "sensor-drift" };
  assert.ok(Math.abs(strengthOf(drift, 20) - 0.4) < 1e-9);
  assert.equal(strengthOf(drift, 30.1), 0);
});

test("effectsAt() of two episodes of a kind is that of the worse, never of their sum", () => {
  const leak = (severity: number): Episode => ({ kind: "leak", start: 0, end: 100, severity, signal: "Pressure" });
  assert.equal(effectsAt([leak(0.5), leak(1)], 50).leak, effectsAt([leak(1)], 50).leak);
});

test("setPointsAt() repeats its round, and goes nowhere that the valve or the drive cannot", () => {
  for (let time = 0; time < 60; time += 0.5) {
    const { ratio, opening } = setPointsAt(time);
    assert.ok(ratio > 0.9 && ratio < 1.1 && opening > 0.5 && opening < 1);
    assert.deepEqual(setPointsAt(time + 13), setPointsAt(time));
  }
});

test("shownBy() stays within the sensor's range and on its steps, and shows drift as a share", () => {
  const still = () => 0.75;
  for (const sensor of sensors) {
    const reading = (lagged: number, drift = 0) => shownBy(sensor, { lagged, shown: 0 }, { drift, stuck: false }, still);
    assert.equal(reading(1e9), sensor.highest);
    assert.equal(reading(-1e9), sensor.lowest);
    assert.ok(Math.abs(reading(1, 0.5) - 1.5) <= sensor.step);
    assert.equal(shownBy(sensor, { lagged: 3, shown: 2 }, { drift: 0, stuck: true }, still), 2);
  }
});

test("sensors are named once each, with a unit", () => {
  const names: SignalName[] = sensors.map(({ name }) => name);
  assert.equal(new Set(names).size, 8);
  for (const { unit } of sensors) assert.match(unit, /^\S+$/);
});
