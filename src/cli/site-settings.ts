import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { MillraceError } from "../errors.ts";
import { Settings } from "../schema/settings.ts";

/** What `site.json` in the data directory says; defaults where it says nothing or is not there. */
export function readSettings(directory: string): Settings {
  const path = join(directory, "site.json");
  if (!existsSync(path)) return Settings.parse({});
  const parsed = Settings.safeParse(parse(path));
  if (parsed.success) return parsed.data;
  throw badSettings(path, z.prettifyError(parsed.error).replaceAll(/\s+/g, " ").slice(0, 300));
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw badSettings(path, error instanceof Error ? error.message : String(error));
  }
}

function badSettings(path: string, seen: string): MillraceError {
  return new MillraceError("site.bad-settings", `Cannot use ${JSON.stringify(path)}: ${seen}`, {
    hint: "Correct the file, or move it away to start with the defaults; docs/reference/settings.md lists what it may hold.",
  });
}
