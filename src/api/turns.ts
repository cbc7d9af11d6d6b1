import { z } from "zod";
import { Digest, Id } from "../schema/id.ts";
import { Turn } from "../schema/turn.ts";
import type { App, Ground } from "./app.ts";
import { notFound, Refusal } from "./refusal.ts";

/** A turn that was made again: which models came out the same, what is missing, what is otherwise. */
export const Reproduced = z.object({
  turn: Turn,
  models: z.array(z.object({ recipe: z.string(), recorded: Digest, made: Digest.nullable(), largestDifference: z.number().nullable() })),
  identical: z.boolean(),
  missing: z.array(z.string()),
  otherwise: z.array(z.string()),
});
export type Reproduced = z.infer<typeof Reproduced>;

/** One at a time: each costs as much as the first turn over its blocks. */
export function turnRoutes(app: App, { site }: Ground): void {
  let last: Promise<unknown> = Promise.resolve();
  const schema = { tags: ["wheels"], summary: "Make a past turn's models again and compare them; changes nothing", params: z.object({ id: Id }), response: { 200: Reproduced, 400: Refusal, 404: Refusal } };
  app.post("/api/v1/turns/:id/prove", { schema }, async ({ params: { id } }): Promise<Reproduced> => {
    const turn = await site.store.records.turn(id);
    if (turn === null) throw notFound(`turn ${id}`);
    const work = last.then(() => site.reproduce(turn));
    last = work.catch(() => {});
    const { models, missing, otherwise, ...rest } = await work;
    return { ...rest, models: [...models], missing: [...missing], otherwise: [...otherwise] };
  });
}
