import assert from "node:assert/strict";
import { test } from "node:test";
import { libraryOf, learnt, taughtBy } from "../../test/conformance/learner.ts";
import type { ToyPlan } from "../../test/toy.ts";
import { onnxEngine } from "./onnx.ts";
import { merge } from "../learn/sum.ts";
import { learners } from "../learn/learners/condition.ts";

const plans = (from: number): ToyPlan[] => Array.from({ length: 10 }, (_, at) => ({ seed: from + at, ...(at % 2 === 0 && { fault: "shift" as const }) }));

test("what teaches beside the real blocks moves no threshold", async () => {
  const real = taughtBy(await libraryOf(onnxEngine, plans(1)));
  const { total: more } = taughtBy(await libraryOf(onnxEngine, plans(50).map((plan) => ({ ...plan, gaps: 0.02 }))));
  const beside = { total: merge(real.total, more), groups: real.groups, real: real.total };
  for (const learner of learners) {
    const [plain, also] = [learnt(learner, real), learnt(learner, beside)];
    assert.deepEqual([also.thresholds, also.provisional], [plain.thresholds, plain.provisional], learner.name);
    assert.notDeepEqual(also.bytes, plain.bytes);
  }
});
