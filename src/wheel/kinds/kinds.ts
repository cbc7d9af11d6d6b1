import { refusalOf } from "../../schema/origin.ts";
import type { Kind, Wheel } from "../../schema/wheel.ts";
import { classify } from "./classify.ts";
import { condition } from "./condition.ts";
import { estimate } from "./estimate.ts";
import type { KindOfWheel } from "./kind.ts";
import { remainingLife } from "./remaining-life.ts";

/** Every kind of wheel there is; adding one is its file and a line here. */
const kinds: Readonly<Partial<Record<Kind, KindOfWheel>>> = {
  condition: onlyEvidence(condition),
  classify: onlyEvidence(classify),
  estimate: onlyEvidence(estimate),
  "remaining-life": onlyEvidence(remainingLife),
};

/** Of what labels say of a block only what may count there reaches teaching and proof. */
function onlyEvidence(kind: KindOfWheel): KindOfWheel {
  return {
    ...kind,
    async labels(wheel, ports, only) {
      const of = await kind.labels(wheel, ports, only);
      return (block) => of(block).filter(({ origin }) => refusalOf(origin, block.origin) === null);
    },
  };
}

/** What a wheel does that hangs on its kind. Throws RangeError for a kind that this version does not turn. */
export function kindOf({ kind, name }: Pick<Wheel, "kind" | "name">): KindOfWheel {
  const known = kinds[kind];
  if (known === undefined) throw new RangeError(`Cannot turn wheel ${name}: its kind ${kind} is none that this version knows`);
  return known;
}
