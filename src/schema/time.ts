import { z } from "zod";

export { day, hour, minute, second } from "./lengths.ts";

/** A point in time: microseconds since 1970-01-01 UTC, exact in a double. */
export const Micros = z.int();
export type Micros = z.infer<typeof Micros>;

/** A length of time in microseconds. */
export const Span = z.int().min(0);

/** From `start` up to but not including `end`. */
export const Interval = z
  .object({ start: Micros, end: Micros })
  .refine(({ start, end }) => end > start, "the end must lie after the start");
export type Interval = z.infer<typeof Interval>;
