import { z } from "zod";
import { Id } from "./id.ts";
import { Origin } from "./origin.ts";
import { Micros } from "./time.ts";

/** What neither teaches nor proves because of who made it. It holds no name of a person. */
export const Refused = z.object({
  /** `answer`: turned away at the door, and not kept but for this. The others are in the records and left out of use. */
  what: z.enum(["answer", "label", "block"]),
  /** Of the label or block; of an answer, the one that it would have had. */
  id: Id,
  asset: Id,
  start: Micros,
  end: Micros,
  origin: Origin,
  /** How many answers were turned away together, as a table of them; then start and end are those of all, and the id is of the first. Left out for one. */
  count: z.int().min(2).optional(),
  /** When it was said, or filed. */
  at: Micros,
  code: z.string(),
  why: z.string(),
});
export type Refused = z.infer<typeof Refused>;
