import { onnxEngine } from "../../src/engine/onnx.ts";
import { learners } from "../../src/learn/learners/condition.ts";
import { learnerConformance } from "./learner.ts";

for (const learner of learners) learnerConformance(learner, onnxEngine);
