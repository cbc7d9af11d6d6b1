import { z } from "zod";
import { Digest, Id } from "./id.ts";
import { Origin } from "./origin.ts";
import { Quality } from "./quality.ts";
import { Micros } from "./time.ts";

/** A stretch of fast readings: vibration, sound, a current trace. `rate` is in hertz. */
export const Burst = z.object({ start: Micros, rate: z.number().positive(), values: z.instanceof(Float32Array) });
export type Burst = z.infer<typeof Burst>;

/** A picture: the digest of a file in `blobs/`. */
export const Picture = z.object({ digest: Digest });
export type Picture = z.infer<typeof Picture>;

/** One reading of one signal. Of equal signal and time, the highest sequence is the one that counts. */
export const Sample = z.object({
  signal: Id,
  time: Micros,
  received: Micros,
  sequence: z.int().min(0),
  quality: Quality,
  origin: Origin,
  value: z.union([z.number(), z.string(), z.boolean(), Burst, Picture]),
});
export type Sample = z.infer<typeof Sample>;

/**
 * Numbers of one signal that arrived together, as columns: the form in which files and fast devices
 * hand over samples. `NaN` is "the source said nothing here" and is not stored.
 */
export interface Series {
  readonly signal: Id;
  readonly times: Float64Array; // UTC microseconds, any order
  readonly values: Float64Array;
  readonly quality: Quality;
  readonly origin: Origin;
}
