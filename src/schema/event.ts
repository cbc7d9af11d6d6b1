import { z } from "zod";
import { Digest, Id } from "./id.ts";
import { Micros } from "./time.ts";

/** In place of wheel, model and block: what a watch on the signals themselves found, no wheel found. */
export const noWheel: Id = "0".repeat(26);
export const noBlock: Id = "0".repeat(26);
export const noModel: Digest = "0".repeat(64);

/** Something with a start and an end that a wheel's model, or a watch on the signals, found on an asset. */
export const Event = z.object({
  id: Id,
  site: Id,
  asset: Id,
  wheel: Id,
  model: Digest,
  block: Id,
  kind: z.enum(["condition", "unknown", "stale", "stuck", "out-of-range", "missing", "bad-clock"]),
  start: Micros,
  /** `null` while it lasts. */
  end: Micros.nullable(),
  /** The highest score, or for a signal how long or how far beyond its limit, as a multiple of the threshold. */
  peak: z.number(),
  peakAt: Micros,
  /** Share of the score at the peak, by signal id, largest first; sums to 1. */
  contributions: z.array(z.object({ signal: Id, share: z.number() })),
  /** The one signal that it is about; absent when it is about the asset. */
  signal: Id.optional(),
  /** What was seen, in words; absent where the score says it. */
  seen: z.string().max(300).optional(),
});
export type Event = z.infer<typeof Event>;
