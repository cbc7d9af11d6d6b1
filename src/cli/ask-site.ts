import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { buffer } from "node:stream/consumers";
import type { z } from "zod";
import { MillraceError } from "../errors.ts";
import type { Control } from "../store/lock.ts";
import { usage } from "./usage.ts";

export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  /** In words, after "Cannot ask the site for": a backup. */
  readonly what: string;
}

export interface Question<T> extends Request {
  /** What the answer must be. */
  readonly answer: z.ZodType<T>;
}

/**
 * Asks the process that has a site open. It must show the certificate that it wrote into the site's
 * directory, whatever name that is for and whoever signed it.
 *
 * Throws `cli.unreachable`, and what the site refuses, under its own code.
 */
export async function askSite<T>(control: Control, { answer, ...request }: Question<T>): Promise<T> {
  const parsed = answer.safeParse(jsonIn(await fetchFromSite(control, request)));
  if (parsed.success) return parsed.data;
  throw notUnderstood(control, request, "something else");
}

/** The same where the answer is a file. */
export async function fetchFromSite(control: Control, request: Request): Promise<Buffer> {
  const { address, key, certificate } = control;
  const text = request.body === undefined ? undefined : JSON.stringify(request.body);
  const { status, said } = await send(new URL(request.path, address), { method: request.method, text, key, certificate }).catch((cause: unknown) => {
    throw new MillraceError("cli.unreachable", `Cannot ask the site at ${address} for ${request.what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      hint: "Check that the site is up and answers; it may be starting or stopping.",
      cause,
    });
  });
  if (status < 300) return said;
  const { code, message, hint } = errorIn(jsonIn(said));
  if (code !== "") throw new MillraceError(code, message, { hint });
  throw notUnderstood(control, request, String(status));
}

const notUnderstood = ({ address }: Control, { what }: Request, answered: string): MillraceError =>
  usage(`ask the site at ${address} for ${what}: it answered ${answered}`, "It may be of another version of Millrace: stop the site and try again then.");

function jsonIn(said: Buffer): unknown {
  try {
    return JSON.parse(said.toString("utf8"));
  } catch {
    return null;
  }
}

interface Sent {
  readonly method: string;
  readonly text: string | undefined;
  readonly key: string;
  readonly certificate: string | null;
}

function send(url: URL, { method, text, key, certificate }: Sent): Promise<{ status: number; said: Buffer }> {
  const headers = { authorization: `Bearer ${key}`, ...(text !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(text) }) };
  const trust = certificate === null ? {} : { ca: certificate, allowPartialTrustChain: true, checkServerIdentity: () => undefined };
  return new Promise((resolve, reject) => {
    const request = url.protocol === "https:" ? secureRequest(url, { method, headers, agent: false, ...trust }) : plainRequest(url, { method, headers, agent: false });
    request.on("error", reject);
    request.on("response", (response) => {
      buffer(response).then((said) => resolve({ status: response.statusCode ?? 0, said }), reject);
    });
    request.end(text);
  });
}

function errorIn(body: unknown): { code: string; message: string; hint: string } {
  const error: unknown = typeof body === "object" && body !== null && "error" in body ? body.error : null;
  const text = (name: string): string => (typeof error === "object" && error !== null ? String(Reflect.get(error, name) ?? "") : "");
  return { code: text("code"), message: text("message"), hint: text("hint") };
}
