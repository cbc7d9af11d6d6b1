import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { takeWithin, type Weighed } from "./within.ts";

/** Sums that are nothing but their weights, and the names of what they were made of. */
interface Bare {
  readonly of: readonly string[];
  readonly weights: Readonly<Record<string, number>>;
}

const bare: Weighed<Bare> = {
  merge: (a, b) => ({ of: [...a.of, ...b.of], weights: Object.fromEntries([...new Set([...Object.keys(a.weights), ...Object.keys(b.weights)])].map((name) => [name, (a.weights[name] ?? 0) + (b.weights[name] ?? 0)])) }),
  weights: ({ weights }) => new Map(Object.entries(weights)),
};

const weights = fc.dictionary(fc.constantFrom("A", "B", "C"), fc.integer({ min: 0, max: 40 }));
const sums = (what: string) => fc.array(weights, { maxLength: 20 }).map((all) => all.map((one, at): Bare => ({ of: [`${what} ${at}`], weights: one })));

test("however much is offered, of no class is more taken than the bound allows, and nothing of the total is given up", () => {
  fc.assert(
    fc.property(weights, sums("offered"), fc.double({ min: 0.01, max: 0.6, noNaN: true }), (own, offered, atMost) => {
      const { total, taken, weight } = takeWithin({ of: ["own"], weights: own }, offered, atMost, bare);
      assert.deepEqual(total.of, ["own", ...taken.map((at) => `offered ${at}`)]);
      const added = (name: string): number => (total.weights[name] ?? 0) - (own[name] ?? 0);
      for (const name of ["A", "B", "C"]) assert.ok(added(name) >= 0 && added(name) <= atMost * (own[name] ?? 0) + 1e-6, `${name}: ${added(name)} beside ${own[name]}`);
      if (taken.length > 0) assert.ok(weight > 0 && weight <= atMost + 1e-6);
      // What was passed over would have broken the bound, or teaches nothing.
      for (const [at, one] of offered.entries()) {
        if (taken.includes(at)) continue;
        const before = (name: string) => taken.filter((other) => other < at).reduce((sum, other) => sum + (offered[other].weights[name] ?? 0), 0);
        const asks = Object.entries(one.weights).filter(([, of]) => of > 0);
        assert.ok(asks.length === 0 || asks.some(([name, of]) => before(name) + of > atMost * (own[name] ?? 0)));
      }
    }),
  );
});

test("what fits is taken in the order offered, and what does not is passed over", () => {
  const { taken, weight } = takeWithin({ of: [], weights: { A: 10, B: 4 } }, [{ of: [], weights: { A: 3 } }, { of: [], weights: { A: 3 } }, { of: [], weights: { A: 1, B: 1 } }, { of: [], weights: { C: 1 } }, { of: [], weights: {} }, { of: [], weights: { A: 1 } }], 0.5, bare);
  assert.deepEqual(taken, [0, 2, 5]);
  assert.ok(Math.abs(weight - 6 / 14) < 1e-12);
});
