import { z } from "zod";
import { Id } from "./id.ts";
import { Micros } from "./time.ts";

/** A machine, or a part of one, that is watched. */
export const Asset = z.object({
  id: Id,
  site: Id,
  parent: Id.nullable(),
  name: z.string().min(1).max(200),
  createdAt: Micros,
});
export type Asset = z.infer<typeof Asset>;
