import { z } from "zod";
import { BlockRule } from "./block.ts";
import { Cost } from "./cost.ts";
import { Grid } from "./grid.ts";
import { Recipe } from "./recipe.ts";
import { Kind } from "./wheel.ts";

/** A wheel's question and recipe, ready for another site: names and units of signals, no ids, no data. */
export const Pattern = z.object({
  name: z.string().min(1).max(200),
  kind: Kind,
  signals: z.array(z.object({ name: z.string(), unit: z.string().nullable() })),
  grid: Grid,
  blockRule: BlockRule,
  warmUpRows: z.int().min(0),
  cost: Cost,
  recipes: z.array(Recipe).min(1),
});
export type Pattern = z.infer<typeof Pattern>;
