import { z } from "zod";
import { Id } from "./id.ts";
import { Micros } from "./time.ts";

/** One thing that happened to an alarm: who did it, `null` for the site itself, and when. */
export const AlarmStep = z.object({
  at: Micros,
  did: z.enum(["raised", "acknowledged", "cleared", "shelved", "re-armed"]),
  by: z.string().max(200).nullable(),
});
export type AlarmStep = z.infer<typeof AlarmStep>;

/**
 * An event that asks a person to act; states as in OPC UA Part 9 (after ISA 18.2).
 *
 * `active` until someone acknowledges it or its event ends; `cleared` stays in view until it has been
 * acknowledged; `shelved` until a time, whatever its event does. `since` and `by` are of the state.
 */
export const Alarm = z.object({
  id: Id,
  site: Id,
  event: Id,
  state: z.enum(["active", "acknowledged", "cleared", "shelved"]),
  since: Micros,
  by: z.string().nullable(),
  /** What raises it, an asset's wheel or signal: a shelf holds back its next events too. */
  source: z.string().max(300).optional(),
  /** Nobody needs to look at it any more. */
  done: z.boolean().optional(),
  /** Whether somebody has acknowledged it since it was last raised or re-armed. */
  acknowledged: z.boolean().optional(),
  /** When its event ended; `null` while it lasts. */
  clearedAt: Micros.nullable().optional(),
  /** When the shelf ends; `null` when it is not shelved. */
  shelvedUntil: Micros.nullable().optional(),
  /** Everything that happened to it, oldest first; of very many steps the first and the newest. */
  history: z.array(AlarmStep).optional(),
});
export type Alarm = z.infer<typeof Alarm>;
