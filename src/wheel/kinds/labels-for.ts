import { refusalOf, type Origin, type Purpose } from "../../schema/origin.ts";
import type { Block } from "../../schema/block.ts";
import type { Label } from "../../schema/label.ts";
import type { Wheel } from "../../schema/wheel.ts";
import type { Ports } from "../ports.ts";
import type { KindOfWheel } from "./kind.ts";

/** What labels say of blocks and may say for a purpose, looked up once; of one block only when that is all that is asked for. */
export async function labelsFor(kind: Pick<KindOfWheel, "readLabels" | "labelsOf">, wheel: Wheel, purpose: Purpose, ports: Ports, only?: Block): Promise<(block: Block) => Label[]> {
  const labels = await kind.readLabels(wheel, ports, only);
  const heard = new Map<Origin, Label[]>();
  return (block) => {
    const about = block.origin;
    const may = heard.get(about) ?? labels.filter(({ origin }) => refusalOf(origin, about, purpose, wheel.policy.generated) === null);
    heard.set(about, may);
    return kind.labelsOf(wheel, block, may);
  };
}
