import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { alarmsOf } from "../learn/alarms.ts";
import { AlarmMachine } from "./alarm-machine.ts";

const rule = fc.record({ on: fc.integer({ min: 1, max: 4 }), off: fc.integer({ min: 1, max: 4 }), clearBelow: fc.constantFrom(0.5, 0.8, 1) }).map((one) => ({ threshold: 1, ...one }));
const scores = fc.array(fc.constantFrom(NaN, 0, 0.6, 0.9, 1, 3), { maxLength: 60 });

test("AlarmMachine gives row by row what alarmsOf() gives for the whole, also over a restart", () => {
  fc.assert(
    fc.property(rule, scores, fc.nat(60), (given, all, cut) => {
      let machine = new AlarmMachine(given);
      const codes = all.map((score, row) => {
        if (row === cut) {
          const { state } = machine;
          machine = new AlarmMachine(given);
          machine.state = JSON.parse(JSON.stringify(state));
        }
        return machine.next(score);
      });
      assert.deepEqual(codes, [...alarmsOf(Float64Array.from(all), given)]);
    }),
    { numRuns: 500 },
  );
});

test("AlarmMachine starts anew after a reset", () => {
  const machine = new AlarmMachine({ threshold: 1, on: 1, off: 2 });
  assert.deepEqual([2, 0].map((score) => machine.next(score)), [1, 1]);
  machine.reset();
  assert.equal(machine.next(0), 0);
});
