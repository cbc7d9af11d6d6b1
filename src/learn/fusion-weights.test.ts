import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { weightsIfBetter, type Fused } from "./fusion-weights.ts";
import { randomFrom, type Random } from "./random.ts";

/** Scores over their thresholds of one detector for a fault and for a normal item. */
type Said = (random: Random) => { readonly fault: number; readonly normal: number };

/** What detectors say of ten faults and forty normal items a group. */
function groupsOf(said: readonly Said[], seed: number): Fused[] {
  const random = randomFrom(seed);
  return Array.from({ length: 5 }, () => {
    const fault = Uint8Array.from({ length: 50 }, (_, item) => (item < 10 ? 1 : 0));
    return { fault, weights: new Float64Array(50).fill(1), over: said.map((one) => Float64Array.from(fault, (own) => (own === 1 ? one(random).fault : one(random).normal))) };
  });
}

/** Knows all faults by half as much again as its threshold. */
const good: Said = (random) => ({ fault: 1.5 + 0.2 * random(), normal: 0.5 * random() });
/** Knows nothing, and alarms at every fourth normal item. */
const noisy: Said = (random) => ({ fault: 0.5 * random(), normal: random() < 0.25 ? 1 + 0.3 * random() : 0.4 });
/** Knows all faults, just below its threshold. */
const shy: Said = (random) => ({ fault: 0.88 + 0.1 * random(), normal: 0.5 * random() });
const mute: Said = (random) => ({ fault: 0.4 * random(), normal: 0.4 * random() });

test("a detector that only cries loses weight, one that stays just below its threshold gains some, and others keep theirs", () => {
  const cries = weightsIfBetter(groupsOf([good, noisy], 1), 50, 1.5);
  assert.ok(cries !== null && cries[0] === 1 && cries[1] < 0.9 && cries[1] >= 0.5, String(cries));
  const gains = weightsIfBetter(groupsOf([shy, mute], 2), 50, 1.5);
  assert.ok(gains !== null && gains[0] > 1.05 && gains[1] === 1, String(gains));
});

test("weights stay as calibrated where others are not plainly better, or nothing can be held out", () => {
  assert.equal(weightsIfBetter(groupsOf([good, mute], 3), 50, 1.5), null);
  assert.equal(weightsIfBetter(groupsOf([good, noisy], 4).slice(0, 1), 50, 1.5), null);
  assert.equal(weightsIfBetter([], 50, 1.5), null);
});

test("few blocks with faults draw weights towards 1", () => {
  const [few, many] = [10, 1000].map((blocks) => weightsIfBetter(groupsOf([good, noisy], 5), blocks, 1.5)?.[1] ?? NaN);
  assert.ok(few < 1 && many < few, `${few} and ${many}`);
});

test("weights are never below a half nor above one and a half, whatever is said", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: 4, maxLength: 4 }), (seed, [a, b, c, d]) => {
      const said = [a, b].map((at): Said => (random) => ({ fault: at + random() - 0.5, normal: (at === a ? c : d) + random() - 0.5 }));
      const weights = weightsIfBetter(groupsOf(said, seed), 1e9, 1.5) ?? [1];
      assert.ok(weights.every((weight) => weight >= 0.5 - 1e-6 && weight <= 1.5 + 1e-6), String(weights));
    }),
    { numRuns: 20 },
  );
});
