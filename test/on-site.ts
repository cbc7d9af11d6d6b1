import { join } from "node:path";
import { openSite, type Site, type SiteOptions } from "../src/site.ts";
import { steadyClock, temporaryDirectory } from "./synthetic.ts";

/** Does something on a new site, by a steady clock, in the folder `site` of a directory that is gone afterwards. */
export async function onSite<T>(work: (site: Site, directory: string) => Promise<T>, options: SiteOptions = {}): Promise<T> {
  const { path, remove } = temporaryDirectory();
  const site = await openSite(join(path, "site"), { create: true, now: steadyClock(), ...options });
  try {
    return await work(site, path);
  } finally {
    await site.close();
    remove();
  }
}
