import { z } from "zod";
import { Digest, Id, Revision } from "./id.ts";
import { Origin } from "./origin.ts";
import { Says, TargetName } from "./target.ts";
import { Micros } from "./time.ts";

export const Answer = z.enum(["fault", "normal", "unsure"]);
export type Answer = z.infer<typeof Answer>;

/** How a label came about, which says more than its origin does: a value of the laboratory and a recorded truth are both measurements. */
export const Told = z.enum(["operator", "work-order", "laboratory", "recorded-truth", "model", "simulator"]);
export type Told = z.infer<typeof Told>;

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
  /** Left out of labels from before it was kept, as are the two below: unknown. */
  told: Told.optional(),
  /** The version of the software that wrote this revision. */
  software: z.string().max(100).optional(),
  /** The model in force for what it is about when it was given, whose score was shown or, with `scoreShown` false, was not; `null` where there was none. */
  model: Digest.nullable().optional(),
});
export type Label = z.infer<typeof Label>;
