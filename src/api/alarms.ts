import { z } from "zod";
import { Alarm } from "../schema/alarm.ts";
import { Event } from "../schema/event.ts";
import { Id } from "../schema/id.ts";
import { Micros } from "../schema/time.ts";
import type { App, Ground } from "./app.ts";
import { Refusal } from "./refusal.ts";

/** An alarm and the event it asks about, with the signals to blame. */
export const AlarmView = z.object({ alarm: Alarm, event: Event.nullable() });
export type AlarmView = z.infer<typeof AlarmView>;

export const AlarmList = z.object({ alarms: z.array(AlarmView) });
export type AlarmList = z.infer<typeof AlarmList>;

export const AlarmQuery = z.object({ state: Alarm.shape.state.optional(), limit: z.coerce.number().int().min(1).max(1000).default(100) });
export type AlarmQuery = z.infer<typeof AlarmQuery>;

const By = z.string().trim().min(1).max(200);

export const AcknowledgeBody = z.object({ by: By });
export type AcknowledgeBody = z.infer<typeof AcknowledgeBody>;

export const ShelveBody = z.object({ by: By, until: Micros });
export type ShelveBody = z.infer<typeof ShelveBody>;

export const AlarmChanged = z.object({ alarm: Alarm });
export type AlarmChanged = z.infer<typeof AlarmChanged>;

export function alarmRoutes(app: App, { site }: Ground): void {
  const { records } = site.store;
  const tags = ["alarms"];
  const params = z.object({ id: Id });
  const response = { 200: AlarmChanged, 404: Refusal, 409: Refusal };

  app.get("/api/v1/alarms", { schema: { tags, summary: "The newest alarms, in order of since when", querystring: AlarmQuery, response: { 200: AlarmList } } }, async ({ query: { state, limit } }) => {
    const alarms = (await records.alarms(state === undefined ? {} : { state })).slice(-limit);
    return { alarms: await Promise.all(alarms.map(async (alarm) => ({ alarm, event: await records.event(alarm.event) }))) };
  });

  app.post("/api/v1/alarms/:id/acknowledge", { schema: { tags, summary: "Say that an alarm has been seen", params, body: AcknowledgeBody, response } }, async ({ params: { id }, body }) => ({
    alarm: await site.acknowledge(id, body.by),
  }));

  app.post("/api/v1/alarms/:id/shelve", { schema: { tags, summary: "Keep an alarm out of sight until a time", params, body: ShelveBody, response } }, async ({ params: { id }, body }) => ({
    alarm: await site.shelve(id, body.by, body.until),
  }));
}
