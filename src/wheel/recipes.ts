import type { Recipe } from "../schema/recipe.ts";

/**
 * The recipes of a new condition wheel: the one that goes into force, and the same without answers,
 * so that the ledger can say what answering was worth.
 */
export const recipes: readonly Recipe[] = [
  { name: "condition", version: 1, learner: "condition", map: "window-30", params: {} },
  { name: "novelty", version: 1, learner: "novelty", map: "window-30", params: {} },
];
