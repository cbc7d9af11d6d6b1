import { z } from "zod";
import { Span } from "./time.ts";

/** The name under which people and laboratories speak of a target: moisture, grade, end of the tool. */
export const TargetName = z.string().trim().min(1).max(200);

/** A unit in which a remaining life is counted, with its length; a wheel without one counts rows of its grid: cycles. */
export const lifeUnits = { s: 1e6, min: 60e6, h: 3600e6, d: 86_400e6 } as const;

/** What a wheel wants to know beside the machine's condition. */
export const Target = z.object({
  name: TargetName,
  /** UCUM code of values; of a remaining life s, min, h or d. `null`: nobody has said, and cycles for a life. */
  unit: z.string().trim().min(1).max(60).nullable(),
  /** How long before its own time a label speaks of too: a sample drawn over ten minutes, a class for the last hour. */
  describes: Span.default(0),
  /** A remaining life beyond this is as good as this; `null` for no cap. In the unit. */
  cap: z.number().positive().nullable().default(null),
  /** An error as bad as any, in the unit: the scale of losses. `null`: three spreads of the first values known, or the cap. */
  worstError: z.number().positive().nullable().default(null),
});
export type Target = z.infer<typeof Target>;

/** What a label says of a target: a number with its unit, a class, or that a life ended. */
export const Says = z.discriminatedUnion("what", [
  z.object({ what: z.literal("value"), value: z.number(), unit: z.string().trim().min(1).max(60).nullable().default(null) }),
  z.object({ what: z.literal("class"), class: z.string().trim().min(1).max(200) }),
  z.object({ what: z.literal("end-of-life") }),
]);
export type Says = z.infer<typeof Says>;
