import { randomFrom } from "../learn/random.ts";
import type { Pair } from "../prove/evidence.ts";
import { amongSeveral, verdict as judgeContest } from "../prove/verdict.ts";
import type { Block } from "../schema/block.ts";
import type { Model } from "../schema/model.ts";
import type { Trigger, Turn } from "../schema/turn.ts";
import type { Verdict } from "../schema/verdict.ts";
import type { Wheel } from "../schema/wheel.ts";
import { auditChance } from "./audit-chance.ts";
import { backfill } from "./backfill.ts";
import { choose, chooseGenerated, leftOutByOrigin, retireExam } from "./choose.ts";
import { examPairs, isExamDue, recipePairs, unansweredBlocks } from "./evidence.ts";
import { kindOf } from "./kinds/kinds.ts";
import { learn } from "./learn.ts";
import { recipeName } from "./names.ts";
import type { Ports } from "./ports.ts";
import { beginTurn, closeTurn } from "./record.ts";
import { returning, type Returning } from "./returning.ts";
import { lookBack, regretted } from "./watch.ts";

/**
 * One turn of a wheel: choose, learn, prove, verdict, deploy, record.
 *
 * Nothing it makes is in force before its last step, which writes the champion, the turn and its line
 * of the ledger in one transaction: a turn cut off anywhere has changed nothing, and the next one takes up its number.
 */
export async function turn(wheel: Wheel, trigger: Trigger, ports: Ports): Promise<Turn> {
  const started = await beginTurn(wheel, trigger, ports);
  const regret = regretted(await lookBack(wheel, ports));
  const [real, made] = [await choose(wheel, ports), await chooseGenerated(wheel, ports)];
  await backfill(wheel, real, ports);
  const challengers = await learn(wheel, started.turn, { real, made }, "whole", ports);
  const verdicts = await prove(wheel, challengers.models, ports);
  const remarks = [...challengers.models.map(generatedIn), await leftOutByOrigin(wheel, made, ports)].filter((text) => text !== null);
  const verdict = await askedFirst(wheel, regret ?? decide(verdicts, [...challengers.whyNot, ...remarks]), ports);
  const blocks = [...real, ...made].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const closed = await closeTurn(wheel, started, { verdict, blocks, models: challengers.models }, ports);
  await retireExam(wheel, ports);
  return closed;
}

/**
 * The first turn of a wheel whose blocks bring a warm-up: a model from the first block's warm-up alone,
 * so that something is in force when the rest of that block is judged.
 */
export async function firstTurn(wheel: Wheel, block: Block, ports: Ports): Promise<Turn> {
  const started = await beginTurn(wheel, "first", ports);
  const { models, whyNot } = await learn(wheel, started.turn, { real: [block], made: [] }, "warm-up", ports);
  const verdicts = await prove(wheel, models.slice(0, 1), ports);
  return await closeTurn(wheel, started, { verdict: decide(verdicts, whyNot), blocks: [], models, warmUp: block }, ports);
}

/**
 * Each challenger against the champion, on blocks that neither learnt from. Where nothing is in force yet
 * the one to beat is what looks at no input, if the wheel's kind has such a thing.
 */
async function prove(wheel: Wheel, models: readonly Model[], ports: Ports): Promise<Verdict[]> {
  const { reference } = kindOf(wheel);
  const inForce = await ports.store.records.champion(wheel.id);
  const toBeat = models.find(({ recipe }) => recipe.name === reference) ?? null;
  const champion = inForce === null ? toBeat : await ports.store.records.model(inForce.model);
  const verdicts: Verdict[] = [];
  for (const challenger of models) if (challenger !== toBeat) verdicts.push(await contest(wheel, { champion, inForce: inForce !== null }, challenger, ports));
  for (const old of await returning(wheel, ports)) verdicts.push(await rematch(wheel, champion, old, ports));
  return inForce === null && reference !== null ? verdicts.map((one) => stillSilent(wheel, one)) : amongSeveral(verdicts, wheel.policy.level);
}

/** What a challenger is held against: the model in force, or what looks at no input while nothing is. */
interface ToBeat {
  readonly champion: Model | null;
  readonly inForce: boolean;
}

/** Nothing goes into force that knows no more than one who looks at no input. */
function stillSilent({ target = null }: Wheel, verdict: Verdict): Verdict {
  if (verdict.decision === "promote") return verdict;
  return { ...verdict, reasons: [...verdict.reasons, `Nothing is in force: it has not been shown that the inputs tell anything of ${JSON.stringify(target?.name ?? "")}.`] };
}

/** The exam is sat only by a challenger that would be promoted, and not after every answer: it wears out by being looked at. */
async function contest(wheel: Wheel, { champion, inForce }: ToBeat, challenger: Model, ports: Ports): Promise<Verdict> {
  if (await wasRolledBack(challenger, ports)) return rolledBack(champion, challenger);
  if (champion === null && challenger.recipe.generated !== undefined) return nothingToProve([`Recipe ${challenger.recipe.name} goes into force only as better than one that is.`]);
  const recipeEvidence = champion === null ? [] : await recipePairs(wheel, champion, challenger, ports);
  const known = new Set(recipeEvidence.map(({ block }) => block));
  const unanswered = champion === null || !inForce || recipeName(champion.recipe) === recipeName(challenger.recipe) ? [] : await unansweredBlocks(wheel, champion, challenger, known, ports);
  const chance = await auditChance(wheel, ports);
  const decideWith = (modelEvidence: readonly Pair[]) =>
    judgeContest({
      champion: champion && { digest: champion.digest, recipe: recipeName(champion.recipe), inForce },
      challenger: { digest: challenger.digest, recipe: recipeName(challenger.recipe), learntBlocks: challenger.blocks.length },
      recipeEvidence,
      unanswered,
      auditChance: chance,
      modelEvidence,
      policy: wheel.policy,
      eventName: kindOf(wheel).eventName,
      random: randomFrom(Number.parseInt(challenger.digest.slice(0, 8), 16)),
    });
  const before = decideWith([]);
  if (champion === null || before.decision !== "promote" || !(await isExamDue(wheel, champion, challenger, ports))) return before;
  return decideWith(await examPairs(wheel, champion, challenger, ports));
}

/** A model that was in force once against the one that is: as another way of learning would have to, it must be better. */
async function rematch(wheel: Wheel, champion: Model | null, { model, pairs, unanswered }: Returning, ports: Ports): Promise<Verdict> {
  const judged = judgeContest({
    champion: champion && { digest: champion.digest, recipe: recipeName(champion.recipe) },
    challenger: { digest: model.digest, recipe: `${recipeName(model.recipe)} of ${new Date(model.createdAt / 1000).toISOString().slice(0, 10)}`, learntBlocks: model.blocks.length },
    recipeEvidence: pairs,
    unanswered,
    auditChance: await auditChance(wheel, ports),
    modelEvidence: champion === null ? [] : await examPairs(wheel, champion, model, ports),
    policy: wheel.policy,
    eventName: kindOf(wheel).eventName,
    random: randomFrom(Number.parseInt(model.digest.slice(0, 8), 16)),
  });
  return { ...judged, reasons: [...judged.reasons, "The challenger has been in force before: the newest blocks are more like those that it learnt from."] };
}

/** What a person has taken out of force stays out until something new has been learnt. */
async function wasRolledBack({ digest, wheel }: Model, { store }: Ports): Promise<boolean> {
  const lines = await store.records.ledger();
  return lines.some((line) => "decision" in line && line.decision === "rollback" && line.wheel === wheel && line.inputs.champion === digest);
}

function rolledBack(champion: Model | null, challenger: Model): Verdict {
  const reason = "The challenger is a model that was rolled back; nothing new has been learnt since.";
  return { ...nothingToProve([reason]), decision: "keep", champion: champion?.digest ?? null, challenger: challenger.digest };
}

/** How much of a model's teaching models or simulators made, in a sentence; `null` where nothing. */
function generatedIn({ recipe: { name, generated: atMost = 0 }, generated }: Model): string | null {
  if (generated === undefined) return null;
  const { blocks: { length }, weight } = generated;
  return `Recipe ${name} was taught by ${length} ${length === 1 ? "block" : "blocks"} of which models or simulators made the samples or the labels: they weigh ${weight.toFixed(2)} of what is real, at most ${atMost} is allowed, and they prove nothing.`;
}

/** The best promotion if there is one; else what is said of the first recipe's challenger. */
function decide(verdicts: readonly Verdict[], whyNot: readonly string[]): Verdict {
  const gainOf = ({ figures }: Verdict) => figures.gainLower ?? Number.NEGATIVE_INFINITY;
  const promoted = verdicts.filter(({ decision }) => decision === "promote").toSorted((a, b) => gainOf(b) - gainOf(a));
  const [best] = promoted.length > 0 ? promoted : verdicts;
  if (best === undefined) return nothingToProve(whyNot);
  return whyNot.length === 0 ? best : { ...best, reasons: [...best.reasons, ...whyNot] };
}

/** Where the wheel's policy says so, a person has the last word on what takes the place of a model in force. */
async function askedFirst({ id, policy }: Wheel, verdict: Verdict, { store }: Ports): Promise<Verdict> {
  const moves = verdict.decision === "promote" || verdict.decision === "rollback";
  if (!moves || policy.promotion !== "ask" || (await store.records.champion(id)) === null) return verdict;
  return { ...verdict, decision: "ask", reasons: [...verdict.reasons, "It waits for a person's word: the wheel is set to ask."] };
}

function nothingToProve(whyNot: readonly string[]): Verdict {
  return {
    decision: "not-enough-events",
    challenger: null,
    champion: null,
    reasons: whyNot.length === 0 ? ["There is no recipe to learn with."] : [...whyNot],
    figures: { blocks: 0, events: 0, championLoss: null, challengerLoss: null, gain: null, gainLower: null, examBlocks: 0, examGain: null },
  };
}
