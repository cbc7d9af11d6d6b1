import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { randomFrom } from "../learn/random.ts";
import { rangeAt, weighedGain } from "./chance.ts";
import { watch } from "./e-process.ts";

const loss = fc.double({ min: 0, max: 1, noNaN: true });
const chance = fc.double({ min: 0.01, max: 1, noNaN: true });

test("weighedGain() is the plain difference where nothing was picked by chance", () => {
  fc.assert(fc.property(loss, loss, (a, b) => assert.equal(weighedGain({ loss: a }, { loss: b }), a - b)));
});

test("weighedGain() lies in its range, and on average over the lots it is what the whole truth gives", () => {
  fc.assert(
    fc.property(loss, loss, loss, loss, chance, (sureA, sureB, lotA, lotB, p) => {
      const picked = weighedGain({ loss: 0, audited: { chance: p, loss: lotA, sure: sureA } }, { loss: 0, audited: { chance: p, loss: lotB, sure: sureB } });
      const { least, most } = rangeAt(Math.min(p, 0.999));
      assert.ok(picked >= least - 1e-9 && picked <= most + 1e-9);
      const whole = sureA - sureB + (lotA - lotB);
      assert.ok(Math.abs(p * picked + (1 - p) * (sureA - sureB) - whole) < 1e-9);
    }),
  );
});

test("weighedGain() counts for nothing what one of the two cannot be judged by", () => {
  assert.equal(weighedGain({ loss: 1, audited: { chance: 0.1, loss: null, sure: 0.5 } }, { loss: 0, audited: { chance: 0.1, loss: 0.3, sure: 0.25 } }), 0.25);
});

/** Two models that raise false alarms equally often: each of the champion's is asked about, of the others those that chance picks. */
function promoted(weight: (chance: number) => number, seed: number): boolean {
  const [random, p] = [randomFrom(seed), 0.25];
  const gains = Float64Array.from({ length: 1500 }, () => {
    const [champion, challenger, isPicked] = [random() < 0.2, random() < 0.2, random() < p];
    return champion ? (challenger ? 0 : 0.3) : challenger && isPicked ? -0.3 * weight(p) : 0;
  });
  return watch(gains, undefined, rangeAt(weight(p) === 1 ? 1 : p)).state === "better";
}

test("asked about alarms and few quiet stretches, equal models are promoted by plain counting and not by weighed", () => {
  const share = (weight: (chance: number) => number): number => Array.from({ length: 200 }, (_, seed) => promoted(weight, seed + 1)).filter(Boolean).length / 200;
  assert.ok(share(() => 1) > 0.9, "the trap is real");
  assert.ok(share((p) => 1 / p) <= 0.05 + 3 * Math.sqrt((0.05 * 0.95) / 200));
});
