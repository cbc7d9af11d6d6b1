import { z } from "zod";
import { rangeAt, weighedGain } from "../prove/chance.ts";
import { watch, type Watch } from "../prove/e-process.ts";
import { Digest } from "../schema/id.ts";
import type { Micros } from "../schema/time.ts";
import type { Verdict } from "../schema/verdict.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Fact } from "../store/records/facts.ts";
import { auditChance } from "./audit-chance.ts";
import { markedModels } from "./marked-models.ts";
import type { Ports } from "./ports.ts";
import { isLet } from "./recipes-of.ts";

/** Evidence from which what was in force before is put back: one over the chance of doing so although it was no better. */
export const rollbackAt = 10;
/** A promotion is watched over so many blocks at most. */
const mostBlocks = 100;

/**
 * What is remembered of the last promotion: which model was in force before, since when it looks on, and, once a
 * promotion was taken back by evidence, since when newer models of the recipe have to show anew that they are no worse.
 */
const Watched = z.object({ former: Digest.nullable(), since: z.number(), heldSince: z.number().nullable() });
export type Watched = z.infer<typeof Watched>;

const nameOf = (wheel: Pick<Wheel, "id">): string => `watch/${wheel.id}`;
const fact = (wheel: Pick<Wheel, "id">, watched: Watched): Fact => ({ put: "setting", value: { name: nameOf(wheel), text: JSON.stringify(watched) } });

export async function watchedOf(wheel: Pick<Wheel, "id">, { store }: Pick<Ports, "store">): Promise<Watched | null> {
  const text = await store.records.setting(nameOf(wheel));
  return text === null ? null : Watched.parse(JSON.parse(text));
}

/**
 * A promotion puts the model that was in force before on watch, unless an earlier one still looks on: so what creeps in
 * by many small promotions is seen as well.
 */
export async function promotionWatched(wheel: Wheel, former: Digest | null, at: Micros, ports: Ports, promoted?: Digest): Promise<Fact[]> {
  const before = await watchedOf(wheel, ports);
  if (promoted !== undefined && promoted === before?.former) return [takenBack(wheel, at)]; // a person agreed that it was better
  if (former === null || (before !== null && before.former !== null)) return [];
  return [fact(wheel, { former, since: at, heldSince: before?.heldSince ?? null })];
}

/** Taken back: nothing looks on, and what is learnt next has to earn its place from here on. */
export const takenBack = (wheel: Wheel, at: Micros): Fact => fact(wheel, { former: null, since: at, heldSince: at });

/** A person has put another model in force: nothing is left to watch. */
export async function watchEnded(wheel: Wheel, at: Micros, ports: Ports): Promise<Fact[]> {
  const before = await watchedOf(wheel, ports);
  return before === null ? [] : [fact(wheel, { ...before, former: null, since: at })];
}

/** What the blocks since a promotion say of it. */
export interface LookBack {
  readonly former: Digest;
  readonly champion: Digest;
  readonly seen: Watch;
  readonly blocks: number;
  readonly events: number;
  readonly losses: { readonly champion: number; readonly former: number };
}

/**
 * Holds what has been in force since the watch began against the model before it, on the blocks that both judged on
 * arrival and whose truth is known: by the same evidence as a promotion, the other way about. A watch that has shown
 * that the change was good, or has seen 100 blocks, is over.
 *
 * Returns: `null` while nothing is on watch or nothing is in force.
 */
export async function lookBack(wheel: Wheel, ports: Pick<Ports, "store">): Promise<LookBack | null> {
  const { records } = ports.store;
  const [watched, champion] = [await watchedOf(wheel, ports), (await records.champion(wheel.id))?.model ?? null];
  if (watched === null || watched.former === null || champion === null) return null;
  const { former, since, heldSince } = watched;
  if ((await markedModels(ports)).has(former)) return null; // it had learnt from what was forgotten, and never comes back
  if (!isLet(wheel, (await records.model(former))?.recipe ?? {})) return null; // nor does one taught by what may not teach any more
  const theirs = new Map((await records.losses({ wheel: wheel.id, evidence: "model", model: former })).map((loss) => [loss.block, loss]));
  const inForce = (await records.lossesInForce({ wheel: wheel.id, limit: mostBlocks })).filter(({ judgedAt }) => judgedAt > since);
  const pairs = inForce.flatMap(({ loss }) => {
    const other = theirs.get(loss.block);
    return other === undefined || other.labelsDigest !== loss.labelsDigest ? [] : [{ ours: loss, other }];
  });
  const range = rangeAt((await auditChance(wheel, ports)) ?? 1);
  const seen = watch(Float64Array.from(pairs, ({ ours, other }) => weighedGain(ours, other)), { promoteAt: rollbackAt, rejectAt: rollbackAt, margin: 0 }, range);
  if (seen.state === "worse" || pairs.length >= mostBlocks) await records.write([fact(wheel, { former: null, since, heldSince })]);
  const mean = (losses: readonly number[]): number => losses.reduce((sum, loss) => sum + loss, 0) / Math.max(1, losses.length);
  const losses = { champion: mean(pairs.map(({ ours }) => ours.loss)), former: mean(pairs.map(({ other }) => other.loss)) };
  return { former, champion, seen, blocks: pairs.length, events: pairs.reduce((sum, { ours }) => sum + ours.faults, 0), losses };
}

/** The verdict that takes a promotion back, or `null` while the evidence for that is not enough. */
export function regretted(back: LookBack | null): Verdict | null {
  if (back === null || back.seen.state !== "better") return null;
  const { former, champion, seen, blocks, events, losses } = back;
  const many = `${blocks} ${blocks === 1 ? "block" : "blocks"}`;
  return {
    decision: "rollback",
    challenger: former,
    champion,
    reasons: [
      `The model in force before was better: over ${many} since then it would have lost ${losses.former.toFixed(3)} a block, and what was in force lost ${losses.champion.toFixed(3)}. ` +
        `The evidence that this is no chance is ${Number(seen.better.toPrecision(2))}, and ${rollbackAt} is needed.`,
    ],
    figures: { blocks, events, championLoss: losses.champion, challengerLoss: losses.former, gain: losses.champion - losses.former, gainLower: null, examBlocks: 0, examGain: null, evidence: { better: seen.better, worse: seen.worse, signs: 0, blocksToGo: null } },
  };
}
