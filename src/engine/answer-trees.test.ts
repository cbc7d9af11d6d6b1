import assert from "node:assert/strict";
import { test } from "node:test";
import { isParity, judged, learnt, libraryOf, taughtBy } from "../../test/conformance/learner.ts";
import { naiveCondition, warmUpBaseline } from "../../test/naive-condition.ts";
import { toyBlock, toyMap, toyPlans, toyWarmUp } from "../../test/toy.ts";
import { fitAnswerTrees } from "../learn/heads/answer-trees.ts";
import { answersOf } from "../learn/heads/answers.ts";
import { levelsOf } from "../learn/heads/levels.ts";
import { noveltyOf } from "../learn/heads/novelty.ts";
import type { JudgingSide, Learnt } from "../learn/learner.ts";
import { condition } from "../learn/learners/condition.ts";
import { featureCount } from "../learn/maps/window-map.ts";
import { columnsOf, conditionModel, featureModel, scoreOf } from "../learn/model.ts";
import { normalItems } from "../learn/refits.ts";
import { featureSideOf, featureSides, fitFeatureSide } from "../learn/sides.ts";
import { runStretch } from "../learn/stretch.ts";
import { onnxEngine } from "./onnx.ts";

/** A model with trees in the plane's place that see its detectors, those beside levels and novelty too. */
async function withTrees(names: readonly (typeof featureSides)[number][]): Promise<Learnt> {
  const taught = taughtBy(await libraryOf(onnxEngine, [...toyPlans(6, 1), ...toyPlans(6, 101, { fault: "shift" })]));
  const plain = learnt(condition, taught);
  const { levels, novelty, answers } = plain.head;
  assert.ok(answers !== null);
  const { fault, normal } = taught.total.lessons;
  const layout = featureCount(toyMap);
  const beside = names.flatMap((name): JudgingSide[] => {
    const side = fitFeatureSide(name, normalItems(taught.total, 256), normal.moments, layout);
    return side === null ? [] : [{ ...side, threshold: name === "isolation" ? 0.7 : 4 }];
  });
  const items = [...fault.sample.items, ...normal.sample.items];
  const scores = [(item: Float32Array) => levelsOf(levels, item), (item: Float32Array) => noveltyOf(novelty, item), (item: Float32Array) => answersOf(answers, item), ...beside.map((side) => (item: Float32Array) => featureSideOf(side, item))];
  const columns = columnsOf(items, layout.plain, scores.map((score) => Float64Array.from(items, score)));
  const trees = fitAnswerTrees(columns, Uint8Array.from(items, (_, at) => (at < fault.sample.items.length ? 1 : 0)));
  return { ...plain, head: { ...plain.head, trees }, thresholds: { levels: 100, novelty: 100, answers: 0.5 }, beside };
}

const asked = [...toyPlans(2, 501, { fault: "shift" }), ...toyPlans(2, 503, { fault: "drop", gaps: 0.1 })];

test("a model whose trees see the scores of its detectors judges by its definition, and says whose signals they are", async () => {
  const { head, thresholds } = await withTrees([]);
  const model = conditionModel(toyMap, head, thresholds, {});
  let compared = 0;
  for (const plan of asked) {
    const { rows } = toyBlock(plan);
    const { score, contributions } = await judged(onnxEngine, model, rows);
    for (const [at, naive] of naiveCondition(toyMap, head, thresholds, rows, warmUpBaseline(rows, toyWarmUp)).entries()) {
      const row = at + toyMap.window - 1;
      assert.ok(isParity(score[row], naive.score), `row ${row}: ${score[row]}, by definition ${naive.score}`);
      for (const [signal, share] of naive.contributions.entries()) assert.ok(isParity(contributions[row * 3 + signal], share), `row ${row} signal ${signal}`);
      compared += naive.score > 1 ? 1 : 0;
    }
  }
  assert.ok(compared > 50, `${compared} alarming rows`);
});

test("a model with detectors beside scores as it does in plain code, and its contributions add up", async () => {
  const answer = await withTrees(featureSides);
  const model = conditionModel(toyMap, answer.head, answer.thresholds, {}, answer.beside);
  const { all } = featureCount(toyMap);
  const session = await onnxEngine.open(featureModel(toyMap));
  for (const plan of asked) {
    const { rows } = toyBlock(plan);
    const { features } = await runStretch(session, { features: all }, rows, toyMap.window, warmUpBaseline(rows, toyWarmUp));
    const { score, contributions } = await judged(onnxEngine, model, rows);
    for (let row = toyMap.window - 1; row < score.length; row++) {
      const item = features.slice(row * all, (row + 1) * all);
      const expected = item.some(Number.isNaN) ? NaN : scoreOf(answer, item);
      assert.ok(isParity(score[row], expected), `row ${row}: ${score[row]}, in plain code ${expected}`);
      const parts = contributions.subarray(row * 3, row * 3 + 3);
      assert.ok(Number.isNaN(expected) || isParity(parts.reduce((sum, part) => sum + part, 0), expected), `row ${row}: ${parts.join(" ")}`);
    }
  }
  await session.close();
});
