import { z } from "zod";
import { parseJson } from "../capture/json-slices.ts";
import type { Written as LiveWritten } from "../live.ts";
import { Quality } from "../schema/quality.ts";
import { Micros } from "../schema/time.ts";
import type { App, Ground } from "./app.ts";
import { badJson, bodyLimit, textOf } from "./bodies.ts";
import { Refusal } from "./refusal.ts";

const Value = z.union([z.number(), z.string(), z.boolean()]);
const Time = Micros.nullable();

/** Readings as JSON. `path`: names from the outermost asset to the signal, joined by "/"; without a time it is now. */
export const WriteBody = z.union([
  z.object({ readings: z.array(z.object({ path: z.string(), time: Time.optional(), value: Value, quality: Quality.optional(), unit: z.string().max(60).nullable().optional() })) }),
  z.object({ path: z.string(), points: z.array(z.union([z.tuple([Time, Value]), z.tuple([Time, Value, Quality])])) }),
  z.object({ path: z.string().optional(), columns: z.record(z.string(), z.array(Value.nullable())), times: z.array(Micros) }),
]);
export type WriteBody = z.infer<typeof WriteBody>;

/** What the routes that read bytes take, for the document: their bodies are read piece by piece, not by a schema. */
export const rawBodies: Readonly<Record<string, { readonly type: string; readonly schema: z.ZodType }>> = {
  "/api/v1/write": { type: "application/json", schema: WriteBody },
  "/api/v1/write/line": { type: "text/plain", schema: z.string() },
  "/api/v2/write": { type: "text/plain", schema: z.string() },
  "/api/v1/labels/csv": { type: "text/csv", schema: z.string() },
};

const Rejected = z.array(z.object({ reason: z.string(), seen: z.string() }));

/** What became of the readings: how many are stored, how many were left out, and the first of those with the reason. */
export const WrittenView = z.object({ stored: z.int().min(0), rejectedCount: z.int().min(0), rejected: Rejected });
export type WrittenView = z.infer<typeof WrittenView>;

/** As above, with the malformed lines by number, from 1: all other lines are stored. */
export const LinesRefused = WrittenView.extend(Refusal.shape).extend({ malformed: z.array(z.object({ line: z.int().min(1), seen: z.string() })) });
export type LinesRefused = z.infer<typeof LinesRefused>;

/** InfluxDB clients read `code` and `message`; the rest is as everywhere here. */
export const LinesRefusedV2 = LinesRefused.extend({ code: z.string(), message: z.string() });
export type LinesRefusedV2 = z.infer<typeof LinesRefusedV2>;

export const LineQuery = z.object({ precision: z.enum(["ns", "us", "ms", "s"]).default("ns") });
export type LineQuery = z.infer<typeof LineQuery>;

/** What InfluxDB v2 clients send along; there is one site, so organisation and bucket are any. */
export const LineQueryV2 = LineQuery.extend({ org: z.string().max(200).optional(), orgID: z.string().max(200).optional(), bucket: z.string().max(200).optional() });
export type LineQueryV2 = z.infer<typeof LineQueryV2>;

/** As many of what was left out as are told of. */
const told = 100;

export function writeRoutes(app: App, { site }: Ground): void {
  const options = { config: { raw: true }, bodyLimit } as const;
  const tags = ["write"];
  const late = { 413: Refusal, 503: Refusal };

  const json = { tags, summary: "Store readings: {readings}, {path, points} or {path?, columns, times}", response: { 200: WrittenView, 400: Refusal, ...late } };
  app.post("/api/v1/write", { ...options, schema: json }, async ({ body, connector }) => toView(await site.writeJson(await jsonOf(body), connector)));

  const lines = { tags, summary: "Store readings in InfluxDB line protocol", querystring: LineQuery, response: { 200: WrittenView, 400: LinesRefused, ...late } };
  app.post("/api/v1/write/line", { ...options, schema: lines }, async ({ body, query, connector }, reply) => {
    const written = await site.writeLines(textOf(body), query.precision, connector);
    if (written.malformed.length === 0) return toView(written);
    return await reply.code(400).send(refusedLines(written));
  });

  const v2 = { tags, summary: "The address InfluxDB v2 clients write to", querystring: LineQueryV2, response: { 204: z.undefined(), 400: LinesRefusedV2, ...late } };
  app.post("/api/v2/write", { ...options, schema: v2 }, async ({ body, query, connector }, reply) => {
    const written = await site.writeLines(textOf(body), query.precision, connector);
    if (written.malformed.length === 0 && written.rejected.length === 0) return await reply.code(204).send();
    const refused = refusedLines(written);
    return await reply.code(400).send({ code: "invalid", message: refused.error.message, ...refused });
  });
}

async function jsonOf(body: unknown): Promise<unknown> {
  try {
    return await parseJson(textOf(body));
  } catch (error) {
    throw badJson(error instanceof RangeError ? error.message : undefined);
  }
}

const toView = ({ stored, rejected }: LiveWritten): WrittenView => ({
  stored,
  rejectedCount: rejected.length,
  rejected: rejected.slice(0, told).map(({ reason, seen }) => ({ reason, seen: seen.slice(0, 200) })),
});

function refusedLines(written: Awaited<ReturnType<Ground["site"]["writeLines"]>>): LinesRefused {
  const malformed = written.malformed.slice(0, told).map(({ line, seen }) => ({ line, seen: seen.slice(0, 200) }));
  const [line] = malformed;
  const [other] = written.rejected;
  const what =
    line === undefined
      ? `${counted(written.rejected.length, "reading")}: the first is ${other?.reason ?? "refused"}: ${other?.seen.slice(0, 200) ?? ""}`
      : `${counted(written.malformed.length, "line")}: line ${line.line}: ${line.seen}`;
  const error = { code: "api.partial", message: `Cannot store ${what}`, hint: `All else is stored (${counted(written.stored, "reading")}): correct these and send only them again.` };
  return { error, ...toView(written), malformed };
}

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;
