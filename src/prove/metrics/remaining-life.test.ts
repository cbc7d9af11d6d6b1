import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { judgeLife, lifePenalty } from "./remaining-life.ts";

const near = (a: number, b: number) => assert.ok(Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b)), `${a} is not ${b}`);
const truth = Float64Array.of(112, 98, 69, 82, 91);
const predicted = Float64Array.of(120, 90, 75, 80, 95.5);
const judge = (cap = Infinity) => judgeLife({ predicted, truth, low: null, high: null }, cap);

test("judgeLife() gives numpy's figures, with truth as recorded and capped", () => {
  // e = predicted - truth; np.where(e < 0, np.exp(-e / 13) - 1, np.exp(e / 10) - 1).sum()
  near(judge().scoreRaw, 3.6326514975883093);
  near(judge().rmseRaw, 6.135959582656978); // sklearn.metrics.root_mean_squared_error(truth, predicted)
  // The same with np.minimum(truth, 95).
  near(judge(95).scoreCapped, 13.2082855808791);
  near(judge(95).rmseCapped, 11.918473056562238);
  near(judge(95).scoreRaw, judge().scoreRaw);
  near(judge().maeRaw, (8 + 8 + 6 + 2 + 4.5) / 5);
  near(judge(95).maeCapped, (25 + 5 + 6 + 2 + 4.5) / 5);
});

test("a cap above every truth changes nothing", () => {
  const { scoreCapped, scoreRaw, rmseCapped, rmseRaw, maeCapped, maeRaw } = judge(125);
  assert.deepEqual([scoreCapped, rmseCapped, maeCapped], [scoreRaw, rmseRaw, maeRaw]);
});

test("lifePenalty() is 0 for what is right, grows with the error, and is worse for late than for early", () => {
  assert.equal(lifePenalty(0), 0);
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 300, noNaN: true }), (error) => {
      assert.ok(lifePenalty(error) > lifePenalty(-error) && lifePenalty(-error) > 0);
      assert.ok(lifePenalty(1.5 * error) > lifePenalty(error));
    }),
  );
});

test("judgeLife() holds intervals against capped truth", () => {
  const { coverage, width } = judgeLife({ predicted, truth, low: Float64Array.of(90, 97, NaN, 80, 92), high: Float64Array.of(96, 99, 100, 82, 95) }, 95);
  // 95 in 90 to 96, 95 not in 97 to 99, none, 82 in 80 to 82, 91 not in 92 to 95.
  near(coverage, 2 / 4);
  near(width, (6 + 2 + 2 + 3) / 4);
});

test("judgeLife() leaves out what is unknown, is NaN for nothing, and refuses a cap that is none", () => {
  const more = judgeLife({ predicted: Float64Array.of(...predicted, NaN, 2), truth: Float64Array.of(...truth, 5, NaN), low: null, high: null }, 125);
  assert.deepEqual(more, judge(125));
  const { scoreRaw, rmseCapped } = judgeLife({ predicted: new Float64Array(0), truth: new Float64Array(0), low: null, high: null }, 125);
  assert.ok(Number.isNaN(scoreRaw) && Number.isNaN(rmseCapped));
  for (const cap of [0, -1, NaN]) assert.throws(() => judge(cap), RangeError);
});
