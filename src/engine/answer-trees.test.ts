import assert from "node:assert/strict";
import { test } from "node:test";
import { isParity, judged, learnt, libraryOf, taughtBy } from "../../test/conformance/learner.ts";
import { naiveCondition, warmUpBaseline } from "../../test/naive-condition.ts";
import { toyBlock, toyMap, toyPlans, toyWarmUp } from "../../test/toy.ts";
import { fitAnswerTrees } from "../learn/heads/answer-trees.ts";
import { answersOf } from "../learn/heads/answers.ts";
import { levelsOf } from "../learn/heads/levels.ts";
import { noveltyOf } from "../learn/heads/novelty.ts";
import { condition } from "../learn/learners/condition.ts";
import { featureCount } from "../learn/maps/window-map.ts";
import { columnsOf, conditionModel, type ConditionHead } from "../learn/model.ts";
import { onnxEngine } from "./onnx.ts";

test("a model whose trees see the scores of its detectors judges by its definition, and says whose signals they are", async () => {
  const taught = taughtBy(await libraryOf(onnxEngine, [...toyPlans(6, 1), ...toyPlans(6, 101, { fault: "shift" })]));
  const { head: plain } = learnt(condition, taught);
  const { answers } = plain;
  assert.ok(answers !== null);
  const { fault, normal } = taught.total.lessons;
  const items = [...fault.sample.items, ...normal.sample.items];
  const scores = [items.map((item) => levelsOf(plain.levels, item)), items.map((item) => noveltyOf(plain.novelty, item)), items.map((item) => answersOf(answers, item))];
  const trees = fitAnswerTrees(columnsOf(items, featureCount(toyMap).plain, scores), Uint8Array.from(items, (_, at) => (at < fault.sample.items.length ? 1 : 0)));
  const head: ConditionHead = { ...plain, trees };
  const thresholds = { levels: 100, novelty: 100, answers: 0.5 };
  const model = conditionModel(toyMap, head, thresholds, {});
  let compared = 0;
  for (const plan of [...toyPlans(2, 501, { fault: "shift" }), ...toyPlans(2, 503, { fault: "drop", gaps: 0.1 })]) {
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
