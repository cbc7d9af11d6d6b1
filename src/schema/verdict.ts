import { z } from "zod";
import { Digest } from "./id.ts";

/**
 * The outcome of a proof: the decision, why, and the figures behind it. `ask`: the challenger is proven, and a person says
 * whether it goes into force.
 */
export const Verdict = z.object({
  decision: z.enum(["promote", "shadow", "keep", "not-enough-events", "rollback", "ask"]),
  challenger: Digest.nullable(),
  champion: Digest.nullable(),
  /** Sentences with figures, most important first. */
  reasons: z.array(z.string()).min(1),
  figures: z.object({
    blocks: z.int().min(0),
    events: z.int().min(0),
    championLoss: z.number().nullable(),
    challengerLoss: z.number().nullable(),
    /** Champion's loss minus challenger's: above 0 the challenger is better. */
    gain: z.number().nullable(),
    gainLower: z.number().nullable(),
    examBlocks: z.int().min(0),
    examGain: z.number().nullable(),
    /** Of another recipe than the one in force: evidence that it is better, that it is worse by the margin (the most it has been), the former by now, and from signs alone, which is shown and never decides. */
    evidence: z.object({ better: z.number().min(0), worse: z.number().min(0), now: z.number().min(0).optional(), signs: z.number().min(0), blocksToGo: z.int().min(0).nullable() }).optional(),
  }),
});
export type Verdict = z.infer<typeof Verdict>;
