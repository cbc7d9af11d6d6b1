import { timingSafeEqual } from "node:crypto";
import { isIPv6 } from "node:net";
import type { FastifyRequest } from "fastify";
import { MillraceError } from "../errors.ts";
import { connectorName } from "../schema/inflow.ts";
import type { Access } from "../store/access.ts";
import type { App } from "./app.ts";

/** Whether an address to listen on can be reached from this machine only. */
export const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

/** Failures that one address may have a minute; more are answered without a look. */
const failuresAMinute = 10;

export interface LockOptions {
  /** Listens on loopback: no token is needed, but the caller must say that it means this machine. */
  readonly loopback: boolean;
  readonly access: Access;
  /** Shown by whoever may read the private files of the site's directory. */
  readonly ownerKey: string;
  /** Milliseconds. */
  readonly now: () => number;
}

/** Whether who shows this may ask. */
export type IsLetIn = (authorization: string | undefined) => Promise<boolean>;

/**
 * Who may ask what. Every route is shut unless it says it is open.
 *
 * On loopback: the Host must be a name of this machine, so that a page elsewhere cannot reach it by a
 * name of its own that it points here; any port will do, for tunnels. Beyond loopback: a token. Both: a
 * page of another origin is refused, and what only the owner may do takes the owner's key.
 */
export function lock(app: App, { loopback, access, ownerKey, now }: LockOptions): IsLetIn {
  const isOwner = (authorization: string | undefined): boolean => isSame(secretOf(authorization), ownerKey);
  const failures = failureCounts(now);
  const isLetIn: IsLetIn = async (authorization) => loopback || isOwner(authorization) || (await access.tokenNamed(secretOf(authorization))) !== null;
  app.decorateRequest("mayAsk", false);
  app.decorateRequest("connector", connectorName("http"));
  app.addHook("onRequest", async (request) => {
    if (loopback) requireLoopbackHost(request);
    requireSameOrigin(request);
    request.mayAsk = await isLetIn(request.headers.authorization);
    request.connector = connectorName("http", (await access.tokenNamed(secretOf(request.headers.authorization)))?.name);
    if (request.mayAsk && request.routeOptions.config.owner === true && !isOwner(request.headers.authorization)) throw ownerOnly();
    if (request.mayAsk || request.routeOptions.config.open === true) return;
    // A known token is let in whatever others behind the same address did.
    if (failures.isTooMany(request.ip)) throw slowDown();
    if (request.headers.authorization !== undefined) failures.add(request.ip);
    throw noAccess(request.headers.authorization !== undefined);
  });
  return isLetIn;
}

/** Whether two secrets are the same, in a time that tells nothing of where they differ. */
function isSame(shown: string, secret: string): boolean {
  const [a, b] = [Buffer.from(shown), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** `Bearer` as everywhere, `Token` as InfluxDB clients say it. */
function secretOf(authorization: string | undefined): string {
  return /^(?:Bearer|Token) +(\S{1,200})$/i.exec(authorization ?? "")?.[1] ?? "";
}

function requireLoopbackHost({ headers: { host } }: FastifyRequest): void {
  const name = (host ?? "").replace(/:\d{1,5}$/, "").toLowerCase();
  if (["127.0.0.1", "localhost", "[::1]"].includes(name) || (isLoopback(name) && name !== "::1")) return;
  throw new MillraceError("api.foreign-host", `Cannot answer for host ${JSON.stringify((host ?? "").slice(0, 80))}: it is no name of this machine`, {
    hint: "Use http://127.0.0.1 or http://localhost. To be reached from elsewhere, listen on another address, with a token.",
  });
}

function requireSameOrigin({ headers }: FastifyRequest): void {
  const { origin, host } = headers;
  const site = headers["sec-fetch-site"];
  const isForeign = origin !== undefined ? hostOf(origin) !== normal(host) : (site === "cross-site" || site === "same-site") && headers["sec-fetch-mode"] !== "navigate";
  if (!isForeign) return;
  throw new MillraceError("api.foreign-origin", `Cannot answer a page of ${JSON.stringify((origin ?? "another site").slice(0, 80))}: only this site's own page may ask`, {
    hint: "Open the page from this site. Scripts send no Origin.",
  });
}

function hostOf(origin: string): string | null {
  try {
    const { protocol, host } = new URL(origin);
    return protocol === "http:" || protocol === "https:" ? host : null;
  } catch {
    return null;
  }
}

/** As `URL` writes it: lower case, without the usual port. */
const normal = (host: string | undefined): string => (host ?? "").toLowerCase().replace(/:(?:80|443)$/, "");

/** Failures by address, the oldest forgotten first, so that addresses made up without end take no memory. */
function failureCounts(now: () => number): { isTooMany: (address: string) => boolean; add: (address: string) => void } {
  const counts = new Map<string, { count: number; since: number }>();
  const current = (address: string) => {
    const found = counts.get(networkOf(address));
    return found === undefined || now() - found.since > 60_000 ? null : found;
  };
  return {
    isTooMany: (address) => (current(address)?.count ?? 0) >= failuresAMinute,
    add(address) {
      const { count, since } = current(address) ?? { count: 0, since: now() };
      counts.delete(networkOf(address));
      counts.set(networkOf(address), { count: count + 1, since });
      const [oldest] = counts.keys();
      if (counts.size > 10_000 && oldest !== undefined) counts.delete(oldest);
    },
  };
}

/** One caller holds a whole /64 of IPv6. */
const networkOf = (address: string): string => (isIPv6(address) && !address.includes(".") ? address.split(":").slice(0, 4).join(":") : address);

function noAccess(tokenShown: boolean): MillraceError {
  const seen = tokenShown ? "its token is not known" : "it shows no token";
  return new MillraceError("api.no-access", `Cannot answer this request: ${seen}`, { hint: "Send `Authorization: Bearer mr_...`; `millrace token add NAME` makes a token." });
}

function ownerOnly(): MillraceError {
  return new MillraceError("api.owner-only", "Cannot answer this request: only the owner of the site's directory may read or change who may use it, and have things forgotten", {
    hint: "Use `millrace token`, `millrace user` and `millrace forget` on the site's machine, as the user that it runs as.",
  });
}

function slowDown(): MillraceError {
  return new MillraceError("api.slow-down", "Cannot answer this request: too many from this address showed no known token", { hint: "Wait a minute, and check the token." });
}

/** Refuses to be reached from beyond this machine by anyone who comes along. */
export async function requireToken(host: string, access: Access): Promise<void> {
  if (isLoopback(host) || (await access.tokens()).length > 0) return;
  throw new MillraceError("api.no-token", `Cannot listen on ${JSON.stringify(host.slice(0, 80))}: anyone who reaches it could read and change everything, as there is no API token`, {
    hint: "Make one with `millrace token add NAME`, or listen on 127.0.0.1.",
  });
}

