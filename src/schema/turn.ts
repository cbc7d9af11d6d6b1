import { z } from "zod";
import { Digest, Id } from "./id.ts";
import { Micros } from "./time.ts";
import { Verdict } from "./verdict.ts";

export const Trigger = z.enum(["first", "answers", "drift", "clock", "hand"]);
export type Trigger = z.infer<typeof Trigger>;

/** One pass of a wheel: choose, learn, prove, verdict, deploy, record. */
export const Turn = z.object({
  id: Id,
  site: Id,
  wheel: Id,
  number: z.int().min(1),
  trigger: Trigger,
  /** `started` until its ledger entry is written; one found `started` was cut off, and the next turn takes it up. */
  state: z.enum(["started", "recorded"]),
  startedAt: Micros,
  finishedAt: Micros.nullable(),
  blocks: z.array(Id),
  labels: z.int().min(0),
  challengers: z.array(Digest),
  verdict: Verdict.nullable(),
});
export type Turn = z.infer<typeof Turn>;
