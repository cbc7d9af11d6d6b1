import { MillraceError } from "../errors.ts";
import { withModels } from "../review/in-view.ts";
import { requireOrigins } from "../review/origin.ts";
import type { Block } from "../schema/block.ts";
import type { Id } from "../schema/id.ts";
import type { Label } from "../schema/label.ts";
import type { Wheel } from "../schema/wheel.ts";
import { proveBlock } from "./evidence.ts";
import { kindOf } from "./kinds/kinds.ts";
import type { Ports } from "./ports.ts";

/**
 * Writes labels with the model that was in view, all or none, and makes the losses of the blocks they reach into known, or known anew.
 *
 * Returns: the labels as written.
 * Throws `review.wrong-answer` for a label that does not say what the wheels of its target ask, and what `requireOrigins` throws.
 */
export async function writeLabels(labels: readonly Label[], ports: Ports): Promise<Label[]> {
  if (labels.length === 0) return [];
  await requireOrigins(labels, "train", ports.store);
  const check = labelCheck(await ports.store.records.wheels());
  for (const label of labels) {
    const why = label.withdrawn ? null : check(label);
    if (why !== null) throw new MillraceError("review.wrong-answer", `Cannot label ${JSON.stringify(label.target ?? "")}: ${why}`, { hint: "`millrace wheels` lists the targets of an asset, what they are told by and their units." });
  }
  const written = await withModels(labels, ports.store);
  await ports.store.records.write(written.map((value) => ({ put: "label", value })));
  await proveLabelled(written, ports);
  return written;
}

/** Answers about a block make its losses known, or known anew: each block that one of the labels reaches into, once. */
export async function proveLabelled(labels: readonly Label[], ports: Ports): Promise<void> {
  for (const { wheel, block } of await reached(labels, ports)) await proveBlock(wheel, block, ports);
}

/** The blocks, of each wheel, about which labels say something. */
export async function reached(labels: readonly Label[], ports: Ports): Promise<{ wheel: Wheel; block: Block }[]> {
  const { records } = ports.store;
  const found: { wheel: Wheel; block: Block }[] = [];
  for (const wheel of await records.wheels()) {
    const over = new Map<Id, Block>();
    for (const label of labels.filter((one) => isAbout(one, wheel))) {
      for (const block of await records.blocksOver({ asset: wheel.asset, ...(await kindOf(wheel).reach(wheel, label, ports)) })) over.set(block.id, block);
    }
    for (const block of [...over.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))) found.push({ wheel, block });
  }
  return found;
}

const isAbout = ({ asset, target = null }: Label, wheel: Wheel): boolean => asset === wheel.asset && target === (wheel.target?.name ?? null);

/** What tells the target of a wheel, by its kind. */
const told: Readonly<Partial<Record<Wheel["kind"], NonNullable<Label["says"]>["what"]>>> = { classify: "class", estimate: "value", "remaining-life": "end-of-life" };

/** Why a label does not say what the wheels of its asset and target ask, or `null`. A target that no wheel asks for yet may be told by anything. */
export function labelCheck(wheels: readonly Wheel[]): (label: Label) => string | null {
  return ({ asset, answer, target = null, says = null }) => {
    if (target !== null && answer !== "unsure") return `what it was is needed, not the answer ${answer}`;
    if (target === null || says === null) return (target === null) === (says === null) ? null : "a target and what it is said to be go together";
    for (const wheel of wheels.filter((one) => one.asset === asset && one.target?.name === target)) {
      const expected = told[wheel.kind];
      if (expected !== says.what) return `it is told by ${expected ?? "nothing"}, not by ${says.what}`;
      const unit = wheel.target?.unit ?? null;
      if (says.what === "value" && says.unit !== null && says.unit !== unit) return `its unit is ${unit ?? "none"}, not ${says.unit}`;
    }
    return null;
  };
}
