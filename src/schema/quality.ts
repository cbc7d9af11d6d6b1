import { z } from "zod";
import { qualityWords } from "./codes.ts";

/** What the source says of a sample; `bad-clock` is ours: its time lay over five minutes ahead. */
export const Quality = z.enum(qualityWords);
export type Quality = z.infer<typeof Quality>;
