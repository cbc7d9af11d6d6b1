import { z } from "zod";
import { Micros } from "./time.ts";

/**
 * What a model in force says of a target now. Where it can say nothing there is no answer: never a number
 * that was made up.
 *
 * `since`: of a class, from when on it has been this one; of a number, from when on it has been known
 * without a break. Of a number `low` and `high` hold the truth nine times in ten, once enough blocks bear
 * that out.
 */
export const TargetAnswer = z.discriminatedUnion("what", [
  z.object({ what: z.literal("value"), time: Micros, since: Micros, value: z.number(), low: z.number().nullable(), high: z.number().nullable(), unit: z.string().nullable() }),
  z.object({
    what: z.literal("class"),
    time: Micros,
    since: Micros,
    /** `null` for none of the known classes. */
    class: z.string().nullable(),
    /** Of the likeliest class. */
    probability: z.number().min(0).max(1),
    /** Of each known class, the likeliest first. */
    probabilities: z.array(z.object({ class: z.string(), probability: z.number().min(0).max(1) })),
  }),
]);
export type TargetAnswer = z.infer<typeof TargetAnswer>;
