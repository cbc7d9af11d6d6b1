import { clearInterval, setInterval } from "node:timers";
import type { ServerResponse } from "node:http";
import { z } from "zod";
import type { Happening } from "../live.ts";
import type { App, Ground } from "./app.ts";
import { securityHeaders } from "./headers.ts";
import type { IsLetIn } from "./lock.ts";
import { Refusal } from "./refusal.ts";

export const StreamQuery = z.object({
  /** The number of the last happening that was heard; Last-Event-ID says the same. */
  after: z.coerce.number().int().min(0).optional(),
});
export type StreamQuery = z.infer<typeof StreamQuery>;

/** What the `data` of an event holds; its name is `type`, its id the number of the happening. */
export type StreamData = Happening["what"] & { readonly at: number };

/** Streams, for `/metrics`. */
export interface StreamCounts {
  open: number;
  /** Connections closed because their reader was too slow. */
  dropped: number;
}

export interface StreamOptions {
  /** Bytes that may wait for one reader before its connection is closed. */
  readonly queueLimit: number;
  readonly pingEvery: number; // milliseconds
  /** Whether a request that was let in still would be: its token may have been removed. */
  readonly isLetIn: IsLetIn;
  /** Hears that somebody is not let in any more, until the returned function is called. */
  readonly onRevoked: (ear: () => void) => () => void;
}

/**
 * What happens, as server-sent events.
 *
 * Catches up after the number the reader last heard. When that past is forgotten, or belongs to an
 * earlier start of the site, the first event is `reset`: the reader should ask for everything anew.
 */
export function streamRoutes(app: App, ground: Ground, options: StreamOptions): StreamCounts {
  const counts: StreamCounts = { open: 0, dropped: 0 };
  const events = { description: "Server-sent events", content: { "text/event-stream": { schema: z.string() } } };
  app.get("/api/v1/stream", { schema: { tags: ["stream"], summary: "What happens, as it happens", querystring: StreamQuery, response: { 200: events, 503: Refusal } } }, async (request, reply) => {
    const after = numberOf(request.headers["last-event-id"]) ?? request.query.after ?? null;
    const authorization = request.headers.authorization;
    reply.hijack();
    reply.raw.writeHead(200, { ...securityHeaders, "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no" });
    counts.open++;
    try {
      await tell({ out: reply.raw, after, mayStay: async () => await options.isLetIn(authorization) }, ground, options, counts);
    } catch (error) {
      ground.onFault(error);
    } finally {
      counts.open--;
      reply.raw.end();
    }
  });
  return counts;
}

interface Listener {
  readonly out: ServerResponse;
  readonly after: number | null;
  readonly mayStay: () => Promise<boolean>;
}

async function tell({ out, after, mayStay }: Listener, { site, stopping, onFault }: Ground, options: StreamOptions, counts: StreamCounts): Promise<void> {
  const gone = new AbortController();
  const stop = AbortSignal.any([gone.signal, stopping]);
  out.on("close", () => gone.abort());
  out.on("error", () => gone.abort());
  const write = (text: string) => {
    if (stop.aborted) return;
    out.write(text);
    if (out.writableLength <= options.queueLimit) return;
    counts.dropped++;
    gone.abort();
    out.destroy(); // not end(): what waits would wait on
  };
  const endIfRevoked = () => void mayStay().then((may) => may || out.destroy()).catch(onFault);
  const stopHearing = options.onRevoked(endIfRevoked);
  const ping = setInterval(() => {
    write(": ping\n\n");
    endIfRevoked();
  }, options.pingEvery);
  ping.unref();
  try {
    write("retry: 1000\n\n");
    await follow(after, { site, stop, write });
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    clearInterval(ping);
    stopHearing();
  }
}

interface Reader {
  readonly site: Ground["site"];
  readonly stop: AbortSignal;
  readonly write: (text: string) => void;
}

async function follow(after: number | null, { site, stop, write }: Reader): Promise<void> {
  const reset = () => write(`event: reset\ndata: {}\n\n`);
  // A number above the last one is of an earlier start.
  const isOfAnother = after !== null && after > site.lastHappening();
  if (isOfAnother) reset();
  const from = isOfAnother ? null : after;
  let expected = from === null ? null : from + 1;
  for await (const happening of site.happenings(from, stop)) {
    if (expected !== null && happening.number > expected) reset();
    expected = happening.number + 1;
    write(textOf(happening));
  }
}

const texts = new WeakMap<Happening, string>();

/** One happening as text, made once for all readers. */
function textOf(happening: Happening): string {
  const known = texts.get(happening);
  if (known !== undefined) return known;
  const { number, at, what } = happening;
  const text = `id: ${number}\nevent: ${what.type}\ndata: ${JSON.stringify({ at, ...what })}\n\n`;
  texts.set(happening, text);
  return text;
}

function numberOf(header: string | string[] | undefined): number | null {
  return typeof header === "string" && /^\d{1,15}$/.test(header) ? Number(header) : null;
}
