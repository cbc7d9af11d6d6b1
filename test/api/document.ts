import assert from "node:assert/strict";
import { z } from "zod";

type Json = Readonly<Record<string, unknown>>;

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Json }>> }>>;
}

/** The served OpenAPI document, and what has been held against it. */
export interface Contract {
  /** `GET /api/v1/site` and so on, as the document has them. */
  readonly operations: readonly string[];
  /** Those for which a good answer was held against the document. */
  readonly seen: Set<string>;
  /** Fails when an answer is not as the document says. */
  check(method: string, path: string, answer: { readonly status: number; readonly type: string | null; readonly text: string }): void;
}

export async function contractOf(url: string): Promise<Contract> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as { openapi: string; paths: Record<string, Record<string, Operation>>; components: { schemas: Json } };
  assert.equal(document.openapi, "3.1.0");
  const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  const definitions = withLocalReferences(document.components.schemas);
  const schemas = new Map<unknown, z.ZodType>();
  const seen = new Set<string>();
  const schemaFor = (schema: Json): z.ZodType => {
    const known = schemas.get(schema) ?? z.fromJSONSchema({ ...(withLocalReferences(schema) as Json), $defs: definitions } as Parameters<typeof z.fromJSONSchema>[0]);
    schemas.set(schema, known);
    return known;
  };
  return {
    operations,
    seen,
    check(method, path, { status, type, text }) {
      const named = Object.keys(document.paths).filter((pattern) => new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path));
      const exact = named.includes(path) ? path : named[0];
      const operation = document.paths[exact ?? ""]?.[method.toLowerCase()];
      assert.ok(operation !== undefined, `${method} ${path} stands in the document`);
      const response = operation.responses[String(status)];
      const where = `${method} ${path} ${status}: ${text.slice(0, 300)}`;
      assert.ok(response !== undefined, `${where}: the status stands in the document`);
      if (status < 400) seen.add(`${method} ${exact}`);
      if (status === 204) return assert.equal(text, "");
      const content = response.content?.[(type ?? "").split(";")[0] ?? ""];
      assert.ok(content !== undefined, `${where}: ${type} stands in the document`);
      if (type?.startsWith("application/json") !== true) return;
      const parsed = schemaFor(content.schema).safeParse(JSON.parse(text));
      assert.ok(parsed.success, `${where}\n${JSON.stringify(parsed.error?.issues, null, 1)?.slice(0, 1500)}`);
    },
  };
}

/** References into the document as references into one schema. */
function withLocalReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withLocalReferences);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === "$ref" ? String(inner).replace("#/components/schemas/", "#/$defs/") : withLocalReferences(inner)]));
}
