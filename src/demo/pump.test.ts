import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cavitationAt, efficiencyOf, headOf, hydraulicPower, impellerPower, npsh3Of, smallPump as pump, vapourHead } from "./pump.ts";

const near = (a: number, b: number, relative = 1e-9): void => assert.ok(Math.abs(a - b) <= relative * Math.max(0.01, Math.abs(a), Math.abs(b)), `${a} is not ${b}`);
const flows = fc.double({ min: 0, max: 2 * pump.bestFlow, noNaN: true });
const ratios = fc.double({ min: 0.05, max: 1.5, noNaN: true });

test("headOf(), impellerPower() and npsh3Of() obey the affinity laws: square, cube and square of the speed", () => {
  fc.assert(
    fc.property(flows, ratios, (flow, ratio) => {
      near(headOf(pump, ratio * flow, ratio), ratio ** 2 * headOf(pump, flow, 1), 1e-6);
      near(impellerPower(pump, ratio * flow, ratio), ratio ** 3 * impellerPower(pump, flow, 1), 1e-6);
      near(npsh3Of(pump, ratio * flow, ratio), ratio ** 2 * npsh3Of(pump, flow, 1));
      near(efficiencyOf(pump, ratio * flow, ratio), efficiencyOf(pump, flow, 1), 1e-9);
    }),
  );
});

test("impellerPower() times efficiencyOf() is the power given to the water, at any flow the pump can give", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 1.79, noNaN: true }), ratios, (load, ratio) => {
      const flow = load * ratio * pump.bestFlow;
      near(impellerPower(pump, flow, ratio) * efficiencyOf(pump, flow, ratio), hydraulicPower(flow, headOf(pump, flow, ratio)), 1e-6);
    }),
  );
});

test("headOf() and efficiencyOf() meet the pump's data sheet", () => {
  near(headOf(pump, 0, 1), pump.shutOffHead);
  near(headOf(pump, pump.bestFlow, 1), pump.bestHead);
  near(efficiencyOf(pump, pump.bestFlow, 1), pump.bestEfficiency);
  near(npsh3Of(pump, pump.bestFlow, 1), pump.npsh3);
});

test("impellerPower() of a pump that pumps nothing is finite, above 0, and below that at best flow", () => {
  const idle = impellerPower(pump, 0, 1);
  assert.ok(idle > 50 && idle < impellerPower(pump, pump.bestFlow, 1), `${idle} W`);
  assert.equal(impellerPower(pump, 0, 0), 0);
});

test("cavitationAt() loses 3 % of the head at NPSH3, is heard before, and only grows below", () => {
  near(cavitationAt(1).headLoss, 0.03);
  assert.ok(cavitationAt(1.6).noise > 0.1 && cavitationAt(1.6).headLoss < 0.001);
  assert.equal(cavitationAt(4).noise, 0);
  for (let margin = 3; margin > -1; margin -= 0.1) {
    assert.ok(cavitationAt(margin - 0.1).noise >= cavitationAt(margin).noise);
    assert.ok(cavitationAt(margin - 0.1).headLoss >= cavitationAt(margin).headLoss);
  }
  assert.ok(cavitationAt(-100).headLoss <= 0.8 && cavitationAt(-100).noise <= 1);
});

test("vapourHead() agrees with the steam tables at 20 and 60 °C (2.339 and 19.95 kPa)", () => {
  near(vapourHead(20), 2339 / (997 * 9.80665), 0.005);
  near(vapourHead(60), 19_950 / (997 * 9.80665), 0.01);
});
