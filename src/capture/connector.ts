import type { z } from "zod";
import type { Origin } from "../schema/origin.ts";
import type { Quality } from "../schema/quality.ts";
import type { Micros } from "../schema/time.ts";

/** One value as a source gave it, before it belongs to a signal. */
export interface Reading {
  /** Names from the outermost asset to the signal, `press-shop/line-2/pump/pressure`: at least two. */
  readonly path: string;
  /** When it was true at the source; arrival time when the source did not say. */
  readonly time: Micros;
  readonly value: number | string | boolean;
  readonly quality: Quality;
  /** UCUM code when the source gives one. */
  readonly unit?: string | null;
}

/** Why something was left out: a stable word to count by, and what was seen. */
export interface Rejection {
  readonly reason: "malformed" | "too-large" | "not-a-number" | "bad-name" | "bad-time" | "wrong-type" | "unit-changed" | "not-allowed" | "overload";
  readonly seen: string;
}

/** Readings that arrived together. The source may forget them once `ack` is called, not before. */
export interface Batch {
  readonly readings: readonly Reading[];
  /** Counted, never thrown. */
  readonly rejected: readonly Rejection[];
  readonly origin: Origin;
  /** The samples would now survive a power cut. */
  ack(): void;
  /** They could not be stored: the source should offer them again. */
  refuse(error: Error): void;
}

/**
 * A source of telemetry.
 *
 * `open` yields until `stop` aborts, then ends quietly; an empty batch first says that the link is up.
 * When the link breaks it throws, and the capture loop opens it again with backoff: a connector never
 * retries on its own. It does not take the next batch from its source while too many wait to be
 * acknowledged. `test/conformance/connector.ts` holds every connector to this.
 */
export interface Connector<Options> {
  readonly name: string;
  readonly options: z.ZodType<Options>;
  open(options: Options, stop: AbortSignal): AsyncIterable<Batch>;
}
