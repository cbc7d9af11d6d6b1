import { z } from "zod";
import { Digest, Id } from "./id.ts";

/** Rows by truth and alarm; rows of unknown score or truth are counted apart. */
export const RowCounts = z.object({
  truePositive: z.int().min(0),
  falsePositive: z.int().min(0),
  falseNegative: z.int().min(0),
  trueNegative: z.int().min(0),
  unknown: z.int().min(0),
});
export type RowCounts = z.infer<typeof RowCounts>;

/** Answers that came with a chance of being right: how many, the sum of the chances, and how many were right. */
export const Sureness = z.object({ answers: z.int().min(1), claimed: z.number().min(0), right: z.int().min(0) });
export type Sureness = z.infer<typeof Sureness>;

/** Judged rows of one class, by the number that the wheel has given it, and how many of them were called so. */
export const ClassRows = z.object({ code: z.int().min(0), rows: z.int().min(1), right: z.int().min(0) });
export type ClassRows = z.infer<typeof ClassRows>;

/** How one model did on one block once its truth was known. `loss` is 0 (perfect) to 1. */
export const BlockLoss = z.object({
  block: Id,
  blockRevision: z.int().min(1),
  /** Digest of the labels that were the truth. */
  labelsDigest: Digest,
  wheel: Id,
  model: Digest,
  recipe: z.string(),
  /** `recipe`: judged on arrival, by a model taught on earlier blocks. `model`: exam, on the very bytes. */
  evidence: z.enum(["recipe", "model"]),
  loss: z.number().min(0).max(1),
  faults: z.int().min(0),
  found: z.int().min(0),
  missed: z.int().min(0),
  falseAlarms: z.int().min(0),
  /** Hours from a fault's start to its first alarm, mean over the found ones; `null` without any. */
  delayHours: z.number().min(0).nullable(),
  judgedHours: z.number().min(0),
  counts: RowCounts,
  /**
   * Where some of the truth is known because chance picked a stretch to ask about: that chance, the loss by that truth
   * alone, and by the rest. `null` where nothing can be said by it.
   */
  audited: z.object({ chance: z.number().positive().max(1), loss: z.number().min(0).max(1).nullable(), sure: z.number().min(0).max(1).nullable() }).optional(),
  /** Of classes only. */
  classes: z.array(ClassRows).optional(),
  /** Where the model was run with the truth at hand, and says how sure it is. */
  sureness: Sureness.optional(),
});
export type BlockLoss = z.infer<typeof BlockLoss>;
