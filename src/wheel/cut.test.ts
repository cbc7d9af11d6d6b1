import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { recordingOf } from "../../test/synthetic.ts";
import type { BlockRule } from "../schema/block.ts";
import { minute, second } from "../schema/time.ts";
import { cutBlocks } from "./cut.ts";

const recording = recordingOf({ seed: 1, rows: 300 });
const wheelBy = (blockRule: BlockRule, warmUpRows = 0) => ({ blockRule, warmUpRows, grid: recording.grid });
const lengths = (blockRule: BlockRule, times = recording.times) => cutBlocks(times, recording, wheelBy(blockRule)).map(({ rows }) => rows);

test("cutBlocks() takes a file as one block that ends a period after its last row", () => {
  const [only, ...others] = cutBlocks(recording.times, recording, wheelBy({ by: "file" }));
  assert.deepEqual(others, []);
  assert.deepEqual(only, { interval: { start: recording.times[0], end: recording.times[299] + second }, warmUpEnd: null, rows: 300 });
});

test("cutBlocks() by duration cuts at whole multiples of the clock, not of the recording", () => {
  const shifted = recording.times.map((time) => time + 50 * second);
  assert.deepEqual(lengths({ by: "duration", length: 2 * minute }, shifted), [70, 120, 110]);
});

test("cutBlocks() by gap cuts where rows pause for longer", () => {
  const paused = recording.times.map((time, row) => time + (row >= 100 ? minute : 0) + (row >= 200 ? 10 * second : 0));
  assert.deepEqual(lengths({ by: "gap", longer: 30 * second }, paused), [100, 200]);
});

test("cutBlocks() by change cuts where the signal takes another value, unknown to unknown being none", () => {
  const batch = Float64Array.from({ length: 300 }, (_, row) => (row < 50 ? NaN : row < 120 ? 1 : 2));
  const withBatch = { ...recording, columns: [{ ...recording.columns[0], name: "batch", values: batch }] };
  const cut = cutBlocks(recording.times, withBatch, wheelBy({ by: "change", signal: "batch" }));
  assert.deepEqual(cut.map(({ rows }) => rows), [50, 70, 180]);
});

test("cutBlocks() refuses a signal that the recording has not, and names those it has", () => {
  assert.throws(() => cutBlocks(recording.times, recording, wheelBy({ by: "change", signal: "batch" })), { code: "wheel.no-block-signal", hint: /"flow", "pressure"/ });
});

test("cutBlocks() ends the warm-up at the time of the first row after it; a block shorter than that is all warm-up", () => {
  const [block] = cutBlocks(recording.times, recording, wheelBy({ by: "file" }, 120));
  assert.equal(block?.warmUpEnd, recording.times[120]);
  const [short] = cutBlocks(recording.times, recording, wheelBy({ by: "file" }, 400));
  assert.equal(short?.warmUpEnd, short?.interval.end);
});

test("cutBlocks() gives blocks that follow one another, overlap nowhere and hold every row, whatever the order of rows", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 1, maxLength: 300 }), fc.constantFrom<BlockRule>({ by: "file" }, { by: "duration", length: minute }, { by: "gap", longer: 5 * second }), (seconds, rule) => {
      const times = Float64Array.from(seconds, (s) => s * second);
      const blocks = cutBlocks(times, recordingOf({ seed: 2, rows: seconds.length }), wheelBy(rule));
      assert.equal(blocks.reduce((sum, { rows }) => sum + rows, 0), seconds.length);
      for (const [i, { interval }] of blocks.entries()) {
        assert.ok(interval.end > interval.start);
        if (i > 0) assert.ok(blocks[i - 1].interval.end <= interval.start);
      }
      for (const time of times) assert.equal(blocks.filter(({ interval }) => time >= interval.start && time < interval.end).length, 1);
    }),
  );
});
