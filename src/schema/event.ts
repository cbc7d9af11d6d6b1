import { z } from "zod";
import { Digest, Id } from "./id.ts";
import { Micros } from "./time.ts";

/** Something with a start and an end that a wheel's model found on an asset. */
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
  /** The highest score, as a multiple of the threshold. */
  peak: z.number(),
  peakAt: Micros,
  /** Share of the score at the peak, by signal id, largest first; sums to 1. */
  contributions: z.array(z.object({ signal: Id, share: z.number() })),
});
export type Event = z.infer<typeof Event>;
