import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chanceCounts, classCounts, classFigures, noneOfThese, unknownClass } from "./classes.ts";

const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);
const figures = (truth: number[], answers: number[], classes: number) => classFigures(classCounts(Int32Array.from(answers), Int32Array.from(truth), classes));

test("classFigures() gives scikit-learn's figures of three classes", () => {
  const [truth, answers] = [[0, 0, 0, 1, 1, 2, 2, 2, 2, 0, 1, 2], [0, 1, 0, 1, 1, 2, 0, 2, 1, 0, 2, 2]];
  assert.deepEqual([...classCounts(Int32Array.from(answers), Int32Array.from(truth), 3).counts], [3, 1, 0, 0, 0, 2, 1, 0, 1, 1, 3, 0, 0, 0, 0, 0]); // confusion_matrix(truth, answers), "none of these" empty
  const { accuracy, balancedAccuracy, macroF1, worstRecall, rejected, perClass } = figures(truth, answers, 3);
  near(accuracy, 0.6666666666666666); // accuracy_score(truth, answers)
  near(balancedAccuracy, 0.6722222222222222); // balanced_accuracy_score(truth, answers)
  near(macroF1, 0.6626984126984127); // f1_score(truth, answers, average="macro")
  near(worstRecall, 0.6);
  assert.equal(rejected, 0);
  assert.deepEqual(perClass.slice(0, 3).map(({ precision }) => precision), [0.75, 0.5, 0.75]); // precision_score(truth, answers, average=None)
  perClass.slice(0, 3).forEach(({ recall }, at) => near(recall, [0.75, 0.66666667, 0.6].map((share) => Math.round(60 * share) / 60)[at])); // recall_score(truth, answers, average=None)
  perClass.slice(0, 3).forEach(({ f1 }, at) => near(f1, [3 / 4, 4 / 7, 2 / 3][at])); // f1_score(truth, answers, average=None): 0.75, 0.57142857, 0.66666667
});

test("classFigures() gives scikit-learn's figures where a class was never taught and some answers are none of these", () => {
  const { accuracy, balancedAccuracy, macroF1, rejected } = figures([0, 0, 1, 1, 2, 2, noneOfThese, noneOfThese, 0], [0, noneOfThese, 1, 0, 2, 2, noneOfThese, 1, 0], 3);
  near(accuracy, 0.6666666666666666); // accuracy_score, "none of these" as the label -1
  near(balancedAccuracy, 0.6666666666666666); // balanced_accuracy_score, likewise
  near(macroF1, 0.6666666666666666); // f1_score(average="macro"), likewise
  near(rejected, 2 / 9);
});

test("classFigures() leaves out a class that never occurs, and counts one that is answered only as scikit-learn does", () => {
  const { balancedAccuracy, macroF1 } = figures([0, 0, 0, 3, 3], [0, 1, 0, 3, 0], 4);
  near(balancedAccuracy, 0.5833333333333333); // balanced_accuracy_score([0, 0, 0, 3, 3], [0, 1, 0, 3, 0])
  near(macroF1, 0.4444444444444444); // f1_score(..., average="macro", zero_division=0)
});

test("classFigures() gives scikit-learn's figures of one class against the rest", () => {
  const { f1, precision, recall, rows } = figures([0, 1, 1, 0, 1, 0, 0, 1], [0, 1, 0, 1, 1, 0, 0, 0], 2).perClass[1];
  near(f1, 0.5714285714285714); // f1_score(truth, answers)
  near(precision, 0.6666666666666666); // precision_score(truth, answers)
  near(recall, 0.5); // recall_score(truth, answers)
  assert.equal(rows, 4);
});

test("an answer of none of these is wrong where the class was taught, and no class of its own", () => {
  const { accuracy, macroF1, rejected, perClass } = figures([0, 0, 1, 1], [0, noneOfThese, 1, 1], 2);
  assert.equal(accuracy, 0.75);
  assert.equal(rejected, 0.25);
  near(macroF1, (2 / 3 + 1) / 2);
  assert.equal(perClass.length, 3);
});

test("classCounts() counts unknown decisions apart, and figures of none are NaN", () => {
  const counts = classCounts(Int32Array.of(unknownClass, 0), Int32Array.of(0, unknownClass), 2);
  assert.equal(counts.unknown, 2);
  const { accuracy, balancedAccuracy, macroF1, worstRecall, rejected } = classFigures(counts);
  for (const figure of [accuracy, balancedAccuracy, macroF1, worstRecall, rejected]) assert.ok(Number.isNaN(figure));
});

test("classCounts() refuses unequal lengths and classes that there are not", () => {
  assert.throws(() => figures([0], [0, 1], 2), RangeError);
  assert.throws(() => figures([2], [0], 2), /^RangeError: Cannot count class 2: there are 2/);
  assert.throws(() => figures([0], [-3], 2), RangeError);
});

const decisions = fc.integer({ min: 2, max: 6 }).chain((classes) => fc.record({ classes: fc.constant(classes), rows: fc.array(fc.tuple(fc.integer({ min: -1, max: classes - 1 }), fc.integer({ min: -1, max: classes - 1 })), { minLength: 1, maxLength: 60 }) }));

test("classFigures() lies from 0 to 1, is 1 for right answers alone, and does not depend on order or on names of classes", () => {
  fc.assert(
    fc.property(decisions, ({ classes, rows }) => {
      const [truth, answers] = [rows.map(([value]) => value), rows.map(([, value]) => value)];
      const found = figures(truth, answers, classes);
      const plain = ({ accuracy, balancedAccuracy, macroF1, worstRecall, rejected }: typeof found) => [accuracy, balancedAccuracy, macroF1, worstRecall, rejected];
      for (const figure of plain(found)) assert.ok(figure >= 0 && figure <= 1, `${figure}`);
      assert.ok(found.worstRecall <= found.balancedAccuracy + 1e-12);
      const turned = (code: number) => (code === noneOfThese ? code : classes - 1 - code);
      plain(figures(truth.map(turned).toReversed(), answers.map(turned).toReversed(), classes)).forEach((figure, at) => near(figure, plain(found)[at]));
      const { accuracy, macroF1, worstRecall } = figures(truth, truth, classes);
      assert.deepEqual([accuracy, worstRecall], [1, 1]);
      near(macroF1, 1);
    }),
  );
});

test("chanceCounts() are what guessing gets: the share of the most frequent class, and the sum of products of shares", () => {
  const counts = classCounts(Int32Array.from({ length: 10 }, () => 0), Int32Array.of(0, 0, 0, 0, 0, 1, 1, 1, 2, 2), 3);
  const { mostFrequent, byPrior } = chanceCounts(counts, [60, 30, 10]);
  const [most, prior] = [classFigures(mostFrequent), classFigures(byPrior)];
  near(most.accuracy, 0.5);
  near(most.balancedAccuracy, 1 / 3);
  assert.equal(most.worstRecall, 0);
  near(prior.accuracy, 0.6 * 0.5 + 0.3 * 0.3 + 0.1 * 0.2);
  near(prior.balancedAccuracy, 1 / 3);
  near(prior.worstRecall, 0.1);
  near(prior.perClass[2].f1, (2 * 0.1 * 0.2) / (0.1 + 0.2));
  assert.throws(() => chanceCounts(counts, [1, 2]), RangeError);
  assert.throws(() => chanceCounts(counts, [0, 0, 0]), RangeError);
});
