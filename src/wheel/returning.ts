import { z } from "zod";
import { misfit, summaryOf, type InputSummary } from "../measure/input-fit.ts";
import type { Pair } from "../prove/evidence.ts";
import type { Unanswered } from "../prove/verdict.ts";
import type { Digest } from "../schema/id.ts";
import type { Model } from "../schema/model.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Fact } from "../store/records/facts.ts";
import { knownInputs } from "./block-inputs.ts";
import { lossesByBytes, pairsOf } from "./evidence.ts";
import { kindOf } from "./kinds/kinds.ts";
import { markedModels } from "./marked-models.ts";
import type { Ports } from "./ports.ts";
import { isLet } from "./recipes-of.ts";

/** Blocks that a summary needs, and newest blocks that must fit it better. */
const fewest = 5;
/** Models that may come back at one turn: each is run over the blocks since it began to fit. */
const most = 2;
/** Former champions that are looked at: each refresh leaves one, so that there may be thousands. */
const looked = 50;

const Summary = z.object({ levels: z.array(z.number().nullable()), spreads: z.array(z.number().nullable()) });
/** Where it is remembered what the blocks of a model were like. */
export const summaryName = (model: Digest): string => `inputs-of/${model}`;
const attemptName = ({ id }: Pick<Wheel, "id">, model: Digest): string => `returning/${id}/${model}`;

/** Remembers what the blocks were like that a model learnt from which goes into force, as far as they are remembered. */
export async function rememberSummary(wheel: Wheel, { digest, blocks, generated }: Model, ports: Pick<Ports, "store">): Promise<Fact[]> {
  const learnt = new Set(blocks.filter((block) => generated?.blocks.includes(block) !== true)); // a regime is what the plant is like
  const known = (await knownInputs(wheel, ports)).filter(({ block }) => learnt.has(block));
  return known.length < fewest ? [] : [{ put: "setting", value: { name: summaryName(digest), text: JSON.stringify(summaryOf(known)) } }]; // NaN is written as null
}

/** A model that was in force once and fits the newest blocks better than the one in force, with what has come since it began to. */
export interface Returning {
  readonly model: Model;
  readonly pairs: readonly Pair[];
  readonly unanswered: readonly Unanswered[];
}

/**
 * Retired models that are challengers again without being learnt anew, because what their blocks were like fits the five
 * newest better than what those of the model in force were like: a regime that has come back.
 *
 * Evidence is counted from the block after the one with which a model began to fit, so that what called it is not what
 * proves it; it starts anew when it has ceased to fit. What was rolled back, what had learnt from something forgotten,
 * and what was made from other signals does not come back.
 * Cost: the summaries of the fifty that were in force last; two models at most, each over the answered blocks since it began to fit.
 */
export async function returning(wheel: Wheel, ports: Ports): Promise<Returning[]> {
  const { records } = ports.store;
  const inForce = (await records.champion(wheel.id))?.model ?? null;
  const recent = (await knownInputs(wheel, ports)).slice(-fewest);
  const own = inForce === null ? null : await summaryOfModel(inForce, ports);
  if (inForce === null || own === null || recent.length < fewest) return [];
  const bar = misfit(recent, own);
  const candidates: { model: Model; misfit: number }[] = [];
  for (const digest of await formerChampions(wheel, inForce, ports)) {
    const summary = await summaryOfModel(digest, ports);
    const fits = summary === null ? NaN : misfit(recent, summary);
    const model = fits < bar ? await records.model(digest) : null;
    if (model !== null) candidates.push({ model, misfit: fits });
  }
  const able = candidates.length === 0 ? new Set() : await mayReturn(wheel, ports);
  const fitting = candidates.filter(({ model }) => able.has(model.digest));
  const called = new Set(fitting.map(({ model }) => attemptName(wheel, model.digest)));
  const over = (await records.settings(attemptName(wheel, ""))).filter(({ name }) => !called.has(name));
  if (over.length > 0) await records.write(over.map(({ name }): Fact => ({ drop: "setting", name })));
  const chosen = fitting.toSorted((a, b) => a.misfit - b.misfit).slice(0, most);
  return await Promise.all(chosen.map(async ({ model }) => await attempt(wheel, model, ports)));
}

/** The newest that were in force and are not now, newest first. */
async function formerChampions(wheel: Wheel, inForce: Digest, { store }: Ports): Promise<Digest[]> {
  const were = (await store.records.champions(wheel.id)).map(({ model }) => model).toReversed();
  return [...new Set(were)].filter((digest) => digest !== null && digest !== inForce).slice(0, looked) as Digest[];
}

/** Models of a wheel that were not taken out of force, had learnt from nothing forgotten and nothing that may not teach, and whose files are there. */
async function mayReturn(wheel: Wheel, ports: Ports): Promise<Set<Digest>> {
  const { records, models } = ports.store;
  const marked = await markedModels(ports);
  const takenOut = new Set((await records.ledger({ kinds: ["rollback", "turn"] })).flatMap((line) => ("decision" in line && line.decision === "rollback" && line.wheel === wheel.id ? [line.inputs.champion] : [])));
  return new Set((await records.models(wheel.id)).filter(({ recipe }) => isLet(wheel, recipe)).map(({ digest }) => digest).filter((digest) => !marked.has(digest) && !takenOut.has(digest) && models.has(digest)));
}

async function summaryOfModel(digest: Digest, { store }: Pick<Ports, "store">): Promise<InputSummary | null> {
  const text = await store.records.setting(summaryName(digest));
  if (text === null) return null;
  const { levels, spreads } = Summary.parse(JSON.parse(text));
  return { levels: levels.map((value) => value ?? NaN), spreads: spreads.map((value) => value ?? NaN) };
}

/** What both met since the model began to fit, which is noted the first time. */
async function attempt(wheel: Wheel, model: Model, ports: Ports): Promise<Returning> {
  const { records } = ports.store;
  const name = attemptName(wheel, model.digest);
  const newest = (await records.blocks({ asset: wheel.asset })).at(-1)?.id ?? "";
  const since = (await records.setting(name)) ?? newest;
  await records.write([{ put: "setting", value: { name, text: since } }]);

  const inForce = (await records.lossesInForce({ wheel: wheel.id })).map(({ loss }) => loss).filter(({ block }) => block > since && !model.blocks.includes(block));
  const met = (await Promise.all(inForce.map(({ block }) => records.block(block)))).filter((block) => block !== null);
  const theirs = await lossesByBytes(wheel, model, met, ports);
  const pairs = kindOf(wheel).joined(pairsOf(inForce, theirs));
  return { model, pairs, unanswered: await waiting(wheel, since, new Set(pairs.map(({ block }) => block)), ports) };
}

/** Blocks since then that somebody was asked about and has not answered: waited for, and at the worst once it is too late. */
async function waiting(wheel: Wheel, since: string, known: ReadonlySet<string>, { store: { records } }: Ports): Promise<Unanswered[]> {
  const found = new Map<string, Unanswered>();
  for (const state of ["open", "expired"] as const) {
    for (const { interval, probability } of await records.questions({ wheel: wheel.id, state })) {
      for (const { id } of await records.blocksOver({ asset: wheel.asset, ...interval })) if (id > since && !known.has(id)) found.set(id, { block: id, least: -1 / probability, isLate: state === "expired" });
    }
  }
  return [...found.values()];
}

