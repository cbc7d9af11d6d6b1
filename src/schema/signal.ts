import { z } from "zod";
import { Id, Revision } from "./id.ts";
import { Micros, Span } from "./time.ts";

/** What a signal is for. Only `measured` and `set-point` signals feed a model unless told otherwise. */
export const Role = z.enum(["measured", "set-point", "state", "counter", "energy-meter"]);
export type Role = z.infer<typeof Role>;

export const ValueType = z.enum(["number", "text", "flag", "burst", "picture"]);
export type ValueType = z.infer<typeof ValueType>;

/** What a signal can read at all, in its own unit; `null` for no limit on that side. */
export const Limits = z
  .object({ low: z.number().nullable(), high: z.number().nullable() })
  .refine(({ low, high }) => low === null || high === null || low < high, "the low limit must lie below the high one");
export type Limits = z.infer<typeof Limits>;

/** One measured quantity of an asset. `key` is its small number in the sample store, unique per site. */
export const Signal = z.object({
  id: Id,
  site: Id,
  asset: Id,
  key: z.int().min(1),
  name: z.string().min(1).max(500),
  revision: Revision,
  valueType: ValueType,
  role: Role,
  /** UCUM code; `null` when nobody has said. */
  unit: z.string().max(60).nullable(),
  /** Expected time between samples; `null` when irregular or unknown. */
  period: Span.nullable(),
  /** Readings beyond are events of their own; left out or `null` when nobody has said. */
  limits: Limits.nullable().optional(),
  createdAt: Micros,
});
export type Signal = z.infer<typeof Signal>;
