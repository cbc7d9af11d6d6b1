import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { boundsOf, intervalOf, type JudgedNumbers } from "./interval.ts";
import { normalFrom, randomFrom } from "./random.ts";

/** Predictions whose errors grow with the value predicted and hang together within a block. */
function judged(seed: number, blocks: number, growth: number): JudgedNumbers {
  const random = randomFrom(seed);
  const items: { at: number; truth: number; block: number }[] = [];
  for (let block = 0; block < blocks; block++) {
    const offset = normalFrom(random);
    for (let count = 1 + Math.floor(30 * random()); count > 0; count--) {
      const at = 100 * random();
      items.push({ at, truth: at + (1 + growth * at) * (offset + 0.5 * normalFrom(random)), block });
    }
  }
  return { predicted: Float64Array.from(items, ({ at }) => at), truth: Float64Array.from(items, ({ truth }) => truth), blocks: items.map(({ block }) => block) };
}

/** The share of items within their bounds, each block weighing one. */
function covered({ predicted, truth, blocks }: JudgedNumbers, { lower, upper }: { lower: Float64Array; upper: Float64Array }): number {
  const by = new Map<number, boolean[]>();
  for (let i = 0; i < truth.length; i++) by.set(blocks[i], [...(by.get(blocks[i]) ?? []), truth[i] >= lower[i] && truth[i] <= upper[i]]);
  assert.equal(predicted.length, lower.length);
  return [...by.values()].reduce((sum, inside) => sum + inside.filter(Boolean).length / inside.length, 0) / by.size;
}

test("intervals hold the truth of items of new blocks as often as they say, however few blocks taught them", () => {
  for (const blocks of [9, 25, 60]) {
    for (const growth of [0, 0.05]) {
      let sum = 0;
      for (let seed = 0; seed < 60; seed++) {
        const fresh = judged(10_000 + seed, 40, growth);
        sum += covered(fresh, boundsOf(intervalOf(judged(seed, blocks, growth)), fresh.predicted));
      }
      assert.ok(sum / 60 > 0.885, `${blocks} blocks, growth ${growth}: ${sum / 60}`); // 0.9 but for 60 draws' chance
      assert.ok(blocks < 25 || sum / 60 < 0.95, `${blocks} blocks, growth ${growth}: ${sum / 60}`);
    }
  }
});

test("widths follow the value predicted once there are twenty blocks, and are one width before", () => {
  const many = boundsOf(intervalOf(judged(1, 60, 0.05)), Float64Array.of(5, 95));
  const width = (at: number) => many.upper[at] - many.lower[at];
  assert.ok(width(1) > 2 * width(0), `${width(0)} and ${width(1)}`);
  assert.equal(intervalOf(judged(1, 19, 0.05)).knots.length, 1);
});

test("with constant width, each block held out in turn, no larger share lies outside than was asked for", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 10, max: 19 }), (seed, blocks) => {
      const all = judged(seed, blocks, 0);
      const of = (keep: (block: number) => boolean): JudgedNumbers => {
        const places = Array.from(all.predicted.keys()).filter((i) => keep(all.blocks[i]));
        return { predicted: Float64Array.from(places, (i) => all.predicted[i]), truth: Float64Array.from(places, (i) => all.truth[i]), blocks: places.map((i) => all.blocks[i]) };
      };
      let inside = 0;
      for (let out = 0; out < blocks; out++) {
        const own = of((block) => block === out);
        const interval = intervalOf(of((block) => block !== out));
        assert.ok(!interval.provisional);
        inside += covered(own, boundsOf(interval, own.predicted));
      }
      assert.ok(inside >= 0.9 * blocks - 1e-9, `${inside} of ${blocks}`);
    }),
    { numRuns: 40 },
  );
});

test("neither bound falls when the prediction rises, and neither lies below the least", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 60 }), fc.constantFrom(-0.2, 0, 0.5), (seed, blocks, growth) => {
      const interval = intervalOf(judged(seed, blocks, growth), 0.9, 0);
      const { lower, upper } = boundsOf(interval, Float64Array.from({ length: 300 }, (_, i) => i / 2 - 20));
      for (let i = 1; i < 300; i++) assert.ok(lower[i] >= lower[i - 1] - 1e-9 && upper[i] >= upper[i - 1] - 1e-9 && lower[i] >= 0 && upper[i] >= lower[i]);
    }),
    { numRuns: 60 },
  );
});

test("too few blocks give a provisional width beyond every error seen; none, and unknown predictions, give no bounds", () => {
  const few = judged(3, 4, 0);
  const { widths, provisional, blocks } = intervalOf(few);
  const largest = Math.max(...few.truth.map((truth, i) => Math.abs(truth - few.predicted[i])));
  assert.ok(provisional && blocks === 4 && Math.abs(widths[0] - 2 * largest) < 1e-9); // 10 wanted, 5 there
  assert.ok(!intervalOf(judged(3, 9, 0)).provisional && intervalOf(judged(3, 9, 0), 0.95).provisional);
  for (const nothing of [{ predicted: new Float64Array(0), truth: new Float64Array(0), blocks: [] }, { predicted: Float64Array.of(NaN, 1), truth: Float64Array.of(1, NaN), blocks: [0, 1] }]) {
    const none = intervalOf(nothing);
    assert.ok(none.provisional && none.blocks === 0 && Number.isNaN(boundsOf(none, Float64Array.of(1)).lower[0]));
  }
  assert.ok(Number.isNaN(boundsOf(intervalOf(few), Float64Array.of(NaN)).upper[0]));
});

test("a model that is always right has intervals without width", () => {
  const right = { predicted: Float64Array.from({ length: 40 }, (_, i) => i), truth: Float64Array.from({ length: 40 }, (_, i) => i), blocks: Array.from({ length: 40 }, (_, i) => i) };
  assert.deepEqual(boundsOf(intervalOf(right), Float64Array.of(7)), { lower: Float64Array.of(7), upper: Float64Array.of(7) });
});
