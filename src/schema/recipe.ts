import { z } from "zod";

/** A way to make a model: a feature map, a learner and its parameters. Named by all three. */
export const Recipe = z.object({
  name: z.string().min(1),
  version: z.int().min(1),
  learner: z.string().min(1),
  map: z.string().min(1),
  params: z.record(z.string(), z.number()),
  /** Most that what models or simulators made weighs in it, against what is real of each class. Absent: nothing of that teaches. */
  generated: z.number().positive().max(0.6).optional(),
});
export type Recipe = z.infer<typeof Recipe>;
