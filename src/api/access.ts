import { z } from "zod";
import { Rights, type Access } from "../store/access.ts";
import { Micros } from "../schema/time.ts";
import type { App } from "./app.ts";
import { Refusal } from "./refusal.ts";

export const TokenList = z.object({ tokens: z.array(z.object({ name: z.string(), createdAt: Micros, lastUsed: Micros.nullable() })) });
export type TokenList = z.infer<typeof TokenList>;

const Named = z.object({ name: z.string().min(1).max(200) });

/** A token as it is shown, this once. */
export const NewToken = z.object({ name: z.string(), token: z.string() });
export type NewToken = z.infer<typeof NewToken>;

export const UserList = z.object({ users: z.array(z.object({ name: z.string(), createdAt: Micros, rights: Rights })) });
export type UserList = z.infer<typeof UserList>;

export const UserBody = Named.extend({ password: z.string().max(1000), rights: Rights });
export type UserBody = z.infer<typeof UserBody>;

export const Done = z.object({ name: z.string() });
export type Done = z.infer<typeof Done>;

/** Who may use the site from elsewhere. All of it takes the owner's key: a token may do everything else, but not make others. */
export function accessRoutes(app: App, access: Access): void {
  const config = { owner: true };
  const tags = ["access"];
  const bad = { 400: Refusal, 403: Refusal };

  app.get("/api/v1/access/tokens", { config, schema: { tags, summary: "The API tokens there are, without their secrets", response: { 200: TokenList, ...bad } } }, async () => ({
    tokens: (await access.tokens()).map(({ name, createdAt, lastUsed }) => ({ name, createdAt, lastUsed })),
  }));

  app.post("/api/v1/access/tokens", { config, schema: { tags, summary: "Make an API token; it is shown this once", body: Named, response: { 201: NewToken, 409: Refusal, ...bad } } }, async ({ body: { name } }, reply) =>
    reply.code(201).send({ name, token: await access.addToken(name) }),
  );

  app.delete("/api/v1/access/tokens", { config, schema: { tags, summary: "Take a token back; streams that it opened end", querystring: Named, response: { 200: Done, 404: Refusal, ...bad } } }, async ({ query: { name } }) => {
    await access.removeToken(name);
    return { name };
  });

  app.get("/api/v1/access/users", { config, schema: { tags, summary: "The MQTT users there are, with their rights", response: { 200: UserList, ...bad } } }, async () => ({
    users: (await access.users()).map(({ name, createdAt, rights }) => ({ name, createdAt, rights })),
  }));

  app.post("/api/v1/access/users", { config, schema: { tags, summary: "Let a device in by MQTT", body: UserBody, response: { 201: Done, 409: Refusal, ...bad } } }, async ({ body: { name, password, rights } }, reply) => {
    await access.addUser(name, password, rights);
    return await reply.code(201).send({ name });
  });

  app.delete("/api/v1/access/users", { config, schema: { tags, summary: "Take a user's access back; its connections end", querystring: Named, response: { 200: Done, 404: Refusal, ...bad } } }, async ({ query: { name } }) => {
    await access.removeUser(name);
    return { name };
  });
}
