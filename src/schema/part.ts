import { z } from "zod";
import { Id } from "./id.ts";
import { Micros } from "./time.ts";

/** One piece that was made; a block's context names the parts made in it. */
export const Part = z.object({
  id: Id,
  site: Id,
  serial: z.string().min(1).max(200),
  product: z.string().nullable(),
  madeAt: Micros.nullable(),
});
export type Part = z.infer<typeof Part>;
