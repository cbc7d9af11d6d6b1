import { hash32 } from "../learn/random.ts";
import type { Block } from "../schema/block.ts";
import type { Id } from "../schema/id.ts";
import type { Wheel } from "../schema/wheel.ts";
import { softwareVersion } from "../version.ts";
import { byOrigin, generatedBlocks } from "./origin.ts";
import type { Ports } from "./ports.ts";

/** The blocks that may teach and calibrate: of an origin that may, not excluded, not set aside for the exam; in id order. */
export async function choose(wheel: Wheel, { store }: Ports): Promise<Block[]> {
  const blocks = await store.records.blocks({ asset: wheel.asset });
  const { admitted } = await byOrigin(wheel.asset, blocks, "threshold", { store });
  return admitted.filter(({ excluded, use }) => excluded === null && use !== "exam");
}

/** Blocks that a model or a simulator made and that may teach all the same, by the wheel's policy; in id order. They calibrate and prove nothing. */
export async function chooseGenerated(wheel: Wheel, ports: Ports): Promise<Block[]> {
  return await generatedBlocks(wheel, await ports.store.records.blocks({ asset: wheel.asset }), ports);
}

/** The blocks left out for who made them, in a sentence for the turn; `null` when there is none. */
export async function leftOutByOrigin(wheel: Wheel, made: readonly Block[], { store }: Ports): Promise<string | null> {
  const teach = new Set(made.map(({ id }) => id));
  const refused = (await byOrigin(wheel.asset, await store.records.blocks({ asset: wheel.asset }), "gate", { store })).refused.filter(({ block }) => !teach.has(block.id));
  if (refused.length === 0) return null;
  const codes = [...new Set(refused.map(({ refusal }) => refusal.code))].toSorted();
  return `${refused.length} ${refused.length === 1 ? "block was" : "blocks were"} left out for who made ${refused.length === 1 ? "it" : "them"}: ${codes.join(", ")}.`;
}

/** What a new block is for: the first ones teach, then a share of them is set aside for the exam. */
export function useOf(block: Id, blocksBefore: number, { examAfter, examShare }: Wheel["policy"]): Block["use"] {
  return blocksBefore >= examAfter && isExam(block, examShare) ? "exam" : "teach";
}

/** Whether a block is set aside for the exam: by hash of its id, so nobody chooses which. */
export function isExam(block: Id, share: number): boolean {
  return hash32(block, 0x0e4a3) / 2 ** 32 < share;
}

/**
 * Retires the exam once it has been looked at often enough: its blocks then teach, and newer ones
 * take their place as they arrive. A look is a verdict in which exam blocks took part.
 */
export async function retireExam(wheel: Wheel, { store }: Ports): Promise<void> {
  const { records } = store;
  const turns = await records.turns(wheel.id);
  const looks = turns.filter(({ verdict }) => (verdict?.figures.examBlocks ?? 0) > 0).length;
  if (looks === 0 || looks % wheel.policy.examLooks !== 0) return;
  const exam = (await records.blocks({ asset: wheel.asset })).filter(({ use }) => use === "exam");
  await records.write(exam.map((block) => ({ put: "block", value: { ...block, revision: block.revision + 1, use: "retired-exam", software: softwareVersion } })));
}
