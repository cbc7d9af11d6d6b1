import type { Kind, Wheel } from "../../schema/wheel.ts";
import { classify } from "./classify.ts";
import { condition } from "./condition.ts";
import { estimate } from "./estimate.ts";
import type { KindOfWheel } from "./kind.ts";
import { remainingLife } from "./remaining-life.ts";

/** Every kind of wheel there is; adding one is its file and a line here. */
const kinds: Readonly<Partial<Record<Kind, KindOfWheel>>> = {
  condition,
  classify,
  estimate,
  "remaining-life": remainingLife,
};

/** What a wheel does that hangs on its kind. Throws RangeError for a kind that this version does not turn. */
export function kindOf({ kind, name }: Pick<Wheel, "kind" | "name">): KindOfWheel {
  const known = kinds[kind];
  if (known === undefined) throw new RangeError(`Cannot turn wheel ${name}: its kind ${kind} is none that this version knows`);
  return known;
}
