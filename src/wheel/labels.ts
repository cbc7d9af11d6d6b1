import type { Block } from "../schema/block.ts";
import type { Id } from "../schema/id.ts";
import type { Label } from "../schema/label.ts";
import type { Wheel } from "../schema/wheel.ts";
import { proveBlock } from "./evidence.ts";
import type { Ports } from "./ports.ts";

/** Writes labels, all or none, and makes the losses of the blocks they reach into known, or known anew. */
export async function writeLabels(labels: readonly Label[], ports: Ports): Promise<void> {
  if (labels.length === 0) return;
  await ports.store.records.write(labels.map((value) => ({ put: "label", value })));
  await proveLabelled(labels, ports);
}

/** Answers about a block make its losses known, or known anew: each block that one of the labels reaches into, once. */
export async function proveLabelled(labels: readonly Label[], ports: Ports): Promise<void> {
  for (const { wheel, block } of await reached(labels, ports)) await proveBlock(wheel, block, ports);
}

async function reached(labels: readonly Label[], { store }: Ports): Promise<{ wheel: Wheel; block: Block }[]> {
  const { records } = store;
  const wheels = await records.wheels();
  const found: { wheel: Wheel; block: Block }[] = [];
  for (const [asset, own] of Map.groupBy(labels, (label) => label.asset)) {
    const over = new Map<Id, Block>();
    for (const { start, end } of own) for (const block of await records.blocksOver({ asset, start, end })) over.set(block.id, block);
    const blocks = [...over.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    for (const wheel of wheels.filter((one) => one.asset === asset)) for (const block of blocks) found.push({ wheel, block });
  }
  return found;
}
