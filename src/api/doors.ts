import { z } from "zod";
import { Micros } from "../schema/time.ts";
import type { App, Ground } from "./app.ts";

const Counts = z.record(z.string(), z.int());

/** How samples come in and alarms go out, as of now. Counts are since the start, by reason where it has some. */
export const DoorsView = z.object({
  /** Readings of all doors. */
  samples: z.object({ accepted: z.int(), acknowledged: z.int(), stored: z.int(), duplicate: z.int(), late: z.int(), dropped: Counts }),
  /** The broker inside; `null` when it is switched off. */
  broker: z
    .object({
      url: z.string(),
      connections: z.int(),
      /** At most 100 that are logged in, and when each last said something. */
      clients: z.array(z.object({ id: z.string(), user: z.string(), heard: Micros })),
      received: z.int(),
      sent: z.int(),
      retained: z.int(),
      sessions: z.int(),
      queued: z.int(),
      /** Connections that were ended, and messages that did not reach a subscriber. */
      refused: Counts,
      dropped: Counts,
    })
    .nullable(),
  /** Brokers elsewhere that this site reads from. */
  sources: z.array(z.object({ name: z.string(), state: z.enum(["connecting", "connected", "waiting", "stopped"]), since: Micros, failures: z.int(), lastError: z.string().nullable() })),
  webhooks: z.array(z.object({ url: z.string(), delivered: z.int(), deliveredAt: Micros.nullable(), waiting: z.int(), since: Micros.nullable(), attempts: z.int(), reason: z.string().nullable() })),
  /** At most 20 messages that no webhook took, the newest last. */
  undelivered: z.array(z.object({ id: z.string(), url: z.string(), at: Micros, reason: z.string() })),
  /** Topics whose newest alarm is not published, and why. */
  topics: z.object({ waiting: z.int(), reason: z.string().nullable() }),
});
export type DoorsView = z.infer<typeof DoorsView>;

export function doorRoutes(app: App, { site }: Ground): void {
  app.get("/api/v1/doors", { schema: { tags: ["site"], summary: "How samples come in and alarms go out: clients, other brokers, webhooks, what was dropped and why", response: { 200: DoorsView } } }, async () => {
    const { broker, sources, webhooks, undelivered, topics } = site.doors();
    return {
      samples: { ...site.counters(), dropped: { ...site.counters().dropped } },
      broker: broker === null ? null : viewOf(broker),
      sources: sources.map(({ name, state, since, failures, lastError }) => ({ name, state, since, failures, lastError: lastError?.message ?? null })),
      webhooks: [...webhooks],
      undelivered: [...undelivered],
      topics,
    };
  });
}

type Broker = NonNullable<ReturnType<Ground["site"]["doors"]>["broker"]>;

const viewOf = ({ url, connections, clients, received, sent, retained, sessions, queued, refused, dropped }: Broker): DoorsView["broker"] => ({
  url, connections, clients: [...clients], received, sent, retained, sessions, queued, refused: { ...refused }, dropped: { ...dropped },
});
