import { z } from "zod";
import { Forgetting, ForgetWhat, Meanwhile } from "../schema/forgetting.ts";
import { Turn } from "../schema/turn.ts";
import type { App, Ground } from "./app.ts";
import { Refusal } from "./refusal.ts";

export const ForgetBody = z.object({
  asked: ForgetWhat,
  meanwhile: Meanwhile.default("keep"),
  /** Why, for the ledger, which keeps it for ever. */
  reason: z.string().max(500).default(""),
  /** Only say what would be taken away. */
  look: z.boolean().default(false),
});
export type ForgetBody = z.infer<typeof ForgetBody>;

/** What was taken away, or would be; what could not be reached; and the turns that were made at once. */
export const ForgetReply = z.object({
  done: z.boolean(),
  plan: Forgetting,
  line: z.int().nullable(),
  samples: z.int().nullable(),
  elsewhere: z.array(z.string()),
  turns: z.array(Turn),
});
export type ForgetReply = z.infer<typeof ForgetReply>;

export function forgetRoutes(app: App, { site }: Ground): void {
  const schema = { tags: ["site"], summary: "Forget a block, a stretch of time, a machine, all that came through one connector, an imported file, or what somebody answered", body: ForgetBody, response: { 200: ForgetReply, 400: Refusal, 403: Refusal, 404: Refusal, 503: Refusal } };
  app.post("/api/v1/forget", { schema, config: { owner: true } }, async ({ body: { asked, look, ...options } }): Promise<ForgetReply> => {
    if (look) return { done: false, plan: await site.planForgetting(asked, options), line: null, samples: null, elsewhere: [], turns: [] };
    const { turns, ...forgotten } = await site.forget(asked, options);
    return { done: true, ...forgotten, elsewhere: [...forgotten.elsewhere], turns: [...turns] };
  });
}
