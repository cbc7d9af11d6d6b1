import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { judgeNumbers } from "./numbers.ts";

const near = (a: number, b: number, tolerance = 1e-12) => assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${a} is not ${b}`);
const truth = [3.1, -0.5, 2.0, 7.25, 4.4, 0.1];
const predicted = [2.5, 0.0, 2.1, 7.8, 3.0, -0.4];
const judge = (answers: readonly number[], so: readonly number[], trainMean: number, low: readonly number[] | null = null, high: readonly number[] | null = null) =>
  judgeNumbers({ predicted: Float64Array.from(answers), truth: Float64Array.from(so), low: low && Float64Array.from(low), high: high && Float64Array.from(high) }, trainMean);

test("judgeNumbers() gives scikit-learn's and numpy's figures", () => {
  const { rmse, mae, r2OfJudged, r2, bias, rows } = judge(predicted, truth, 1.5);
  near(rmse, 0.7225533428981791); // sklearn.metrics.root_mean_squared_error(truth, predicted)
  near(mae, 0.6083333333333334); // mean_absolute_error(truth, predicted)
  near(r2OfJudged, 0.9240398896668788); // r2_score(truth, predicted)
  near(r2, 0.937652385928248); // 1 - np.sum((truth - predicted) ** 2) / np.sum((truth - 1.5) ** 2)
  near(bias, -0.2250000000000001); // np.mean(predicted - truth)
  assert.equal(rows, 6);
});

test("judgeNumbers() of the training mean has no R² against it, and none of the judged rows either", () => {
  const { r2, r2OfJudged, bias, rmse } = judge(truth.map(() => 1.5), truth, 1.5);
  assert.equal(r2, 0);
  assert.ok(r2OfJudged < 0);
  near(bias, 1.5 - truth.reduce((sum, value) => sum + value, 0) / 6);
  near(rmse, Math.sqrt(truth.reduce((sum, value) => sum + (value - 1.5) ** 2, 0) / 6));
});

test("judgeNumbers() counts the truths in their intervals, borders included, of those decisions that have one", () => {
  const { coverage, width } = judge(predicted, truth, 0, [3.1, 0, 1, 7, NaN, 0], [4, 1, 2, 7.2, 5, 1]);
  near(coverage, 3 / 5);
  near(width, (0.9 + 1 + 1 + 0.2 + 1) / 5);
  assert.ok(Number.isNaN(judge(predicted, truth, 0).coverage));
});

test("judgeNumbers() leaves out what is unknown, and is NaN for nothing", () => {
  assert.deepEqual(judge([...predicted, NaN, 3], [...truth, 1, NaN], 1.5), judge(predicted, truth, 1.5));
  const { rmse, mae, r2, bias } = judge([NaN], [1], 0);
  for (const figure of [rmse, mae, r2, bias]) assert.ok(Number.isNaN(figure));
});

test("judgeNumbers() knows no R² of truths that are all equal", () => {
  assert.ok(Number.isNaN(judge([1, 2, 3], [0.1, 0.1, 0.1], 0.1).r2OfJudged));
  assert.ok(Number.isNaN(judge([1, 2, 3], [0.1, 0.1, 0.1], 0.1).r2));
});

test("judgeNumbers() keeps its digits far from zero", () => {
  const far = 1e9;
  near(judge(predicted.map((value) => value + far), truth.map((value) => value + far), 1.5 + far).r2OfJudged, 0.9240398896668788, 1e-6);
});

test("judgeNumbers() scales with the unit of the target and does not depend on order", () => {
  const hundredths = fc.integer({ min: -10_000, max: 10_000 }).map((value) => value / 100);
  fc.assert(
    fc.property(fc.array(fc.tuple(hundredths, hundredths), { minLength: 1, maxLength: 40 }), fc.double({ min: 0.1, max: 10, noNaN: true }), (list, unit) => {
      const [answers, so] = [list.map(([value]) => value), list.map(([, value]) => value)];
      const [one, other] = [judge(answers, so, 2), judge(answers.map((value) => unit * value).toReversed(), so.map((value) => unit * value).toReversed(), 2 * unit)];
      near(other.rmse, unit * one.rmse, 1e-9);
      near(other.mae, unit * one.mae, 1e-9);
      assert.ok(one.mae <= one.rmse * (1 + 1e-12) && Math.abs(one.bias) <= one.mae * (1 + 1e-9));
      if (!Number.isNaN(one.r2)) near(other.r2, one.r2, 1e-6);
    }),
  );
});

test("judgeNumbers() refuses unequal lengths", () => {
  assert.throws(() => judge([1], [1, 2], 0), RangeError);
  assert.throws(() => judge([1, 2], [1, 2], 0, [1], [2]), RangeError);
});
