import { z } from "zod";

/** What the source says of a sample; `bad-clock` is ours: its time lay over five minutes ahead. */
export const Quality = z.enum(["good", "uncertain", "bad", "bad-clock"]);
export type Quality = z.infer<typeof Quality>;
