import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { effectsAt, healthy, type Effects, type FaultKind } from "./faults.ts";
import { smallMotor, motorLoad } from "./motor.ts";
import { randomFrom } from "./noise.ts";
import { longestStep, runningAt, settled, stepped, type PlantState } from "./plant.ts";
import { smallPump } from "./pump.ts";
import { usualDuty } from "./schedule.ts";
import type { Truth } from "./sensors.ts";
import { unbalanceVelocity, vibrationOf } from "./vibration.ts";

/** The true readings after some seconds of a fault at its full strength, everything else at rest. */
function after(kind: FaultKind, severity: number, seconds = 20): Truth {
  const effects = effectsAt([{ kind, start: -1000, end: 1000, severity, signal: "Pressure" }], 0);
  return runningAt(ran(effects, seconds), effects).truth;
}

function ran(effects: Effects, seconds: number): PlantState {
  const still = () => 0.75; // makes every normal draw 0, as cos(2π 0.75) is
  let state = settled(usualDuty, healthy);
  for (let step = 0; step < seconds / longestStep; step++) state = stepped(state, usualDuty, effects, longestStep, still);
  return state;
}

test("settled() is an equilibrium: an hour later nothing but the hall's air has moved it", () => {
  const { bearing, water, level } = settled(usualDuty, healthy);
  const later = ran(healthy, 30);
  assert.ok(Math.abs(later.bearing - bearing) < 0.2 && Math.abs(later.water - water) < 0.05 && Math.abs(later.level - level) < 1e-9);
});

test("runningAt() accounts for every watt that the motor takes", () => {
  const { motor, impeller, friction, voltage } = runningAt(settled(usualDuty, healthy), healthy);
  assert.ok(Math.abs(motor.taken - impeller - friction - motor.lost) < 1e-9);
  assert.ok(Math.abs(motor.lost - smallMotor.idleLoss * usualDuty.ratio - smallMotor.resistance * motor.current ** 2) < 1e-6);
  assert.ok(Math.abs(motor.taken - voltage * motor.current * motor.powerFactor) < 1e-6);
  assert.ok(motor.powerFactor > 0.7 && motor.powerFactor < 0.95, `${motor.powerFactor}`);
});

test("stepped() warms the water by just what the impeller puts in and the coil does not take out", () => {
  const cold: PlantState = { ...settled(usualDuty, healthy), water: 15 };
  const { impeller, ambient } = runningAt(cold, healthy);
  const next = stepped(cold, usualDuty, healthy, longestStep, randomFrom(1));
  const heat = (next.water - cold.water) * 220 * 4180;
  assert.ok(Math.abs(heat - longestStep * (impeller - 190 * (15 - ambient))) < 1e-3);
});

test("the usual readings are those of a test bed: two bar, 125 l/min, some amperes, a warm bearing, zone A", () => {
  const truth = after("leak", 0);
  const within = (name: keyof Truth, low: number, high: number) => assert.ok(truth[name] > low && truth[name] < high, `${name} ${truth[name]}`);
  within("Accelerometer1RMS", 0.03, 0.12);
  within("Current", 3, 7);
  within("Pressure", 1.4, 2.4);
  within("Temperature", 40, 80);
  within("Thermocouple", 20, 32);
  within("Voltage", 220, 235);
  within("Volume Flow RateRMS", 110, 140);
  assert.ok(unbalanceVelocity(1, 1, smallPump.speed) < 2.5, "ISO 10816-7: zone A ends at 2.5 mm/s");
  assert.ok(unbalanceVelocity(7, 1, smallPump.speed) > 6.5, "and zone C at 6.5 mm/s");
});

const told: readonly (readonly [FaultKind, Partial<Record<keyof Truth, "up" | "down">>])[] = [
  ["valve-nearly-closed", { "Volume Flow RateRMS": "down", Pressure: "up", Current: "down" }],
  ["unbalance", { Accelerometer1RMS: "up", Accelerometer2RMS: "up", Temperature: "up", Current: "up" }],
  ["cavitation", { Accelerometer1RMS: "up", Accelerometer2RMS: "up", "Volume Flow RateRMS": "down", Pressure: "down" }],
  ["leak", { "Volume Flow RateRMS": "down", Pressure: "down", Current: "up" }],
];

for (const [kind, expected] of told) {
  test(`stepped() answers to ${kind} with ${Object.entries(expected).map(([name, way]) => `${name} ${way}`).join(", ")}, the worse the further`, () => {
    const [none, half, full] = [0, 0.6, 1].map((severity) => after(kind, severity));
    for (const [name, way] of Object.entries(expected) as [keyof Truth, "up" | "down"][]) {
      const sign = way === "up" ? 1 : -1;
      assert.ok(sign * (half[name] - none[name]) > 0 && sign * (full[name] - half[name]) > 0, `${name}: ${none[name]}, ${half[name]}, ${full[name]}`);
    }
  });
}

test("vibrationOf() goes with the square of the speed where it turns with the shaft", () => {
  const turning = (ratio: number) => {
    const [more, less] = [8, 7].map((unbalance) => vibrationOf({ ratio, unbalance, load: 1, cavitation: 0 }).pump ** 2);
    return Math.sqrt(more - less);
  };
  assert.ok(Math.abs(turning(1.2) / turning(1) - 1.44) < 1e-6);
});

test("motorLoad() of a stalled mains or a shaft that asks too much stays finite", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.double({ min: 1, max: 500, noNaN: true }), (shaft, voltage) => {
      for (const value of Object.values(motorLoad(smallMotor, shaft, voltage, 1))) assert.ok(Number.isFinite(value) && value >= 0);
    }),
  );
});

test("stepped() stays finite and within reason under any set-points and faults at once", () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const asked = fc.record({ ratio: fc.double({ min: 0, max: 1.4, noNaN: true }), opening: share });
  const effects = fc.record({ valveLeft: share, unbalance: fc.double({ min: 1, max: 50, noNaN: true }), clogging: fc.double({ min: 1, max: 1e4, noNaN: true }), leak: fc.double({ min: 0, max: 1e-3, noNaN: true }) });
  fc.assert(
    fc.property(asked, effects, fc.integer(), (setPoints, faults, seed) => {
      const random = randomFrom(seed);
      const all: Effects = { ...healthy, ...faults };
      let state = settled(setPoints, all);
      for (let step = 0; step < 250; step++) state = stepped(state, setPoints, all, longestStep, random);
      for (const value of [...Object.values(state), ...Object.values(runningAt(state, all).truth)]) assert.ok(Number.isFinite(value));
      assert.ok(state.level > 0 && state.water > 0 && state.water < 60);
    }),
    { numRuns: 40 },
  );
});

test("stepped() refuses a step that is too long, and one of nothing", () => {
  const state = settled(usualDuty, healthy);
  for (const seconds of [0, -1, 0.1, NaN]) assert.throws(() => stepped(state, usualDuty, healthy, seconds, () => 0.5), RangeError);
});
