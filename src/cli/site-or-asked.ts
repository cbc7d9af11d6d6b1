import { MillraceError } from "../errors.ts";
import type { Site } from "../site.ts";
import { readAddress, readControl, type Control } from "../store/lock.ts";
import { dataDirectory, withSite } from "./session.ts";

/** How to ask a site that is up: with the owner's key, or by somebody else with a token. */
export function controlOf(directory: string, token: string | undefined): Control | null {
  const address = readAddress(directory);
  return readControl(directory) ?? (address === null ? null : { address, key: token ?? "", certificate: null });
}

/** Works in the site's directory, or else asks the process that has it open. Throws `store.in-use` when that says not where it can be asked. */
export async function siteOrAsked<T>(data: string | undefined, here: (site: Site) => Promise<T>, asked: (control: Control) => Promise<T>, create = false): Promise<T> {
  try {
    return await withSite(data, create, here);
  } catch (error) {
    const control = error instanceof MillraceError && error.code === "store.in-use" ? controlOf(dataDirectory(data), process.env["MILLRACE_TOKEN"]) : null;
    if (control === null) throw error;
    return await asked(control);
  }
}
