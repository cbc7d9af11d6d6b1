import swagger from "@fastify/swagger";
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";
import { Alarm } from "../schema/alarm.ts";
import { Asset } from "../schema/asset.ts";
import { Event } from "../schema/event.ts";
import { Label } from "../schema/label.ts";
import { LedgerEntry, TurnLine } from "../schema/ledger-entry.ts";
import { Model } from "../schema/model.ts";
import { Question } from "../schema/question.ts";
import { Signal } from "../schema/signal.ts";
import { Turn } from "../schema/turn.ts";
import { Wheel } from "../schema/wheel.ts";
import type { App } from "./app.ts";
import { Refusal } from "./refusal.ts";
import { rawBodies } from "./writes.ts";

const nouns = { Alarm, Asset, Event, Label, LedgerEntry, Model, Question, Refusal, Signal, Turn, TurnLine, Wheel };

/** The OpenAPI document, made from the routes' schemas, at /openapi.json. Registered before the routes. */
export async function document(app: App, version: string): Promise<void> {
  const schemaRegistry = z.registry<{ id?: string }>();
  for (const [id, schema] of Object.entries(nouns)) schemaRegistry.add(schema, { id });
  const finished = createJsonSchemaTransformObject({ schemaRegistry });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Millrace",
        version,
        description: "One site: samples in; scores, events, alarms, questions and models out. Times are integers, UTC microseconds. A number that is unknown is null.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer", description: "Needed when the site listens beyond loopback" } } },
      security: [{}, { token: [] }],
    },
    transform: createJsonSchemaTransform({ schemaRegistry, skipList: [] }),
    transformObject: (made) => withRawBodies(finished(made)),
  });
}

/** Tells of the bodies that no schema reads. */
function withRawBodies<T extends object>(document: T): T {
  const { paths = {} } = document as { paths?: Readonly<Record<string, { readonly post?: object }>> };
  for (const [path, { type, schema }] of Object.entries(rawBodies)) {
    const post = paths[path]?.post;
    const { $schema: _, ...content } = z.toJSONSchema(schema, { io: "input" });
    if (post !== undefined) Object.assign(post, { requestBody: { required: true, content: { [type]: { schema: content } } } });
  }
  return document;
}

export function documentRoute(app: App): void {
  const schema = { tags: ["site"], summary: "This document", response: { 200: z.record(z.string(), z.unknown()) } };
  app.get("/openapi.json", { config: { open: true }, schema }, async () => app.swagger() as unknown as Record<string, unknown>);
}
