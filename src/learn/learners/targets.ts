import type { Learner } from "../learner.ts";
import { boostedTrees } from "./boosted-trees.ts";
import { extraTrees } from "./extra-trees.ts";
import { lda } from "./lda.ts";
import { pls } from "./pls.ts";
import { randomForest } from "./random-forest.ts";
import { ridge } from "./ridge.ts";

/** Every learner of targets; adding one is its file and a line here. */
export const targetLearners: readonly Learner[] = [ridge, pls, lda, extraTrees, boostedTrees, randomForest];
