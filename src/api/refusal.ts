import { basename } from "node:path";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { z } from "zod";
import { MillraceError } from "../errors.ts";

/** What every answer that is not a success holds. */
export const Refusal = z.object({
  error: z.object({
    /** Stable: listed in docs/reference/errors.md. */
    code: z.string(),
    message: z.string(),
    hint: z.string(),
  }),
});
export type Refusal = z.infer<typeof Refusal>;

/** An error as it is told over HTTP. */
export interface Answer {
  readonly status: number;
  readonly body: Refusal;
  /** Seconds after which to try again, where that makes sense. */
  readonly retryAfter: number | null;
  /** Whether it is a fault of ours, to be looked into. */
  readonly isFault: boolean;
}

/** Statuses by code, or by the stage where it ends in a dot; the first that fits. What is unknown is a 404, the rest a 400. */
const statuses: readonly (readonly [string, number])[] = [
  ["api.no-access", 401],
  ["api.owner-only", 403],
  ["api.foreign-host", 403],
  ["api.foreign-origin", 403],
  ["api.not-found", 404],
  ["wheel.not-proven", 409],
  ["wheel.no-model-before", 409],
  ["api.too-large", 413],
  ["api.wrong-type", 415],
  ["api.slow-down", 429],
  ["api.busy", 503],
  ["api.too-slow", 408],
  ["wheel.name-taken", 409],
  ["wheel.other-blocks", 409],
  ["wheel.target-taken", 409],
  ["capture.overload", 503],
  ["store.model-missing", 404],
  ["store.revision-conflict", 409],
  ["store.backup-target", 409],
  ["store.name-taken", 409],
  ["store.bad-name", 400],
  ["store.bad-topic", 400],
  ["store.bad-password", 400],
  ["store.unknown-name", 404],
  ["wheel.nothing-to-forget", 404],
  ["store.", 503],
  ["thread.", 503],
];

/** Any error as an answer: ours with code and hint, the framework's in our words, and nothing of the rest. */
export function answerTo(error: unknown): Answer {
  if (error instanceof MillraceError) return fromOurs(error);
  if (hasZodFastifySchemaValidationErrors(error)) return badRequest(describe(error.validation));
  const status: unknown = error instanceof Error ? Reflect.get(error, "statusCode") : undefined;
  return typeof status === "number" && status >= 400 && status < 500 ? fromFramework(status, error as Error) : fault();
}

function fromOurs(error: MillraceError): Answer {
  const listed = statuses.find(([code]) => (code.endsWith(".") ? error.code.startsWith(code) : error.code === code))?.[1];
  const status = listed ?? (/\.unknown(-|$)/.test(error.code) ? 404 : 400);
  const retryAfter = status === 503 ? 1 : status === 429 ? 60 : null;
  const plain = error.code.startsWith("api.") ? (text: string) => text : withoutPaths;
  return { status, body: refusal(error.code, plain(error.message), plain(error.hint)), retryAfter, isFault: status >= 500 && !isLoad(error) };
}

/** Too much at once is no fault, but what the bounds are for. */
const isLoad = ({ code }: MillraceError): boolean => code === "capture.overload" || code === "api.busy";

function fromFramework(status: number, error: Error): Answer {
  if (status === 413) return told(413, "api.too-large", "Cannot take this body: it is larger than the server accepts", "Send smaller batches: 10 MB at most, unpacked.");
  if (status === 415) return told(415, "api.wrong-type", "Cannot take this body: its Content-Type is not one this address reads", "See /openapi.json for what each address takes.");
  if (status === 404) return told(404, "api.not-found", "Cannot find what was asked for: nothing is there", "See /openapi.json for the addresses there are.");
  return badRequest(withoutPaths(error.message).slice(0, 200));
}

export const badRequest = (what: string): Answer =>
  told(400, "api.bad-request", `Cannot read the request: ${what}`, "See /openapi.json for what this address takes.");

const fault = (): Answer => ({
  ...told(500, "internal", "Cannot answer: a fault in Millrace", "Please report it with the lines that Millrace printed when it happened."),
  isFault: true,
});

const told = (status: number, code: string, message: string, hint: string): Answer => ({ status, body: refusal(code, message, hint), retryAfter: null, isFault: false });

const refusal = (code: string, message: string, hint: string): Refusal => ({ error: { code, message, hint } });

function describe(issues: readonly { readonly instancePath: string; readonly message?: string | undefined }[]): string {
  const words = issues.slice(0, 5).map(({ instancePath, message }) => `${JSON.stringify(instancePath.slice(0, 80))}: ${message ?? "not as needed"}`);
  return words.join("; ").slice(0, 400);
}

/** Where files lie is nobody's business but the machine's: of an absolute path only the name is told. */
export const withoutPaths = (text: string): string =>
  text.replaceAll(/(?<![\w.:/])(?:[A-Za-z]:)?[\\/](?:[^\s"'\\/:]+[\\/])+[^\s"'\\/:]*/g, (path) => basename(path.replaceAll("\\", "/")));

export function notFound(what: string): MillraceError {
  return new MillraceError("api.not-found", `Cannot find ${what}: there is none such`, { hint: "/openapi.json lists the addresses there are, /api/v1/site the assets, signals and wheels." });
}
