import { after } from "node:test";
import { onnxEngine } from "../../src/engine/onnx.ts";
import { threadPool } from "../../src/engine/pool.ts";
import { boostedTrees } from "../../src/learn/learners/boosted-trees.ts";
import { scored } from "../../src/learn/learners/scored.ts";
import { targetLearners } from "../../src/learn/learners/targets.ts";
import { targetLearnerConformance } from "./target-learner.ts";

const pool = threadPool(2);
after(() => pool.close());
for (const learner of [...targetLearners, scored(boostedTrees)]) targetLearnerConformance(learner, onnxEngine, () => pool);
