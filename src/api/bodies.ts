import { createGunzip } from "node:zlib";
import { MillraceError } from "../errors.ts";
import type { App } from "./app.ts";

/** A body may take this much, unpacked. */
export const bodyLimit = 10 * 1024 * 1024;

/** What all bodies that are being read or worked on may take together; the next one is told to come again. */
const togetherLimit = 128 * 1024 * 1024;

/**
 * Bodies: JSON where a route has a schema for it, else bytes as they came; gzip is unpacked.
 *
 * The limit holds for what comes out of gzip too: unpacking stops there, whatever it would have become.
 */
export function bodyParsers(app: App): void {
  app.removeAllContentTypeParsers();
  boundBodies(app);
  app.addContentTypeParser("*", { parseAs: "buffer" }, (request, body: Buffer, done) => {
    if (request.routeOptions.config.raw === true) return done(null, body);
    if (body.length === 0) return done(null, undefined);
    if (!/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(request.headers["content-type"] ?? "")) return done(wrongType());
    try {
      done(null, JSON.parse(body.toString("utf8")) as unknown);
    } catch {
      done(badJson());
    }
  });
  app.addHook("preParsing", async (request, reply, payload) => {
    const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
    if (encoding === "identity" || encoding === "") return payload;
    if (encoding !== "gzip" && encoding !== "x-gzip") throw wrongType(encoding);
    const unpacked = createGunzip();
    // What was announced is what comes in, not what comes out.
    Object.defineProperty(unpacked, "receivedEncodedLength", { get: () => unpacked.bytesWritten });
    payload.on("error", (error) => unpacked.destroy(error));
    reply.raw.once("close", () => unpacked.destroy()); // answered, or gone: nobody needs the rest
    unpacked.on("error", () => {}); // the parser listens while it reads; later ones have no one left to tell
    return payload.pipe(unpacked);
  });
}

/** Keeps count of what bodies may take, from before they are read until they are answered. */
function boundBodies(app: App): void {
  let together = 0;
  app.addHook("preParsing", async (request, reply) => {
    const size = largestSize(request.headers["content-length"], request.headers["transfer-encoding"], request.headers["content-encoding"]);
    if (size === 0) return;
    if (together + size > togetherLimit) throw tooMany();
    together += size;
    reply.raw.once("close", () => (together -= size));
  });
}

/** What a body may come to, as far as its headers tell: packed text is rarely a twentieth. */
function largestSize(length: string | undefined, transfer: string | undefined, encoding: string | undefined): number {
  if (transfer !== undefined) return bodyLimit;
  const told = Number(length ?? 0);
  return Math.min(bodyLimit, encoding === undefined ? told : 20 * told);
}

/** A raw body; empty when there was none. */
export const bytesOf = (body: unknown): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0));
export const textOf = (body: unknown): string => bytesOf(body).toString("utf8");

export function badJson(seen = "it is not JSON"): MillraceError {
  return new MillraceError("api.bad-request", `Cannot read the body: ${seen}`, { hint: "Send one JSON value in UTF-8; JSON has no NaN, write null." });
}

function tooMany(): MillraceError {
  return new MillraceError("api.busy", "Cannot take this body now: too many large ones are being read", { hint: "Send it again in a second, and fewer at a time." });
}

function wrongType(encoding?: string): MillraceError {
  const seen = encoding === undefined ? "its Content-Type is not application/json" : `its Content-Encoding is ${JSON.stringify(encoding.slice(0, 40))}`;
  return new MillraceError("api.wrong-type", `Cannot read the body: ${seen}`, { hint: "Send application/json, plain or with Content-Encoding: gzip." });
}
