import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { leakFlow, loopPiping as piping, operatingPoint, valveLoss, type HydraulicInputs } from "./hydraulics.ts";
import { density, gravity, hydraulicPower, smallPump as pump } from "./pump.ts";

const usual: HydraulicInputs = Object.freeze({ ratio: 1, opening: 0.78, clogging: 1, leak: 0, level: 0.8, headLeft: 1 });
const anything = fc.record({
  ratio: fc.double({ min: 0.01, max: 1.5, noNaN: true }),
  opening: fc.double({ min: 0, max: 1, noNaN: true }),
  clogging: fc.double({ min: 1, max: 1000, noNaN: true }),
  leak: fc.double({ min: 0, max: 1e-3, noNaN: true }),
  level: fc.double({ min: 0.05, max: 3, noNaN: true }),
  headLeft: fc.double({ min: 0.2, max: 1, noNaN: true }),
});
const point = (change: Partial<HydraulicInputs>) => operatingPoint(pump, piping, { ...usual, ...change });

test("operatingPoint() balances flows and heads under any inputs", () => {
  fc.assert(
    fc.property(anything, (inputs) => {
      const { flow, returned, leaked, head, discharge, suctionLoss } = operatingPoint(pump, piping, inputs);
      for (const value of [flow, returned, leaked, head, discharge, suctionLoss]) assert.ok(Number.isFinite(value));
      assert.ok(flow >= 0 && returned >= 0 && leaked >= 0);
      assert.ok(Math.abs(flow - returned - leaked) < 1e-8, `${flow} in, ${returned} and ${leaked} out`);
      assert.ok(Math.abs(discharge - (inputs.level - suctionLoss + head)) < 1e-6);
      if (returned > 1e-9) assert.ok(Math.abs(discharge - piping.lift - (piping.pipe + valveLoss(piping, inputs.opening)) * returned ** 2) < 1e-6);
    }),
  );
});

test("operatingPoint() gives the water as much power as its way round takes from it", () => {
  fc.assert(
    fc.property(anything, (inputs) => {
      const { flow, returned, leaked, head, discharge, suctionLoss } = operatingPoint(pump, piping, inputs);
      const weight = density * gravity;
      const spent = weight * (flow * suctionLoss + returned * (discharge - inputs.level) + leaked * (discharge - inputs.level));
      assert.ok(Math.abs(hydraulicPower(flow, head) - spent) < 1e-3, `${hydraulicPower(flow, head)} W given, ${spent} W taken`);
    }),
  );
});

test("operatingPoint() agrees with the closed form that a tight loop has", () => {
  const outer = piping.pipe + valveLoss(piping, usual.opening);
  const inner = (pump.shutOffHead - pump.bestHead) / pump.bestFlow ** 2 + piping.suction;
  const flow = Math.sqrt((pump.shutOffHead + usual.level - piping.lift) / (inner + outer));
  assert.ok(Math.abs(point({}).flow - flow) < 1e-10);
  assert.ok(point({}).flow / pump.bestFlow > 0.9 && point({}).flow / pump.bestFlow < 1.1, "the usual duty lies at best flow");
});

test("operatingPoint() gives more through a wider valve, less through a clogged strainer, and less back past a leak", () => {
  for (let opening = 0; opening < 0.95; opening += 0.1) assert.ok(point({ opening: opening + 0.05 }).flow > point({ opening }).flow);
  for (let clogging = 1; clogging < 100; clogging *= 2) assert.ok(point({ clogging: 2 * clogging }).flow < point({ clogging }).flow);
  for (let leak = 0; leak < 1e-4; leak += 1e-5) {
    const [less, more] = [point({ leak }), point({ leak: leak + 1e-5 })];
    assert.ok(more.returned < less.returned && more.discharge < less.discharge && more.flow > less.flow);
  }
});

test("operatingPoint() of a pump that stands or is too slow moves no water, and runs none back", () => {
  assert.deepEqual({ ...point({ ratio: 0 }), discharge: 0 }, { flow: 0, returned: 0, leaked: 0, head: 0, discharge: 0, suctionLoss: 0 });
  assert.equal(point({ ratio: 0.1 }).returned, 0);
});

test("leakFlow() is Torricelli's: a square centimetre under 10 m lets 0.854 l/s out", () => {
  assert.ok(Math.abs(leakFlow(1e-4, 10) * 1000 - 0.8543) < 0.001);
  assert.equal(leakFlow(1e-4, -1), 0);
});
