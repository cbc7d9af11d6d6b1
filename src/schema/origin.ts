import { z } from "zod";
import { originWords } from "./codes.ts";

/** Who made a sample, a block or a label. What a model said is never evidence about a model. */
export const Origin = z.enum(originWords);
export type Origin = z.infer<typeof Origin>;

/** Why something must neither teach nor prove: a code for programs, a sentence for people. */
export interface OriginRefusal {
  readonly code: "prove.model-made" | "prove.simulated" | "prove.not-simulated";
  readonly why: string;
}

/** What something is wanted for: to teach, to calibrate a threshold or an interval by, for the exam, or as evidence at the gate. */
export type Purpose = "train" | "threshold" | "exam" | "gate";

const refusals = {
  model: { code: "prove.model-made", why: "a model made it, and what models say is no evidence about a model" },
  simulated: { code: "prove.simulated", why: "a simulator made it, and this is about a plant" },
  notSimulated: { code: "prove.not-simulated", why: "it is of a plant, and this is about a simulator" },
} satisfies Record<string, OriginRefusal>;

/**
 * The one rule of origin: what may teach, set thresholds, sit in an exam or count at the gate.
 *
 * What a model made, never. What a simulator made, about simulated production alone: a simulated plant teaches and proves
 * its own wheels, and nothing of it reaches those of a plant, nor the other way round. What people and measurements
 * say counts about either. Of these, what is *generated* (made by a model, or simulated about a plant) may teach, and
 * nothing else, where the wheel's policy lets it.
 *
 * Input:   who made it, and who made the samples it is to speak of: those of its block, or of the asset's first block;
 *          what it is wanted for; the wheel's `policy.generated`, without which nothing generated teaches.
 * Returns: `null` where it may.
 */
export function refusalOf(origin: Origin, about: Origin, purpose: Purpose, generated = 0): OriginRefusal | null {
  const isSimulated = origin === "simulator" && about !== "simulator";
  if (origin === "model" || isSimulated) return purpose === "train" && generated > 0 ? null : isSimulated ? refusals.simulated : refusals.model;
  return origin === "sensor" && about === "simulator" ? refusals.notSimulated : null;
}

/** Who made a block whose samples have these origins: the least trusted of them. */
export function blockOrigin(origins: readonly Origin[]): Origin {
  if (origins.includes("model")) return "model";
  return origins.includes("simulator") ? "simulator" : "sensor";
}
