import type { FastifyReply } from "fastify";
import { z } from "zod";
import { Digest, Id } from "../schema/id.ts";
import { Micros } from "../schema/time.ts";
import type { App, Ground } from "./app.ts";
import { notFound, Refusal } from "./refusal.ts";

export const CardQuery = z.object({ format: z.enum(["md", "html", "prov", "mlbom"]).default("md") });
export type CardQuery = z.infer<typeof CardQuery>;

export const InForceView = z.object({
  at: Micros,
  /** For each wheel; a model of `null` says that there was none. */
  inForce: z.array(z.object({ wheel: Id, name: z.string(), model: Digest.nullable(), since: Micros.nullable(), turn: Id.nullable(), reason: z.string() })),
});
export type InForceView = z.infer<typeof InForceView>;

const types: Readonly<Record<CardQuery["format"], string>> = { md: "text/markdown; charset=utf-8", html: "text/html; charset=utf-8", prov: "application/json", mlbom: "application/vnd.cyclonedx+json; version=1.6" };

export function modelRoutes(app: App, { site }: Ground): void {
  const bytes = { description: "One ONNX file, byte for byte what was proven", content: { "application/octet-stream": { schema: z.string() } } };
  app.get("/api/v1/models/:digest/file", { schema: { tags: ["models"], summary: "A model's file", params: z.object({ digest: Digest }), response: { 200: bytes, 404: Refusal } } }, async (request, reply) => {
    const { digest } = request.params;
    if ((await site.store.records.model(digest)) === null) throw notFound(`model ${digest}`);
    const file = Buffer.from(site.exportModel(digest));
    reply.type("application/octet-stream").header("content-disposition", `attachment; filename="${digest.slice(0, 12)}.onnx"`);
    return await (reply as FastifyReply).send(file);
  });

  const text = { description: "A card, or what machines read", content: { "text/markdown": { schema: z.string() }, "text/html": { schema: z.string() }, "application/json": { schema: z.unknown() } } };
  const card = { tags: ["models"], summary: "Where a model comes from and what it is worth: Markdown, HTML, PROV-JSON or a CycloneDX ML-BOM", params: z.object({ digest: Digest }), querystring: CardQuery, response: { 200: text, 404: Refusal } };
  app.get("/api/v1/models/:digest/card", { schema: card }, async ({ params: { digest }, query: { format } }, reply) => {
    const model = await site.store.records.model(digest);
    if (model === null) throw notFound(`model ${digest}`);
    reply.type(types[format]);
    return await (reply as FastifyReply).send(Buffer.from(await site.card(model, format)));
  });

  const inForce = { tags: ["models"], summary: "What was in force at a moment, for each wheel", querystring: z.object({ at: z.coerce.number().pipe(Micros) }), response: { 200: InForceView, 400: Refusal } };
  app.get("/api/v1/in-force", { schema: inForce }, async ({ query: { at } }) => ({ at, inForce: await site.inForceAt(at) }));
}
