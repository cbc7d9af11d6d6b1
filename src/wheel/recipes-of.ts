import { MillraceError } from "../errors.ts";
import type { Model } from "../schema/model.ts";
import type { Recipe } from "../schema/recipe.ts";
import type { Wheel } from "../schema/wheel.ts";
import { kindOf } from "./kinds/kinds.ts";

/**
 * The recipes that a wheel learns by. Where its policy lets what models and simulators made teach, each that looks at inputs is
 * there twice: as it is, taught by what is real alone, and as another recipe, which is another way of learning: it has evidence
 * of its own and goes into force only as better than the one that is.
 */
export function recipesOf(wheel: Pick<Wheel, "kind" | "name" | "recipes" | "policy">): Recipe[] {
  const { recipes, policy: { generated } } = wheel;
  if (generated === undefined) return [...recipes];
  const { reference } = kindOf(wheel);
  return [...recipes, ...recipes.filter(({ name }) => name !== reference).map((recipe): Recipe => ({ ...recipe, name: `${recipe.name}+generated-${generated}`, generated }))];
}

/** Whether a model of this recipe may be in force: what it may have learnt from is let teach still. */
export const isLet = ({ policy }: Pick<Wheel, "policy">, { generated = 0 }: Pick<Recipe, "generated">): boolean => generated <= (policy.generated ?? 0);

/** Refuses to put a model in force that learnt from what the wheel does not let teach. Throws `wheel.generated-not-let`. */
export function requireLet(wheel: Pick<Wheel, "name" | "policy">, { digest, recipe }: Model): void {
  if (isLet(wheel, recipe)) return;
  throw new MillraceError("wheel.generated-not-let", `Cannot put model ${digest.slice(0, 12)} of ${wheel.name} in force: what models or simulators made taught it, and the wheel does not let that teach`, {
    hint: "Name another model, or let it teach again with `millrace wheels set --generated`.",
  });
}
