import { z } from "zod";
import { Event } from "../schema/event.ts";
import { Id } from "../schema/id.ts";
import { Micros } from "../schema/time.ts";
import type { App, Ground } from "./app.ts";

export const EventList = z.object({ events: z.array(Event) });
export type EventList = z.infer<typeof EventList>;

export const EventQuery = z.object({
  wheel: Id.optional(),
  /** Those that last beyond this time. */
  since: z.coerce.number().pipe(Micros).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
export type EventQuery = z.infer<typeof EventQuery>;

export function eventRoutes(app: App, { site }: Ground): void {
  app.get("/api/v1/events", { schema: { tags: ["events"], summary: "The newest events, in order of their start", querystring: EventQuery, response: { 200: EventList } } }, async ({ query: { wheel, since, limit } }) => ({
    events: await site.store.records.events({ limit, ...(wheel !== undefined && { wheel }), ...(since !== undefined && { since }) }),
  }));
}
