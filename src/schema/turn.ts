import { z } from "zod";
import { Digest, Id, Revision } from "./id.ts";
import { InputShift } from "./input-shift.ts";
import { Micros } from "./time.ts";
import { Verdict } from "./verdict.ts";

export const Trigger = z.enum(["first", "answers", "drift", "clock", "hand"]);
export type Trigger = z.infer<typeof Trigger>;

/** What it takes to make a turn's models again, beside its blocks. */
export const Making = z.object({
  wheelRevision: Revision,
  /** How far the ledger went when the turn began, and when it was over: the labels it read are those in between. */
  ledger: z.object({ from: z.int().min(0), to: z.int().min(0) }),
  /** Revisions above 1 of what it read: blocks and signals. */
  revisions: z.record(Id, Revision),
  /** The block whose warm-up alone taught; `null` where whole blocks did. */
  warmUp: Id.nullable(),
  /** What made it: versions in words, the digest of the code, the kind of processor. */
  build: z.object({ version: z.string().max(200), code: Digest, cpu: z.string().max(200) }),
});
export type Making = z.infer<typeof Making>;

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
  /** What models or simulators made weighs so much, against what is real, in the challenger with most of it. Absent: in none. */
  generated: z.number().positive().optional(),
  verdict: Verdict.nullable(),
  /** Signals that had shifted when it was over: a warning. Absent where none had. */
  inputShifts: z.array(InputShift).optional(),
  /** Absent of turns from before it was kept. */
  making: Making.optional(),
});
export type Turn = z.infer<typeof Turn>;
