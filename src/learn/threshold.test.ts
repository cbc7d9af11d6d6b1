import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { costThreshold, quantileThreshold, shareFrom, type Scored } from "./threshold.ts";

/** Scores with many ties; weights and costs are whole quarters, so sums are exact in any order. */
const scored = fc.record({ score: fc.integer({ min: -6, max: 6 }), fault: fc.boolean(), weight: fc.integer({ min: 1, max: 5 }) });
const many = fc.array(scored, { minLength: 100, maxLength: 130 });
const weightOf = (items: readonly Scored[]): number => items.reduce((sum, { weight }) => sum + weight, 0);

test("quantileThreshold() is the lowest score that no more than the share lies above, by brute force", () => {
  fc.assert(
    fc.property(many, fc.integer({ min: 0, max: 8 }), (items, eighths) => {
      const share = eighths / 16;
      const allowed = share * weightOf(items);
      const fits = items.map(({ score }) => score).filter((score) => weightOf(items.filter((item) => item.score > score)) <= allowed);
      assert.equal(quantileThreshold(Object.freeze(items), share), Math.min(...fits));
    }),
  );
});

test("costThreshold() finds the best of all thresholds between two scores, the highest of equal ones, by brute force", () => {
  fc.assert(
    fc.property(many, fc.integer({ min: 1, max: 16 }), (items, quarters) => {
      const falseCost = quarters / 4;
      const scores = [...new Set(items.map(({ score }) => score))].toSorted((a, b) => b - a);
      const middles = scores.slice(1).map((score, at) => (score + scores[at]) / 2);
      let [best, expected] = [0, null as number | null];
      for (const middle of middles) {
        const above = items.filter(({ score }) => score >= middle);
        const gain = weightOf(above.filter(({ fault }) => fault)) - falseCost * weightOf(above.filter(({ fault }) => !fault));
        if (gain > best) [best, expected] = [gain, middle];
      }
      assert.equal(costThreshold(Object.freeze(items), falseCost), expected);
    }),
  );
});

test("thresholds of fewer than a hundred items, or where alarming never pays, are none", () => {
  const items = Array.from({ length: 99 }, (_, i) => ({ score: i, fault: i > 50, weight: 1 }));
  assert.equal(quantileThreshold(items, 0.05), null);
  assert.equal(costThreshold(items, 1), null);
  const normal = Array.from({ length: 120 }, (_, i) => ({ score: i, fault: false, weight: 1 }));
  assert.equal(costThreshold(normal, 1), null);
  assert.equal(quantileThreshold(normal, 0.05), 113);
});

test("shareFrom() is the share by weight that scores 1 or more", () => {
  const items = [0.5, 1, 1.5, 0.999].map((score, at) => ({ score, fault: false, weight: at + 1 }));
  assert.equal(shareFrom(items), 0.5);
});
