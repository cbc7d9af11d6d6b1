import { z } from "zod";
import { Id } from "../schema/id.ts";
import { Inflow } from "../schema/inflow.ts";
import type { App, Ground } from "./app.ts";

/** A sample stream: what a connector has sent of a signal, of which origin, in which hours, taken in by which software. */
export const InflowView = Inflow.extend({ signal: Id, asset: Id, name: z.string(), assetName: z.string() });
export const InflowList = z.object({ inflows: z.array(InflowView) });
export type InflowList = z.infer<typeof InflowList>;

export function inflowRoutes(app: App, { site }: Ground): void {
  const schema = { tags: ["signals"], summary: "Sample streams: which connector has sent which signals, in which hours; what is older than that was kept is in none", response: { 200: InflowList } };
  app.get("/api/v1/inflows", { schema }, async () => ({ inflows: await site.inflows() }));
}
