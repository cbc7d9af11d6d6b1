import { lookup as resolve, type LookupAddress, type LookupOptions } from "node:dns";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { AllowList } from "./allow-list.ts";

/** What became of one attempt. `refused` will not become better by trying again. */
export type Posted = { readonly result: "delivered" } | { readonly result: "failed" | "refused"; readonly reason: string };

export interface Post {
  readonly url: URL;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly allow: AllowList;
  /** From the name lookup to the answer's head, milliseconds. */
  readonly timeout: number;
  readonly stop: AbortSignal;
}

/** Raised inside a lookup, so that the connection is never made. */
class NotAllowed extends Error {}

/**
 * Sends one POST. Follows no redirect, reads no body of an answer, and connects to the very address that
 * was checked: the name is not asked for twice.
 */
export function post({ url, body, headers, allow, timeout, stop }: Post): Promise<Posted> {
  const isTls = url.protocol === "https:";
  const port = Number(url.port) || (isTls ? 443 : 80);
  if (!allow.allowsHost(url.hostname, port)) return Promise.resolve({ result: "refused", reason: `${url.host} is not on the allow-list` });
  return new Promise((done) => {
    const request = (isTls ? httpsRequest : httpRequest)(url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(body) },
      agent: false,
      signal: AbortSignal.any([stop, AbortSignal.timeout(timeout)]),
      lookup: (name, options, found) => checkedLookup(name, options, found, allow, port),
    });
    request.on("response", (response) => {
      response.destroy();
      done(verdictOf(response.statusCode ?? 0, response.headers.location));
    });
    request.on("error", (error) => done(failureOf(error, timeout, stop)));
    request.end(body);
  });
}

type Found = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

function checkedLookup(name: string, options: LookupOptions, found: Found, allow: AllowList, port: number): void {
  resolve(name, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return found(error, []);
    const allowed = addresses.filter(({ address }) => allow.allowsAddress(address, port));
    const [first] = allowed;
    if (first === undefined) return found(new NotAllowed(`${name} leads to ${addresses[0]?.address ?? "nowhere"}, an inner address that is not on the allow-list`), []);
    if (options.all === true) found(null, allowed);
    else found(null, first.address, first.family);
  });
}

function verdictOf(status: number, location: string | undefined): Posted {
  if (status >= 200 && status < 300) return { result: "delivered" };
  if (status >= 300 && status < 400) return { result: "refused", reason: `answered with a redirect (${status}) to ${JSON.stringify((location ?? "").slice(0, 80))}` };
  return { result: "failed", reason: `answered with status ${status}` };
}

function failureOf(error: Error, timeout: number, stop: AbortSignal): Posted {
  if (error instanceof NotAllowed) return { result: "refused", reason: error.message.slice(0, 200) };
  if (error.name === "AbortError" || error.name === "TimeoutError") return { result: "failed", reason: stop.aborted ? "the site is closing" : `no answer within ${timeout / 1000} s` };
  const code = Reflect.get(error, "code") as unknown;
  return { result: "failed", reason: (error.message || String(code)).replaceAll(/\s+/g, " ").slice(0, 200) };
}
