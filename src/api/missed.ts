import { z } from "zod";
import { Id } from "../schema/id.ts";
import { Interval, Micros, Span } from "../schema/time.ts";
import type { App, Ground } from "./app.ts";
import { notFound, Refusal } from "./refusal.ts";

/** A figure with its interval at 95 %, two-sided; all three `null` while nothing is known. */
const Bounded = z.object({ estimate: z.number().nullable(), low: z.number().nullable(), high: z.number().nullable() });

/** What a wheel says nothing about, measured by asking about quiet stretches picked by chance. */
export const MissedView = z.object({
  /** Over which time. */
  interval: Interval,
  /** Length of a stretch, microseconds. */
  stretch: Span,
  /** Share of quiet stretches that held a fault nobody was told of, 0 to 1. */
  share: Bounded,
  /** The same as a number of stretches. */
  missed: Bounded,
  /** Of all stretches with a fault, the share that nobody was told of, 0 to 1. */
  missedOfFaults: Bounded,
  /** How many quiet stretches there were, as the chances say. */
  quiet: z.number(),
  /** Stretches with an event that was answered as a fault, and those with events that nobody answered. */
  found: z.int(),
  unanswered: z.int(),
  /** Audits answered as fault or normal, and about how many it takes. */
  have: z.int(),
  need: z.int(),
  isEnough: z.boolean(),
  /** In a sentence. */
  text: z.string(),
});
export type MissedView = z.infer<typeof MissedView>;

export const MissedQuery = z.object({
  /** The last 30 days unless said. */
  since: z.coerce.number().pipe(Micros).optional(),
});
export type MissedQuery = z.infer<typeof MissedQuery>;

export function missedRoutes(app: App, { site }: Ground): void {
  const schema = { tags: ["wheels"], summary: "How much a wheel misses, from audits, with the range it may lie in", params: z.object({ id: Id }), querystring: MissedQuery, response: { 200: MissedView, 404: Refusal } };
  app.get("/api/v1/wheels/:id/missed", { schema }, async ({ params: { id }, query: { since } }) => {
    const wheel = await site.store.records.wheel(id);
    if (wheel?.id !== id) throw notFound(`wheel ${id}`);
    return await site.missed(wheel, since);
  });
}
