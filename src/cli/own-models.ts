import type { z } from "zod";
import { InForceView } from "../api/models.ts";
import { SiteView } from "../api/site.ts";
import { Reproduced } from "../api/turns.ts";
import { ModelList, RolledBack, TurnList, WheelView } from "../api/wheels.ts";
import type { Digest } from "../schema/id.ts";
import type { Micros } from "../schema/time.ts";
import type { Turn } from "../schema/turn.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { LineageForm, Site } from "../site.ts";
import type { Control } from "../store/lock.ts";
import { wheelNamed } from "../wheel/wheel-named.ts";
import { askSite, fetchFromSite } from "./ask-site.ts";
import { siteOrAsked } from "./site-or-asked.ts";

/** What the commands read and change of a site's models. */
export interface OwnModels {
  /** By name or id, or the only one. Throws `wheel.unknown`. */
  wheel(name: string | undefined): Promise<Wheel>;
  models(wheel: Wheel): Promise<ModelList>;
  turns(wheel: Wheel): Promise<readonly Turn[]>;
  inForceAt(at: Micros): Promise<InForceView["inForce"]>;
  card(model: Digest, form: LineageForm): Promise<string>;
  /** A model's file, byte for byte what was proven. */
  file(model: Digest): Promise<Uint8Array>;
  reproduce(turn: Turn): Promise<Reproduced>;
  /** `null` for the one before. */
  rollBack(wheel: Wheel, to: Digest | null, reason: string): Promise<RolledBack["champion"]>;
  /** Lets what models and simulators made teach, up to a bound, or no longer. */
  allowGenerated(wheel: Wheel, atMost: number | null): Promise<Wheel>;
  /** `null` for the one that waits. */
  promote(wheel: Wheel, model: Digest | null, reason: string): Promise<RolledBack["champion"]>;
}

/** Reads or changes a site's models: in its directory, or by asking the process that has it open. */
export async function withModels<T>(data: string | undefined, work: (models: OwnModels) => Promise<T>): Promise<T> {
  return await siteOrAsked(data, async (site) => await work(modelsHere(site)), async (control) => await work(modelsAt(control)));
}

function modelsHere(site: Site): OwnModels {
  const { records } = site.store;
  return {
    wheel: (name) => site.wheel(name),
    models: async (wheel) => ({ ...(await site.modelsOf(wheel)) }),
    turns: async (wheel) => await records.turns(wheel.id),
    inForceAt: (at) => site.inForceAt(at),
    card: async (digest, form) => {
      const model = await records.model(digest);
      if (model === null) throw new RangeError(`Cannot write a card: model ${digest} has no record`);
      return await site.card(model, form);
    },
    file: (digest) => Promise.resolve(site.exportModel(digest)),
    async reproduce(turn) {
      const { models, missing, otherwise, ...rest } = await site.reproduce(turn);
      return { ...rest, models: [...models], missing: [...missing], otherwise: [...otherwise] };
    },
    rollBack: (wheel, to, reason) => site.rollBack(wheel, to, reason),
    promote: (wheel, model, reason) => site.promote(wheel, model, reason),
    allowGenerated: (wheel, atMost) => site.allowGenerated(wheel, atMost),
  };
}

/** Turns asked for at a time, the most there are in one answer. */
const most = 1000;

function modelsAt(control: Control): OwnModels {
  const get = <T>(path: string, answer: z.ZodType<T>, what: string): Promise<T> => askSite(control, { method: "GET", path, answer, what });
  const put = async (wheel: Wheel, verb: string, body: object, what: string) => (await askSite(control, { method: "POST", path: `/api/v1/wheels/${wheel.id}/${verb}`, body, answer: RolledBack, what })).champion;
  return {
    wheel: async (name) => wheelNamed(name, (await get("/api/v1/site", SiteView, "its wheels")).wheels),
    models: (wheel) => get(`/api/v1/wheels/${wheel.id}/models`, ModelList, "its models"),
    turns: async (wheel) => (await get(`/api/v1/wheels/${wheel.id}/turns?limit=${most}`, TurnList, "its turns")).turns,
    inForceAt: async (at) => (await get(`/api/v1/in-force?at=${at}`, InForceView, "what was in force")).inForce,
    card: async (digest, form) => (await fetchFromSite(control, { method: "GET", path: `/api/v1/models/${digest}/card?format=${form}`, what: "a card" })).toString("utf8"),
    file: (digest) => fetchFromSite(control, { method: "GET", path: `/api/v1/models/${digest}/file`, what: "a model" }),
    reproduce: ({ id }) => askSite(control, { method: "POST", path: `/api/v1/turns/${id}/prove`, answer: Reproduced, what: "a turn once more" }),
    rollBack: (wheel, to, reason) => put(wheel, "rollback", { ...(to !== null && { to }), reason }, "an earlier model"),
    allowGenerated: (wheel, atMost) => askSite(control, { method: "PUT", path: `/api/v1/wheels/${wheel.id}/policy`, body: { generated: atMost }, answer: WheelView, what: "what may teach a wheel" }),
    promote: (wheel, model, reason) => put(wheel, "promote", { ...(model !== null && { model }), reason }, "a model in force"),
  };
}
