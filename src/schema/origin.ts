import { z } from "zod";

/** Who made a sample, a block or a label. What a model said is never evidence about a model. */
export const Origin = z.enum(["sensor", "person", "measurement", "model", "simulator"]);
export type Origin = z.infer<typeof Origin>;

/** Origins that may teach and prove. A simulated site proves itself against its simulator only. */
export const isReal = (origin: Origin): boolean => origin !== "model";
