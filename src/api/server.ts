import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, STATUS_CODES } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import fastify, { type FastifyReply, type FastifyServerOptions } from "fastify";
import { validatorCompiler } from "fastify-type-provider-zod";
import { MillraceError } from "../errors.ts";
import type { LiveSite } from "../live.ts";
import type { Access } from "../store/access.ts";
import { softwareVersion } from "../version.ts";
import { accessRoutes } from "./access.ts";
import { alarmRoutes } from "./alarms.ts";
import { forgetRoutes } from "./forget.ts";
import { turnRoutes } from "./turns.ts";
import { backupRoutes } from "./backups.ts";
import type { App, Ground } from "./app.ts";
import { bodyLimit, bodyParsers } from "./bodies.ts";
import { courseRoutes, signalRoutes } from "./courses.ts";
import { document, documentRoute } from "./document.ts";
import { doorRoutes } from "./doors.ts";
import { eventRoutes } from "./events.ts";
import { securityHeaders } from "./headers.ts";
import { healthRoutes } from "./health.ts";
import { inflowRoutes } from "./inflows.ts";
import { labelRoutes } from "./labels.ts";
import { ledgerRoutes } from "./ledger.ts";
import { isLoopback, lock, requireToken } from "./lock.ts";
import { metricRoutes } from "./metrics.ts";
import { missedRoutes } from "./missed.ts";
import { modelRoutes } from "./models.ts";
import { pageRoutes } from "./page.ts";
import { questionRoutes } from "./questions.ts";
import { answerTo, notFound } from "./refusal.ts";
import { siteRoutes } from "./site.ts";
import { streamRoutes } from "./stream.ts";
import { watch } from "./watch.ts";
import { wheelRoutes } from "./wheels.ts";
import { writeRoutes } from "./writes.ts";


export interface ApiOptions {
  /** Where to listen; loopback unless said. Anything else needs an API token. */
  readonly host?: string;
  /** 0 for any that is free. */
  readonly port?: number;
  /** Files of a certificate and its key, in PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The built page; without one there is none. */
  readonly pageDirectory?: string;
  /** Who may ask; the site's own tokens unless said. */
  readonly access?: Access;
  /** Told of what went wrong and was no fault of the caller; a line on stderr unless said. */
  readonly onFault?: (error: unknown) => void;
  /** Bytes that may wait for one reader of the stream. */
  readonly streamLimit?: number;
  /** Milliseconds that a caller has for its headers and for its whole request. */
  readonly timeouts?: { readonly headers: number; readonly request: number };
}

export interface Api {
  /** Without a slash at the end. */
  readonly url: string;
  /** Lets its bearer do everything, changing who may use the site included, for as long as this server is up. */
  readonly ownerKey: string;
  /** Ends streams, lets what is being answered finish for up to five seconds, and lets go of the port. */
  close(): Promise<void>;
}

/**
 * Serves a site over HTTP: its page, its interface and its OpenAPI document.
 *
 * Throws `api.no-token` beyond loopback without a token, `api.bad-certificate` for files that are none,
 * `api.port-taken` and `api.no-address` when the address cannot be had.
 */
export async function openApi(site: LiveSite, options: ApiOptions = {}): Promise<Api> {
  const { host = "127.0.0.1", port = 8080, access = site.access, onFault = toStderr } = options;
  await requireToken(host, access);
  const app = serverOf(options, onFault);
  const stopping = new AbortController();
  const ownerKey = `mo_${randomBytes(32).toString("base64url")}`;
  const ground: Ground = { site, watch: watch(site, stopping.signal, onFault), stopping: stopping.signal, onFault };
  try {
    await layOut(app, ground, { access, ownerKey }, options);
    await app.listen({ host, port });
  } catch (error) {
    stopping.abort();
    await app.close();
    throw addressError(host, port, error);
  }
  const close = async () => {
    stopping.abort();
    const late = setTimeout(() => app.server.closeAllConnections(), 5000);
    await app.close().finally(() => clearTimeout(late));
  };
  let closing: Promise<void> | undefined;
  return { url: urlOf(app, host, options.tls !== undefined), ownerKey, close: () => (closing ??= close()) };
}

async function layOut(app: App, ground: Ground, { access, ownerKey }: { readonly access: Access; readonly ownerKey: string }, { host = "127.0.0.1", streamLimit = 8_000_000, pageDirectory }: ApiOptions): Promise<void> {
  const isLetIn = lock(app, { loopback: isLoopback(host), access, ownerKey, now: () => performance.now() });
  bodyParsers(app);
  await document(app, softwareVersion);
  const streams = streamRoutes(app, ground, { queueLimit: streamLimit, pingEvery: 5000, isLetIn, onRevoked: (ear) => access.onChange(({ isGone }) => isGone && ear()) });
  metricRoutes(app, ground, softwareVersion, streams);
  healthRoutes(app, ground, softwareVersion);
  documentRoute(app);
  siteRoutes(app, ground, softwareVersion);
  for (const routes of [courseRoutes, signalRoutes, doorRoutes, wheelRoutes, missedRoutes, modelRoutes, eventRoutes, alarmRoutes, questionRoutes, inflowRoutes, labelRoutes, ledgerRoutes, writeRoutes, backupRoutes, forgetRoutes, turnRoutes]) routes(app, ground);
  accessRoutes(app, access);
  await pageRoutes(app, pageDirectory);
}

/** A server that answers every error in our words, under every header, and waits for nobody without end. */
function serverOf(options: ApiOptions, onFault: (error: unknown) => void): App {
  const refuse = (error: unknown, reply: FastifyReply) => {
    const { status, body, retryAfter, isFault } = answerTo(error);
    if (isFault) onFault(error);
    if (retryAfter !== null) reply.header("retry-after", retryAfter);
    if (status === 401) reply.header("www-authenticate", 'Bearer realm="millrace"');
    return reply.code(status).headers(securityHeaders).header("cache-control", "no-store").type("application/json; charset=utf-8").serializer(JSON.stringify).send(body);
  };
  const app = fastify({
    serverFactory: (handler) => listener(options, handler),
    bodyLimit,
    exposeHeadRoutes: false,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, _request, reply) => void refuse(error, reply as unknown as FastifyReply),
    clientErrorHandler: answerBadHttp,
  } as FastifyServerOptions) as unknown as App;
  app.setValidatorCompiler(validatorCompiler);
  // Not checked on the way out: that is what the tests are for. JSON itself makes NaN null.
  app.setSerializerCompiler(() => JSON.stringify);
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(securityHeaders);
    if (request.url.startsWith("/api/")) reply.header("cache-control", "no-store");
  });
  app.setErrorHandler((error, _request, reply) => refuse(error, reply));
  app.setNotFoundHandler((request, reply) => refuse(notFound(`address ${JSON.stringify(request.url.split("?")[0]?.slice(0, 80))}`), reply));
  return app;
}

type Handler = Parameters<NonNullable<FastifyServerOptions["serverFactory"]>>[0];

function listener({ tls, timeouts = { headers: 10_000, request: 60_000 } }: ApiOptions, handler: Handler) {
  const limits = { headersTimeout: timeouts.headers, requestTimeout: timeouts.request, connectionsCheckingInterval: Math.min(1000, timeouts.headers), keepAliveTimeout: 30_000, maxHeaderSize: 16_384 };
  const server = tls === undefined ? createServer(limits, handler) : secured(tls, (pair) => createSecureServer({ ...limits, ...pair, minVersion: "TLSv1.2", handshakeTimeout: timeouts.headers }, handler));
  server.maxConnections = 2000;
  return server;
}

function secured<T>({ cert, key }: { readonly cert: string; readonly key: string }, make: (pair: { cert: Buffer; key: Buffer }) => T): T {
  try {
    return make({ cert: readFileSync(cert), key: readFileSync(key) });
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    throw new MillraceError("api.bad-certificate", `Cannot listen with TLS: ${seen}`, { hint: "Give the files of a certificate and of its key, both in PEM, readable by this user.", cause: error });
  }
}

/** What is not HTTP, or came too slowly or too large, gets a last word and no connection. */
function answerBadHttp(error: Error & { readonly code?: string }, socket: Socket): void {
  // Who has not shaken hands can be told nothing, and a last word to them would keep the line open for ever.
  const isStranger = /^ERR_(TLS|SSL)_/.test(error.code ?? "");
  if (error.code === "ECONNRESET" || isStranger || !socket.writable) return void socket.destroy();
  const [status, code, seen] = badHttp[error.code ?? ""] ?? [400, "api.bad-request", "it is not HTTP"];
  const body = JSON.stringify({ error: { code, message: `Cannot read the request: ${seen}`, hint: "See /openapi.json for what can be asked." } });
  const headers = Object.entries({ ...securityHeaders, "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(body), connection: "close" });
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`, () => socket.destroy());
}

const badHttp: Readonly<Record<string, readonly [number, string, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, "api.too-slow", "it did not come in time"],
  HPE_HEADER_OVERFLOW: [431, "api.bad-request", "its headers are too large"],
};

function addressError(host: string, port: number, error: unknown): unknown {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  const address = `${host}:${port}`.slice(0, 80);
  if (code === "EADDRINUSE") {
    return new MillraceError("api.port-taken", `Cannot listen on ${JSON.stringify(address)}: another program does`, { hint: "Stop it, or choose another port.", cause: error });
  }
  if (code === "EADDRNOTAVAIL" || code === "EACCES" || code === "ENOTFOUND") {
    return new MillraceError("api.no-address", `Cannot listen on ${JSON.stringify(address)}: ${code === "EACCES" ? "this user may not" : "it is no address of this machine"}`, { hint: "Choose another address or a port above 1023.", cause: error });
  }
  return error;
}

function urlOf(app: App, host: string, secure: boolean): string {
  const { port } = app.server.address() as AddressInfo;
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host.includes(":") ? `[${host}]` : host;
  return `${secure ? "https" : "http"}://${name}:${port}`;
}

function toStderr(error: unknown): void {
  process.stderr.write(`millrace: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}
