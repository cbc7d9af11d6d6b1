import { z } from "zod";
import { originWords } from "./codes.ts";

/** Who made a sample, a block or a label. What a model said is never evidence about a model. */
export const Origin = z.enum(originWords);
export type Origin = z.infer<typeof Origin>;

/** Origins that may teach and prove. A simulated site proves itself against its simulator only. */
export const isReal = (origin: Origin): boolean => origin !== "model";
