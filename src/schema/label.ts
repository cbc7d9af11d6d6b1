import { z } from "zod";
import { Id, Revision } from "./id.ts";
import { Origin } from "./origin.ts";
import { Says, TargetName } from "./target.ts";
import { Micros } from "./time.ts";

export const Answer = z.enum(["fault", "normal", "unsure"]);
export type Answer = z.infer<typeof Answer>;

/**
 * What a person or a measurement said of an interval. Disagreement is kept; "unsure" teaches nothing.
 * `faultKind` is the operator's word; `scoreShown` says whether the model's opinion was in view.
 *
 * A label about a `target` says nothing of the condition, so its answer is "unsure"; what it says is in
 * `says`. At an instant it lasts one microsecond.
 */
export const Label = z.object({
  id: Id,
  site: Id,
  asset: Id,
  event: Id.nullable(),
  start: Micros,
  end: Micros,
  answer: Answer,
  faultKind: z.string().max(200).nullable(),
  /** Left out or `null` for labels of the condition. */
  target: TargetName.nullable().optional(),
  says: Says.nullable().optional(),
  author: z.string().min(1).max(200),
  certainty: z.number().min(0).max(1),
  knownAt: Micros,
  revision: Revision,
  origin: Origin,
  scoreShown: z.boolean(),
  withdrawn: z.boolean(),
});
export type Label = z.infer<typeof Label>;
