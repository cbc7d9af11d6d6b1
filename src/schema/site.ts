import { z } from "zod";
import { Id } from "./id.ts";
import { Micros } from "./time.ts";

/** One plant or workshop: one process, one data directory. */
export const Site = z.object({ id: Id, name: z.string().min(1).max(200), createdAt: Micros });
export type Site = z.infer<typeof Site>;
