import type { Block } from "../schema/block.ts";
import type { Label } from "../schema/label.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Ports } from "./ports.ts";

/** Which labels of a block there are only because chance picked a stretch to ask about, with the smallest chance. */
export async function pickedByChance(wheel: Wheel, { start, end }: Block, labels: readonly Label[], { store }: Pick<Ports, "store">): Promise<{ chance: number; byLot: Label[]; sure: Label[] }> {
  const audits = await store.records.questions({ wheel: wheel.id, reason: "audit", state: "answered", start, end });
  const answers = new Set(audits.flatMap(({ label, others }) => [label, ...others]));
  const isByLot = ({ id }: Label): boolean => answers.has(id);
  return { chance: Math.min(1, ...audits.map(({ probability }) => probability)), byLot: labels.filter(isByLot), sure: labels.filter((label) => !isByLot(label)) };
}

/**
 * The smallest chance with which a quiet stretch of a wheel has been asked about; 1 where nothing has, so that what is
 * known hangs on nobody's alarms, `null` where people are asked about alarms alone.
 */
export async function auditChance(wheel: Wheel, { store }: Pick<Ports, "store">): Promise<number | null> {
  const audits = await store.records.questions({ wheel: wheel.id, reason: "audit" });
  if (audits.length > 0) return Math.min(...audits.map(({ probability }) => probability));
  return (await store.records.questions({ wheel: wheel.id, limit: 1 })).length > 0 ? null : 1;
}
