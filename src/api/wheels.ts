import { z } from "zod";
import { Digest, Id } from "../schema/id.ts";
import { Model } from "../schema/model.ts";
import { WheelState } from "../schema/happening.ts";
import { TargetAnswer } from "../schema/target-answer.ts";
import { InputShift } from "../schema/input-shift.ts";
import { Target } from "../schema/target.ts";
import { Turn } from "../schema/turn.ts";
import { WheelRequest } from "../schema/wheel-request.ts";
import { Policy, type Wheel } from "../schema/wheel.ts";
import { Champion } from "../store/records/facts.ts";
import type { App, Ground } from "./app.ts";
import { notFound, Refusal } from "./refusal.ts";
import { WheelOnSite, wheelOnSite } from "./site.ts";

/** A wheel, and what is known about the model in force. */
export const WheelView = WheelOnSite.extend({
  model: Model.nullable(),
  /** Signals whose recent blocks are unlike those before: a warning. */
  inputShifts: z.array(InputShift),
});
export type WheelView = z.infer<typeof WheelView>;

/** Oldest first, with what has been in force since when, and which had learnt from something that was forgotten. */
export const ModelList = z.object({ champion: Digest.nullable(), models: z.array(Model), champions: z.array(Champion), forgotten: z.array(Digest) });
export type ModelList = z.infer<typeof ModelList>;

export const TurnList = z.object({ turns: z.array(Turn) });
export type TurnList = z.infer<typeof TurnList>;

/** The turn that was started; `null` while it waits for another to end. */
export const TurnStarted = z.object({ turn: Turn.nullable() });
export type TurnStarted = z.infer<typeof TurnStarted>;

/** Which model is to be in force again; the champion before unless said. */
export const RollbackBody = z.object({ to: Digest.optional(), reason: z.string().min(1).max(500) });
export type RollbackBody = z.infer<typeof RollbackBody>;

export const RolledBack = z.object({ champion: Model });
export type RolledBack = z.infer<typeof RolledBack>;

/** Which proven model is to go into force; the one that waits unless said. */
export const PromoteBody = z.object({ model: Digest.optional(), reason: z.string().min(1).max(500) });
export type PromoteBody = z.infer<typeof PromoteBody>;

/** Most that what models and simulators made may weigh in teaching, against what is real; `null` for nothing. */
export const PolicyBody = z.object({ generated: Policy.shape.generated.unwrap().nullable() }).strict();
export type PolicyBody = z.infer<typeof PolicyBody>;

/** What a wheel says of its target now; no answer where nothing can be said, and of a condition. */
export const AnswerNow = z.object({ wheel: Id, target: Target.nullable(), state: WheelState, model: Digest.nullable(), answer: TargetAnswer.nullable() });
export type AnswerNow = z.infer<typeof AnswerNow>;

const params = z.object({ id: Id });
const limit = z.coerce.number().int().min(1).max(1000).default(50);

export function wheelRoutes(app: App, ground: Ground): void {
  const { records } = ground.site.store;
  const wheelOf = async (id: Id): Promise<Wheel> => {
    const wheel = await records.wheel(id);
    if (wheel?.id !== id) throw notFound(`wheel ${id}`);
    return wheel;
  };
  const viewOf = async (wheel: Wheel): Promise<WheelView> => {
    const now = await wheelOnSite(wheel, await records.assets(), ground);
    return { ...now, model: now.champion === null ? null : await records.model(now.champion), inputShifts: await ground.site.inputShifts(wheel) };
  };
  const tags = ["wheels"];

  app.post("/api/v1/wheels", { schema: { tags, summary: "Make a wheel of a target: a class, a value or a remaining life", body: WheelRequest, response: { 201: WheelView, 400: Refusal, 404: Refusal, 409: Refusal } } }, async ({ body }, reply) => {
    const made = await ground.site.makeWheel(body);
    return await reply.code(201).send(await viewOf(made));
  });

  app.put("/api/v1/wheels/:id/policy", { schema: { tags, summary: "Let what models and simulators made teach a wheel, up to a bound, or no longer", params, body: PolicyBody, response: { 200: WheelView, 400: Refusal, 404: Refusal } } }, async ({ params: { id }, body }) => {
    return await viewOf(await ground.site.allowGenerated(await wheelOf(id), body.generated));
  });

  app.get("/api/v1/wheels/:id/answer", { schema: { tags, summary: "What a wheel of a target says now", params, response: { 200: AnswerNow, 404: Refusal } } }, async ({ params: { id } }) => {
    const wheel = await wheelOf(id);
    const { state, champion, answer } = await wheelOnSite(wheel, await records.assets(), ground);
    return { wheel: id, target: wheel.target ?? null, state, model: champion, answer };
  });

  app.get("/api/v1/wheels/:id", { schema: { tags, summary: "A wheel and its model in force", params, response: { 200: WheelView, 404: Refusal } } }, async ({ params: { id } }) => {
    return await viewOf(await wheelOf(id));
  });

  app.get("/api/v1/wheels/:id/models", { schema: { tags, summary: "A wheel's models, oldest first", params, response: { 200: ModelList, 404: Refusal } } }, async ({ params: { id } }) => {
    return await ground.site.modelsOf(await wheelOf(id));
  });

  app.get("/api/v1/wheels/:id/turns", { schema: { tags, summary: "A wheel's last turns, oldest first", params, querystring: z.object({ limit }), response: { 200: TurnList, 404: Refusal } } }, async ({ params: { id }, query }) => {
    await wheelOf(id);
    return { turns: (await records.turns(id)).slice(-query.limit) };
  });

  const start = turnStarter(ground);
  app.post("/api/v1/wheels/:id/turn", { schema: { tags, summary: "Turn the wheel by hand", params, response: { 202: TurnStarted, 404: Refusal } } }, async ({ params: { id } }, reply) => {
    const turn = await start(await wheelOf(id));
    return await reply.code(202).send({ turn });
  });

  app.post("/api/v1/wheels/:id/rollback", { schema: { tags, summary: "Put an earlier model back in force", params, body: RollbackBody, response: { 200: RolledBack, 404: Refusal, 409: Refusal } } }, async ({ params: { id }, body }) => {
    return { champion: await ground.site.rollBack(await wheelOf(id), body.to ?? null, body.reason) };
  });

  app.post("/api/v1/wheels/:id/promote", { schema: { tags, summary: "Put the proven model in force that waits for a person's word", params, body: PromoteBody, response: { 200: RolledBack, 404: Refusal, 409: Refusal } } }, async ({ params: { id }, body }) => {
    return { champion: await ground.site.promote(await wheelOf(id), body.model ?? null, body.reason) };
  });
}

/**
 * Starts turns without waiting for their end. Asked again while a wheel's turn by hand is under way, it
 * tells of that one: a second click is no second turn.
 */
function turnStarter({ site, onFault }: Ground): (wheel: Wheel) => Promise<Turn | null> {
  const underWay = new Map<Id, Promise<unknown>>();
  return async (wheel) => {
    const before = new Set((await site.store.records.turns(wheel.id)).filter(({ state }) => state === "recorded").map(({ id }) => id));
    if (!underWay.has(wheel.id)) {
      const turning = site.turn(wheel, "hand").catch(onFault).finally(() => underWay.delete(wheel.id));
      underWay.set(wheel.id, turning);
    }
    return await firstSeen(async () => (await site.store.records.turns(wheel.id)).findLast(({ id }) => !before.has(id)) ?? null, underWay.get(wheel.id));
  };
}

/** Looks for a turn's record until it is there, the turn has ended, or a second has passed. */
async function firstSeen(look: () => Promise<Turn | null>, ended: Promise<unknown> | undefined): Promise<Turn | null> {
  const wait = (milliseconds: number) => new Promise<"waited">((resolve) => setTimeout(resolve, milliseconds, "waited"));
  for (let tries = 0; tries < 40; tries++) {
    const turn = await look();
    if (turn !== null) return turn;
    if ((await Promise.race([ended, wait(25)])) !== "waited") return await look();
  }
  return null;
}
