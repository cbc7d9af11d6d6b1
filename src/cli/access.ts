import { Done, NewToken, TokenList, UserList } from "../api/access.ts";
import { accessOf, type Access } from "../store/access.ts";
import type { Control } from "../store/lock.ts";
import { askSite } from "./ask-site.ts";
import { siteOrAsked } from "./site-or-asked.ts";

/** What the commands read and change of who may use a site. */
export interface OwnAccess extends Pick<Access, "addToken" | "removeToken" | "addUser" | "removeUser"> {
  tokens(): Promise<TokenList["tokens"]>;
  users(): Promise<UserList["users"]>;
}

/**
 * Reads or changes who may use a site: in its directory, or by asking the process that has it open, with
 * the key that it leaves there for the directory's owner. A directory that is none yet becomes a site, so
 * that its first start can already ask for a token. Throws `store.in-use` when that process cannot be asked.
 */
export async function withAccess<T>(data: string | undefined, work: (access: OwnAccess) => Promise<T>): Promise<T> {
  return await siteOrAsked(data, (site) => work(accessOf(site.store.records, { maxAge: 0 })), (control) => work(accessAt(control)), true);
}

const accessAt = (control: Control): OwnAccess => ({
  tokens: async () => (await askSite(control, { method: "GET", path: "/api/v1/access/tokens", answer: TokenList, what: "its tokens" })).tokens,
  addToken: async (name) => (await askSite(control, { method: "POST", path: "/api/v1/access/tokens", body: { name }, answer: NewToken, what: "a token" })).token,
  removeToken: async (name) => void (await askSite(control, { method: "DELETE", path: `/api/v1/access/tokens?name=${encodeURIComponent(name)}`, answer: Done, what: "the end of a token" })),
  users: async () => (await askSite(control, { method: "GET", path: "/api/v1/access/users", answer: UserList, what: "its users" })).users,
  addUser: async (name, password, rights) => void (await askSite(control, { method: "POST", path: "/api/v1/access/users", body: { name, password, rights }, answer: Done, what: "a user" })),
  removeUser: async (name) => void (await askSite(control, { method: "DELETE", path: `/api/v1/access/users?name=${encodeURIComponent(name)}`, answer: Done, what: "the end of a user" })),
});
