import { z } from "zod";
import { Id, Revision } from "./id.ts";
import { Interval } from "./time.ts";

/**
 * What is usual for an asset in one operating regime: for each signal its centre, how far its
 * level wanders (spread) and how far readings scatter about it (noise), in the signal's own unit, learnt
 * from `span`. A run that brings its own warm-up has one of its own.
 */
export const Baseline = z.object({
  id: Id,
  asset: Id,
  regime: z.string(),
  revision: Revision,
  span: Interval,
  signals: z.array(Id),
  centre: z.array(z.number()),
  spread: z.array(z.number().positive()),
  noise: z.array(z.number().positive()),
});
export type Baseline = z.infer<typeof Baseline>;
