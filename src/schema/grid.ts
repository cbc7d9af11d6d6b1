import { z } from "zod";
import { Span } from "./time.ts";

/**
 * What makes rows of unlike signals: a tick every `period` holds each signal's last value no older
 * than `hold`, else NaN, and closes `lateness` after its time.
 */
export const Grid = z.object({ period: Span.min(1), hold: Span, lateness: Span });
export type Grid = z.infer<typeof Grid>;
