import { lossDrift } from "../measure/drift.ts";
import type { Micros } from "../schema/time.ts";
import type { Trigger } from "../schema/turn.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Ports } from "./ports.ts";

/** What a wheel has seen since its last turn. */
export interface SinceTurn {
  /** Answers that the last turn could not learn from: given since it began, or about a block that was not over then. */
  readonly answers: number;
  /** When the last turn began; `null` for none. */
  readonly lastTurnAt: Micros | null;
  /** Losses of the models in force, oldest first; 0 to 1. */
  readonly losses: readonly number[];
  /** Of these, how many became known since the last turn. */
  readonly newLosses: number;
}

/** Which of a wheel's rules calls for a turn now: new answers, a loss that has risen, or the clock; `null` for none. */
export function dueTurn({ policy, createdAt }: Pick<Wheel, "policy" | "createdAt">, since: SinceTurn, now: Micros): Trigger | null {
  if (since.answers >= policy.answers) return "answers";
  const drift = since.newLosses > 0 ? lossDrift(since.losses) : null;
  if (drift !== null && drift >= policy.drift) return "drift";
  if (policy.every !== null && now - (since.lastTurnAt ?? createdAt) >= policy.every) return "clock";
  return null;
}

/** Looks up what `dueTurn` wants to know. */
export async function sinceTurn(wheel: Wheel, { store }: Ports): Promise<SinceTurn> {
  const { records } = store;
  const last = (await records.turns(wheel.id)).findLast(({ trigger, state }) => trigger !== "first" && state === "recorded");
  const lastTurnAt = last?.startedAt ?? null;
  const since = lastTurnAt ?? -Infinity;
  const blocks = (await records.blocks({ asset: wheel.asset })).filter(({ excluded }) => excluded === null);
  const answers = (await records.labels({ asset: wheel.asset })).filter(({ knownAt, origin, answer, start, end }) => {
    if (origin === "model" || answer === "unsure") return false;
    const about = blocks.filter((block) => start < block.end && end > block.start);
    return about.length > 0 && (knownAt > since || about.some(({ createdAt }) => createdAt > since));
  }).length;
  const inForce = new Map((await records.judged({ wheel: wheel.id, role: "champion" })).map(({ block, model, at }) => [`${block} ${model}`, at]));
  const losses = (await records.losses({ wheel: wheel.id, evidence: "model" })).filter(({ block, model }) => inForce.has(`${block} ${model}`));
  const newLosses = losses.filter(({ block, model }) => (inForce.get(`${block} ${model}`) ?? 0) > since).length;
  return { answers, lastTurnAt, losses: losses.map(({ loss }) => loss), newLosses };
}
