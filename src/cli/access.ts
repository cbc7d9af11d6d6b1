import { accessOf, type Access } from "../store/access.ts";
import { withSite } from "./session.ts";

/**
 * Reads or changes who may use a site that is not up. A directory that is none yet becomes a site, so
 * that its first start can already ask for a token. Throws `store.in-use` while it is up.
 */
export async function withAccess<T>(data: string | undefined, work: (access: Access) => Promise<T>): Promise<T> {
  return await withSite(data, true, (site) => work(accessOf(site.store.records, { maxAge: 0 })));
}
