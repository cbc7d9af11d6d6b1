import { lossDrift } from "../measure/drift.ts";
import type { Micros } from "../schema/time.ts";
import type { Trigger } from "../schema/turn.ts";
import type { Wheel } from "../schema/wheel.ts";
import { aboutOf } from "./about.ts";
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

/** Losses that a rise is told from: the newest. Those before are of another time, and reading them would cost more each year. */
const mostLosses = 200;

/** Looks up what `dueTurn` wants to know. Cost: that of what is new since the last turn, however long the wheel has run. */
export async function sinceTurn(wheel: Wheel, { store }: Ports): Promise<SinceTurn> {
  const { records } = store;
  const lastTurnAt = await records.lastTurnAt(wheel.id);
  const since = lastTurnAt ?? -Infinity;
  const answers = await records.answersSince({ asset: wheel.asset, since, about: aboutOf(wheel) });
  const losses = await records.lossesInForce({ wheel: wheel.id, limit: mostLosses });
  return { answers, lastTurnAt, losses: losses.map(({ loss }) => loss.loss), newLosses: losses.filter(({ judgedAt }) => judgedAt > since).length };
}
