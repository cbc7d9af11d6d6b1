import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { normalFrom, randomFrom } from "../learn/random.ts";
import { blockIntervals, bundlesOf, type BlockSums } from "./block-bootstrap.ts";

/** Blocks of [sum, rows]; the figure is their mean. */
const meanOf = ([sum, rows]: Float64Array): number[] => [sum / rows];
const blocksOf = (pairs: readonly (readonly [number, number])[]): BlockSums => ({ sums: Float64Array.from(pairs.flat()), width: 2, weight: 1 });
const intervals = (pairs: readonly (readonly [number, number])[], seed = 1, ordered = false, resamples = 500) => blockIntervals(blocksOf(pairs), meanOf, { random: randomFrom(seed), ordered, resamples });

test("blockIntervals() weighs a block by its rows, and leaves out blocks without any", () => {
  const { values, effectiveBlocks } = intervals([[10, 10], [0, 30], [NaN, 0]]);
  assert.equal(values[0], 0.25);
  assert.equal(effectiveBlocks, 40 ** 2 / (10 ** 2 + 30 ** 2));
});

test("blockIntervals() of one block or none has no interval", () => {
  for (const pairs of [[], [[3, 4] as const]]) {
    const { low, high } = intervals(pairs);
    assert.ok(Number.isNaN(low[0]) && Number.isNaN(high[0]));
  }
});

test("blockIntervals() holds its value, repeats for a seed and leaves its blocks as they were", () => {
  const pairs = fc.array(fc.tuple(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.integer({ min: 1, max: 50 })), { minLength: 2, maxLength: 30 });
  fc.assert(
    fc.property(pairs, fc.boolean(), fc.nat(1000), (list, ordered, seed) => {
      const { values, low, high } = intervals(list, seed, ordered, 60);
      assert.ok(low[0] <= values[0] && values[0] <= high[0], `${low[0]} ${values[0]} ${high[0]}`);
      assert.deepEqual(intervals(list, seed, ordered, 60), { ...intervals(list, seed, ordered, 60) });
      const blocks = blocksOf(list);
      blockIntervals(blocks, meanOf, { random: randomFrom(seed), ordered, resamples: 5 });
      assert.deepEqual(blocks, blocksOf(list));
    }),
    { numRuns: 50 },
  );
});

test("blockIntervals() covers the truth about as often as it says, for few blocks, uneven ones and ones in bursts", () => {
  const covered = (blocks: number, draw: (random: () => number) => [number, number][], ordered: boolean): number => {
    let hits = 0;
    for (let seed = 0; seed < 300; seed++) {
      const random = randomFrom(9000 + seed);
      const { low, high } = intervals(draw(random).slice(0, blocks), seed, ordered, 300);
      if (low[0] <= 0 && high[0] >= 0) hits++;
    }
    return hits / 300;
  };
  const uneven = (random: () => number) => Array.from({ length: 40 }, (): [number, number] => {
    const rows = 1 + Math.floor(60 * random() ** 3);
    return [rows * normalFrom(random), rows];
  });
  const bursts = (random: () => number) => {
    let state = 0;
    return Array.from({ length: 80 }, (): [number, number] => {
      state = 0.7 * state + normalFrom(random);
      return [5 * state, 5];
    });
  };
  const found = { few: covered(5, uneven, false), many: covered(40, uneven, false), bursts: covered(80, bursts, true), ignored: covered(80, bursts, false) };
  assert.ok(found.few > 0.9 && found.many > 0.9 && found.bursts > 0.88, JSON.stringify(found));
  assert.ok(found.ignored < 0.7, `runs of neighbours are what does it: ${JSON.stringify(found)}`);
});

test("blockIntervals() of thousands of blocks in bundles comes near Student's interval", () => {
  const random = randomFrom(3);
  const rows = Array.from({ length: 5000 }, () => normalFrom(random));
  const { of, bundles, blocks } = bundlesOf(Int32Array.from(rows.keys()), () => true, false, random);
  assert.deepEqual([bundles, blocks], [400, 5000]);
  const sums = new Float64Array(2 * bundles);
  rows.forEach((value, at) => {
    sums[2 * of[at]] += value;
    sums[2 * of[at] + 1]++;
  });
  const { values, low, high } = blockIntervals({ sums, width: 2, weight: 1 }, meanOf, { random, ordered: false, resamples: 500 });
  const half = (1.96 * Math.sqrt(rows.reduce((sum, value) => sum + (value - values[0]) ** 2, 0) / 4999)) / Math.sqrt(5000);
  for (const distance of [values[0] - low[0], high[0] - values[0]]) assert.ok(Math.abs(distance / half - 1) < 0.15, `${distance} against ${half}`);
});

test("bundlesOf() numbers blocks that are judged, keeps neighbours together in order, and splits no block", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 2000 }), fc.boolean(), (list, ordered) => {
      const blocks = Int32Array.from(list).sort();
      const { of, bundles, blocks: present } = bundlesOf(blocks, (at) => at % 7 !== 0, ordered, randomFrom(4));
      const judged = list.map((_, at) => at).filter((at) => at % 7 !== 0);
      assert.equal(present, new Set(judged.map((at) => blocks[at])).size);
      assert.equal(new Set(judged.map((at) => of[at])).size, bundles);
      assert.ok(bundles <= 400 && of.every((bundle, at) => (at % 7 === 0 ? bundle === -1 : bundle >= 0 && bundle < bundles)));
      const pairs = new Set(judged.map((at) => `${blocks[at]} ${of[at]}`));
      assert.equal(pairs.size, present, "no block lies in two bundles");
      if (ordered) judged.forEach((at, place) => assert.ok(place === 0 || of[at] >= of[judged[place - 1]]));
    }),
    { numRuns: 30 },
  );
});

test("blockIntervals() gives no interval for a figure that most draws lack", () => {
  const sums = blocksOf([[0, 1], [0, 1], [0, 1], [1, 1]]);
  const { low } = blockIntervals(sums, ([sum, rows]) => [rows, sum === 1 ? 1 : NaN], { random: randomFrom(1), ordered: false, resamples: 200 });
  assert.ok(!Number.isNaN(low[0]) && Number.isNaN(low[1]));
});

test("blockIntervals() refuses a level outside [0.5, 1)", () => {
  assert.throws(() => blockIntervals(blocksOf([[1, 1]]), meanOf, { random: randomFrom(1), ordered: false, level: 1 }), RangeError);
});
