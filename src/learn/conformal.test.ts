import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { blockThreshold, conformalLevel } from "./conformal.ts";
import { randomFrom } from "./random.ts";

/** Blocks of unlike lengths with distinct values that hang together within a block. */
function blocksOf(seed: number, count: number): number[][] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => {
    const level = 10 * random();
    return Array.from({ length: 1 + Math.floor(8 * random()) }, () => level + random());
  });
}

const flat = (blocks: readonly (readonly number[])[]) => ({ values: Float64Array.from(blocks.flat()), of: blocks.flatMap((block, at) => block.map(() => at)) });
const shares = fc.constantFrom(0.5, 0.8, 0.9, 0.95);

test("conformalLevel() is the value up to which blocks weigh the share of one more block, by trying every value", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 40 }), shares, (seed, count, share) => {
      const blocks = blocksOf(seed, count);
      const { values, of } = flat(blocks);
      const enough = blocks.flat().filter((value) => blocks.reduce((sum, block) => sum + block.filter((other) => other <= value).length / block.length, 0) / (count + 1) >= share - 1e-12);
      const seen = conformalLevel(values, of, share);
      assert.deepEqual(seen, { level: enough.length > 0 ? Math.min(...enough) : Math.max(...blocks.flat()), provisional: enough.length === 0, blocks: count });
      assert.equal(seen.provisional, count < share / (1 - share) - 1e-9);
    }),
  );
});

test("of any blocks, each held out in turn, no larger share lies above conformalLevel() of the others than was asked for", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 2, max: 40 }), shares, (seed, count, share) => {
      const blocks = blocksOf(seed, count);
      let above = 0;
      for (const [out, block] of blocks.entries()) {
        const { values, of } = flat(blocks.filter((_, at) => at !== out));
        const { level, provisional } = conformalLevel(values, of, share);
        if (!provisional) above += block.filter((value) => value > level).length / block.length;
      }
      assert.ok(above <= (1 - share) * count + 1e-9, `${above} of ${count}`);
    }),
  );
});

test("of any blocks, each held out in turn, no larger share alarms at blockThreshold() of the others than was asked for", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 2, max: 60 }), fc.constantFrom(0.05, 0.1, 0.3), (seed, count, alarms) => {
      const blocks = blocksOf(seed, count);
      let alarmed = 0;
      for (const [out, block] of blocks.entries()) {
        const { values, of } = flat(blocks.filter((_, at) => at !== out));
        const { level, provisional, blocks: known } = blockThreshold(values, of, alarms);
        assert.equal(provisional, known < 1 / alarms - 1 - 1e-9);
        if (!provisional && Math.max(...block) > level) alarmed++;
      }
      assert.ok(alarmed <= alarms * count + 1e-9, `${alarmed} of ${count}`);
    }),
  );
});

test("unknown values play no part, and of nothing there is no level", () => {
  const of = [0, 0, 1, 1, 2];
  assert.deepEqual(conformalLevel(Float64Array.of(1, NaN, 3, NaN, NaN), of, 0.5), conformalLevel(Float64Array.of(1, 3), [0, 1], 0.5));
  for (const values of [new Float64Array(0), Float64Array.of(NaN)]) {
    assert.deepEqual(conformalLevel(values, [0], 0.9), { level: NaN, provisional: true, blocks: 0 });
    assert.deepEqual(blockThreshold(values, [0], 0.1), { level: NaN, provisional: true, blocks: 0 });
  }
});
