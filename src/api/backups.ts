import { isAbsolute } from "node:path";
import { z } from "zod";
import { backupSite, Manifest } from "../store/backup.ts";
import type { App, Ground } from "./app.ts";
import { Refusal } from "./refusal.ts";

export const BackupBody = z.object({
  /** A directory on the site's machine that is not there yet or is empty. */
  target: z.string().min(1).max(4000).refine(isAbsolute, "an absolute path is needed"),
});
export type BackupBody = z.input<typeof BackupBody>;

export function backupRoutes(app: App, { site }: Ground): void {
  const schema = { tags: ["site"], summary: "Write a backup while the site goes on: all that was acknowledged before", body: BackupBody, response: { 200: Manifest, 400: Refusal, 409: Refusal, 503: Refusal } };
  app.post("/api/v1/backup", { schema }, async ({ body: { target } }) => await backupSite(site.store, target));
}
