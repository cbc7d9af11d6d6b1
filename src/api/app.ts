import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { LiveSite } from "../live.ts";
import type { Watch } from "./watch.ts";

/** The server with its routes typed by their schemas. */
export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** What the routes stand on. */
export interface Ground {
  readonly site: LiveSite;
  readonly watch: Watch;
  /** Aborts when the server is about to close: streams end by it. */
  readonly stopping: AbortSignal;
  /** Told of what went wrong after its answer was sent, or was no fault of the caller. */
  readonly onFault: (error: unknown) => void;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Whether it showed a token, or needs none. */
    mayAsk: boolean;
    /** By which what it writes is known: HTTP, with the name of its token. */
    connector: string;
  }
  interface FastifyContextConfig {
    /** Anybody may call it, from beyond loopback too. */
    open?: boolean;
    /** Only for who holds the owner's key: a token may not give out others. */
    owner?: boolean;
    /** Its body is handed on as bytes. */
    raw?: boolean;
  }
}
