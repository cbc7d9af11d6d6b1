import { existsSync } from "node:fs";
import { join } from "node:path";
import files from "@fastify/static";
import type { App } from "./app.ts";

/**
 * The page and its files, to anybody: what it shows, it asks for with a token.
 *
 * Files under `assets/` are named by their content and never change. Without a built page there is none.
 */
export async function pageRoutes(app: App, directory: string | undefined): Promise<void> {
  if (directory === undefined || !existsSync(join(directory, "index.html"))) return;
  await app.register(async (pages) => {
    pages.addHook("onRoute", (route) => {
      route.config = { ...route.config, open: true };
      route.schema = { ...route.schema, hide: true };
    });
    await pages.register(files, {
      root: directory,
      dotfiles: "deny",
      index: ["index.html"],
      cacheControl: false,
      setHeaders: (response, path) => void response.header("cache-control", path.startsWith(join(directory, "assets")) ? "public, max-age=31536000, immutable" : "no-cache"),
    });
  });
}
