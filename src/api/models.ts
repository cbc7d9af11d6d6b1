import type { FastifyReply } from "fastify";
import { z } from "zod";
import { Digest } from "../schema/id.ts";
import type { App, Ground } from "./app.ts";
import { notFound, Refusal } from "./refusal.ts";

export function modelRoutes(app: App, { site }: Ground): void {
  const bytes = { description: "One ONNX file, byte for byte what was proven", content: { "application/octet-stream": { schema: z.string() } } };
  app.get("/api/v1/models/:digest/file", { schema: { tags: ["models"], summary: "A model's file", params: z.object({ digest: Digest }), response: { 200: bytes, 404: Refusal } } }, async (request, reply) => {
    const { digest } = request.params;
    if ((await site.store.records.model(digest)) === null) throw notFound(`model ${digest}`);
    const file = Buffer.from(site.exportModel(digest));
    reply.type("application/octet-stream").header("content-disposition", `attachment; filename="${digest.slice(0, 12)}.onnx"`);
    return await (reply as FastifyReply).send(file);
  });
}
