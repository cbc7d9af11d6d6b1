import { z } from "zod";
import type { App, Ground } from "./app.ts";

export const Health = z.object({ alive: z.literal(true), version: z.string() });
export type Health = z.infer<typeof Health>;

/** `reasons` may hold some when ready: a degraded site takes samples and says what is amiss. */
export const Readiness = z.object({ ready: z.boolean(), reasons: z.array(z.string()) });
export type Readiness = z.infer<typeof Readiness>;

export function healthRoutes(app: App, { site }: Ground, version: string): void {
  const tags = ["health"];
  app.get("/healthz", { config: { open: true }, schema: { tags, summary: "The process is alive", response: { 200: Health } } }, async () => ({ alive: true as const, version }));

  app.get("/readyz", { config: { open: true }, schema: { tags, summary: "The site takes samples in; why not, or what is amiss", response: { 200: Readiness, 503: Readiness } } }, async (request, reply) => {
    const { ready, reasons } = site.status();
    // Anybody may ask whether it is ready; why not is for those who may ask anything.
    return await reply.code(ready ? 200 : 503).send({ ready, reasons: request.mayAsk ? [...reasons] : [] });
  });
}
