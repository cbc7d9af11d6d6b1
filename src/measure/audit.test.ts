import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Answer } from "../schema/label.ts";
import { randomFrom } from "../learn/random.ts";
import { auditsNeeded, binomialBounds, missedFaults, type AuditedStretch } from "./audit.ts";

const near = (got: number | null, wanted: number, within = 1e-9): void => assert.ok(got !== null && Math.abs(got - wanted) <= within, `${got} is not ${wanted}`);
const audit = (answer: Answer | null, probability = 0.1): AuditedStretch => ({ answer, probability });
const many = (count: number, answer: Answer | null, probability = 0.1): AuditedStretch[] => Array.from({ length: count }, () => audit(answer, probability));

/** Chance of at least `hits` among `count`, term by term. */
function naiveTail(hits: number, count: number, share: number): number {
  let tail = 0;
  for (let k = hits; k <= count; k++) {
    let choose = 1;
    for (let i = 1; i <= k; i++) choose = (choose * (count - k + i)) / i;
    tail += choose * share ** k * (1 - share) ** (count - k);
  }
  return tail;
}

test("binomialBounds() gives the published intervals", () => {
  // binom.test of R 4: 0 of 10, 1 of 10, 5 of 20 and 10 of 10 at 95 %.
  const known = [
    [0, 10, 0, 0.3084971],
    [1, 10, 0.002528579, 0.4450161],
    [5, 20, 0.08657147, 0.4910459],
    [10, 10, 0.6915029, 1],
  ] as const;
  for (const [hits, count, low, high] of known) {
    const bounds = binomialBounds(hits, count, 0.95);
    near(bounds.low, low, 1e-6);
    near(bounds.high, high, 1e-6);
  }
  assert.deepEqual(binomialBounds(0, 0, 0.95), { low: 0, high: 1 });
});

test("binomialBounds() are where the tails, summed term by term, are what the level leaves", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(60), fc.constantFrom(0.8, 0.9, 0.95, 0.99), (count, drawn, level) => {
      const hits = Math.min(drawn, count);
      const { low, high } = binomialBounds(hits, count, level);
      if (hits > 0) near(naiveTail(hits, count, low), (1 - level) / 2, 1e-8);
      if (hits < count) near(1 - naiveTail(hits + 1, count, high), (1 - level) / 2, 1e-8);
      assert.ok(low <= hits / count && hits / count <= high);
    }),
  );
});

test("missedFaults() is right on average: over every possible pick of a small plant, each by its chance", () => {
  // The twin: eight quiet stretches whose truth is known, each picked by its own chance or not.
  const stretches = [0.1, 0.2, 0.5, 0.05, 0.3, 0.9, 0.25, 1].map((probability, at) => audit([0, 3, 5, 7].includes(at) ? "fault" : "normal", probability));
  let [missed, quiet] = [0, 0];
  for (let pick = 0; pick < 2 ** stretches.length; pick++) {
    const picked = stretches.filter((_, at) => pick & (1 << at));
    const chance = stretches.reduce((product, { probability }, at) => product * (pick & (1 << at) ? probability : 1 - probability), 1);
    const figures = missedFaults({ audits: picked, events: [], stretch: 1 });
    missed += chance * (figures.missed.estimate ?? 0);
    quiet += chance * figures.quiet;
  }
  near(missed, 4, 1e-9);
  near(quiet, 8, 1e-9);
});

test("missedFaults() of one chance for all is a plain share with its Clopper-Pearson interval", () => {
  const figures = missedFaults({ audits: [...many(1, "fault", 0.04), ...many(19, "normal", 0.04)], events: [], stretch: 10 });
  const bounds = binomialBounds(1, 20, 0.95);
  near(figures.share.estimate, 0.05);
  near(figures.share.low, bounds.low, 1e-9);
  near(figures.share.high, bounds.high, 1e-9);
  near(figures.missed.estimate, 25);
  near(figures.quiet, 500);
});

test("missedFaults() keeps its interval over many made-up sites, also with unequal chances", () => {
  const random = randomFrom(7);
  const chances = [0.02, 0.05, 0.1];
  let held = 0;
  const sites = 600;
  for (let site = 0; site < sites; site++) {
    const audits: AuditedStretch[] = [];
    for (let at = 0; at < 900; at++) {
      const probability = chances[at % 3];
      const isFault = random() < 0.08;
      if (random() < probability) audits.push(audit(isFault ? "fault" : "normal", probability));
    }
    const { share } = missedFaults({ audits, events: [], stretch: 1 });
    if ((share.low ?? 1) <= 0.08 && 0.08 <= (share.high ?? 0)) held++;
  }
  assert.ok(held / sites >= 0.95, `held ${held} of ${sites}`);
});

test("missedFaults() carries over to audits nobody answered, and lets none of them be a figure", () => {
  const figures = missedFaults({ audits: [...many(2, "fault"), ...many(6, "normal"), ...many(3, null), ...many(1, "unsure")], events: [], stretch: 1 });
  near(figures.share.estimate, 0.25);
  near(figures.quiet, 120);
  near(figures.missed.estimate, 30);
  assert.equal(figures.have, 8);
  const none = missedFaults({ audits: many(5, null), events: [], stretch: 1 });
  assert.deepEqual([none.share, none.missed, none.missedOfFaults, none.have, none.isEnough], [{ estimate: null, low: null, high: null }, { estimate: null, low: null, high: null }, { estimate: null, low: null, high: null }, 0, false]);
});

test("missedFaults() sets missed stretches against found ones, and unanswered events widen the interval", () => {
  const audits = many(20, "normal").with(0, audit("fault"));
  const found = [{ start: 5, end: 25, answer: "fault" as const }, { start: 24, end: 26, answer: "fault" as const }, { start: 27, end: 28, answer: null }];
  const figures = missedFaults({ audits, events: found, stretch: 10 });
  assert.deepEqual([figures.found, figures.unanswered], [3, 0], "three stretches are touched, and what a fault touches is no longer open");
  near(figures.missedOfFaults.estimate, 10 / 13);
  const wider = missedFaults({ audits, events: [...found, { start: 100, end: 140, answer: null }, { start: 200, end: 210, answer: "normal" }], stretch: 10 });
  assert.deepEqual([wider.found, wider.unanswered], [3, 4]);
  near(wider.missedOfFaults.estimate, 10 / (10 + 3 + 4 * 0.75));
  assert.ok((wider.missedOfFaults.low ?? 1) < (figures.missedOfFaults.low ?? 0));
  near(wider.missedOfFaults.high, figures.missedOfFaults.high ?? NaN);
  assert.equal(missedFaults({ audits: many(3, "normal"), events: [], stretch: 1 }).missedOfFaults.estimate, null, "no fault was ever seen");
});

test("missedFaults() says how many audits it takes", () => {
  const few = missedFaults({ audits: many(10, "normal"), events: [], stretch: 1 });
  assert.equal(few.text, `Not enough audits: have 10, need about ${few.need}.`);
  assert.equal(few.need, 36, "0 of 36 has an upper bound of 0.0974, 0 of 35 one of 0.1");
  const { low, high } = binomialBounds(0, few.need, 0.95);
  assert.ok(high - low <= 0.1 && binomialBounds(0, few.need - 1, 0.95).high > 0.1);
  assert.ok(missedFaults({ audits: many(36, "normal"), events: [], stretch: 1 }).isEnough);
  assert.ok(auditsNeeded(0.3, 0.95, 0.1) > auditsNeeded(0.05, 0.95, 0.1));
});

test("missedFaults() refuses chances and stretches that are none", () => {
  for (const probability of [0, -0.1, 1.1, NaN]) assert.throws(() => missedFaults({ audits: [audit("normal", probability)], events: [], stretch: 1 }), RangeError);
  assert.throws(() => missedFaults({ audits: [], events: [], stretch: 0 }), RangeError);
});
