import { z } from "zod";
import { Digest, Id } from "./id.ts";
import { Origin } from "./origin.ts";
import { Recipe } from "./recipe.ts";
import { Micros } from "./time.ts";

/** A model is one ONNX file, named by the digest of its bytes; this is what is known about it. */
export const Model = z.object({
  digest: Digest,
  site: Id,
  wheel: Id,
  turn: Id,
  recipe: Recipe,
  mapDigest: Digest,
  /** Digest of the set of sums it was solved from. */
  totalDigest: Digest,
  blocks: z.array(Id),
  /** What models or simulators made of what taught it: the blocks, or those with their labels, and how much it all weighs against what is real. Absent: nothing. */
  generated: z.object({ blocks: z.array(Id), weight: z.number().positive() }).optional(),
  /** The score from which a row alarms; scores are scaled so that it is 1. */
  threshold: z.number(),
  /** Without enough held-out blocks the threshold is a stated guess. */
  provisional: z.boolean(),
  bytes: z.int().min(1),
  createdAt: Micros,
  /** Who made what it learnt from: the least trusted of its blocks. Left out of models from before it was kept, as is the next. */
  origin: Origin.optional(),
  /** The version of the software that made it; its turn tells the rest of the build. */
  software: z.string().max(100).optional(),
});
export type Model = z.infer<typeof Model>;
