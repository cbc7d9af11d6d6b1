import { z } from "zod";
import { Id } from "./id.ts";
import { Micros } from "./time.ts";

/** An event that asks a person to act; states as in OPC UA Part 9 (after ISA 18.2). */
export const Alarm = z.object({
  id: Id,
  site: Id,
  event: Id,
  state: z.enum(["active", "acknowledged", "cleared", "shelved"]),
  since: Micros,
  by: z.string().nullable(),
});
export type Alarm = z.infer<typeof Alarm>;
