import type { Verdict } from "../schema/verdict.ts";
import type { Policy } from "../schema/wheel.ts";
import { neighbourLikeness } from "./block-length.ts";
import { rangeAt } from "./chance.ts";
import { discoveries, settledGains, signEvidence, watch, type Watch } from "./e-process.ts";
import { type Evidence, type Pair, quoted, weigh } from "./evidence.ts";
import { count, percent, signed, stoppedBy } from "./guards.ts";

/** A block that both judged and nobody has answered: the worst that its truth could make of the gain, 0 or less, and whether the time for an answer is over. */
export interface Unanswered {
  readonly block: string;
  readonly least: number;
  readonly isLate: boolean;
}

export interface Contest {
  /**
   * The model in force, or what looks at no input while nothing is (`inForce` false), or `null`. `recipe` names feature
   * map, learner and parameters.
   */
  readonly champion: { readonly digest: string; readonly recipe: string; readonly inForce?: boolean } | null;
  readonly challenger: { readonly digest: string; readonly recipe: string; readonly learntBlocks: number };
  /** Blocks judged on arrival by the champion's bytes and by the challenger's recipe, oldest first. */
  readonly recipeEvidence: readonly Pair[];
  /** Blocks in between that somebody was asked about and has not answered. @default none */
  readonly unanswered?: readonly Unanswered[];
  /** The smallest chance with which quiet stretches are asked about; `null` where people are asked about alarms alone. @default 1, nothing is asked: all is told */
  readonly auditChance?: number | null;
  /** Exam blocks judged by the very bytes of both, oldest first. */
  readonly modelEvidence: readonly Pair[];
  readonly policy: Pick<Policy, "minEvents" | "level" | "margin">;
  /** What an event of the evidence is called. @default "real fault" */
  readonly eventName?: string;
  /** Draws from [0, 1); the same draws give the same verdict. */
  readonly random: () => number;
}

/** Below this many blocks that tell the two models apart, a bound is not trusted by itself. */
export const fewBlocks = 8;

/**
 * Whether a challenger goes into force, and why, in sentences with figures.
 *
 * - Nothing in force: promoted, provisionally.
 * - Fewer real faults in the recipe evidence than the policy asks for: not enough events.
 * - Another recipe than the one in force must be better by evidence that may be looked at after every block
 *   (`evidenceOf`): 20 is needed at level 0.95. Until then it runs in shadow; evidence of 20 that it is worse by more
 *   than the margin turns it down.
 * - While nothing is in force, a recipe must be better than what looks at no input: the lower bound of its mean gain
 *   above 0 and, when fewer than 8 blocks differ, an exact sign test as well (5 wins of 5, 7 of 7, at level 0.95).
 * - The champion's own recipe, taught by more, must not be worse: the bound above minus the margin.
 * - Both may not be worse where a mean can hide it: see `stoppedBy`. The exam stops on the mean: it is small, and asked
 *   for a bound it would stop every model just when a new kind of fault makes learning worth most.
 *
 * The two kinds of evidence are never pooled: the exam can stop a promotion, not make one.
 */
export function verdict(contest: Contest): Verdict {
  const { champion, challenger, policy, random } = contest;
  const recipe = weigh(contest.recipeEvidence, policy.level, random);
  const exam = weigh(contest.modelEvidence, policy.level, random);
  const seen = champion !== null && champion.inForce !== false && champion.recipe !== challenger.recipe ? watched(contest) : null;
  const { decision, reason } = decide(contest, recipe, exam, seen);
  const reasons = champion === null ? [reason] : [reason, ...foundOn(recipe, contest.eventName), examined(exam, policy, contest.eventName)];
  return {
    decision,
    challenger: challenger.digest,
    champion: champion?.digest ?? null,
    reasons: [...reasons, ...(seen === null ? [] : hidden(contest)), ...shortBlocks(contest.recipeEvidence), `The challenger learnt from ${count(challenger.learntBlocks, "block")}.`],
    figures: {
      blocks: recipe.blocks,
      events: recipe.events,
      championLoss: recipe.championLoss,
      challengerLoss: recipe.challengerLoss,
      gain: recipe.gain,
      gainLower: recipe.gainLower,
      examBlocks: exam.blocks,
      examGain: exam.gain,
      ...(seen !== null && { evidence: { better: seen.better, worse: seen.worse, now: seen.now, signs: Math.exp(signEvidence(recipe.won, recipe.lost)), blocksToGo: seen.blocksToGo } }),
    },
  };
}

/** What the evidence cannot hold, or what it costs that it does. */
function hidden({ auditChance = 1 }: Contest): string[] {
  if (auditChance === null) return ["No quiet stretch is asked about: false alarms of the challenger where the model in force is silent are not in this evidence."];
  if (auditChance === 1) return [];
  return [`Quiet stretches are asked about with a chance of ${percent(auditChance)}: an answer about one counts ${Math.round(1 / auditChance)} times, and the evidence takes that many more blocks.`];
}

/** What to say where blocks are too short to be evidence of their own. */
function shortBlocks(pairs: readonly Pair[]): string[] {
  const likeness = neighbourLikeness(Float64Array.from(pairs, ({ championLoss, challengerLoss }) => championLoss - challengerLoss));
  return likeness === null ? [] : [`Neighbouring blocks gain alike (${likeness.toFixed(2)}): they are short against the time that errors last, and the evidence may come too soon. Cut longer ones.`];
}

/**
 * Several recipes watched at once: of those promoted by their evidence, no more than 1 - level are to be no better, on
 * average. One alone needs 1 / (1 - level), one of several as many times that; those that fall short stay in shadow.
 */
export function amongSeveral(verdicts: readonly Verdict[], level: number): Verdict[] {
  // By now, not the most it has ever been: only that is an e-value where the turn chooses when to look.
  const evidence = verdicts.map(({ figures }) => figures.evidence?.now ?? figures.evidence?.better ?? null);
  const known = evidence.filter((value) => value !== null);
  const passing = new Set(discoveries(known, 1 - level).map((at) => known[at]));
  return verdicts.map((one, at) => {
    const own = evidence[at];
    if (one.decision !== "promote" || own === null || passing.has(own)) return one;
    const reason = `${count(known.length, "recipe")} are watched at once, so that evidence of ${evidenceText(known.length / (1 - level))} is needed of one alone; this one has ${evidenceText(own)}.`;
    return { ...one, decision: "shadow", reasons: [reason, ...one.reasons] };
  });
}

/** The evidence of the attempt under way, over blocks in their order: one that was turned down may try again on the blocks that come after, for times change. */
function watched({ recipeEvidence, unanswered = [], auditChance = 1, policy }: Contest): Watch {
  const needed = needs(policy);
  const rule = { promoteAt: needed, rejectAt: needed, margin: policy.margin };
  const range = rangeAt(auditChance ?? 1);
  const met = [
    ...recipeEvidence.map(({ block, championLoss, challengerLoss, gain }) => ({ block, gain: gain ?? championLoss - challengerLoss, least: range.least, isLate: true })),
    ...unanswered.map((one) => ({ ...one, gain: null })),
  ].toSorted((a, b) => (a.block < b.block ? -1 : 1));
  let gains = settledGains(met);
  let seen = watch(gains, rule, range);
  while (seen.state === "worse" && seen.blocks < gains.length) {
    gains = gains.subarray(seen.blocks);
    seen = watch(gains, rule, range);
  }
  return seen;
}

/** Evidence that a level asks for: 20 at 0.95. */
const needs = ({ level }: Pick<Policy, "level">): number => Math.round(1e6 / (1 - level)) / 1e6;

interface Decision {
  readonly decision: Verdict["decision"];
  readonly reason: string;
}

function decide(contest: Contest, recipe: Evidence, exam: Evidence, seen: Watch | null): Decision {
  const { champion, challenger, policy, eventName = fault } = contest;
  if (champion === null) {
    return { decision: "promote", reason: "Nothing was in force, so this model is, provisionally: there was no champion to prove it against." };
  }
  if (champion.digest === challenger.digest) {
    return { decision: "keep", reason: "The challenger is, byte for byte, the model in force." };
  }
  if (recipe.gain === null || recipe.gainLower === null || recipe.events < policy.minEvents) {
    return {
      decision: "not-enough-events",
      reason: `The evidence holds ${count(recipe.events, eventName)}, ${neededEvents(recipe, policy, seen)} needed.`,
    };
  }
  const bar = { gain: recipe.gain, lower: recipe.gainLower };
  const stopped = stoppedBy(recipe, exam, contest.recipeEvidence, contest.modelEvidence, policy);
  if (champion.recipe === challenger.recipe) return refreshed(bar, stopped, policy);
  const name = `Recipe ${quoted(challenger.recipe)}`;
  if (seen !== null) return succeeded(seen, name, champion.recipe, recipe, stopped, policy);
  return replaced(bar, name, champion.recipe, recipe, stopped, policy);
}

/** How many events it will take: what the policy asks for, and no fewer than the evidence needs at the rate so far. */
function neededEvents(recipe: Evidence, { minEvents }: Contest["policy"], seen: Watch | null): string {
  const toGo = seen?.blocksToGo ?? null;
  const about = toGo === null || recipe.blocks === 0 ? 0 : Math.ceil((recipe.events * (recipe.blocks + toGo)) / recipe.blocks);
  return about > minEvents ? `about ${about} are` : `${minEvents} are`;
}

interface Gain {
  readonly gain: number;
  readonly lower: number;
}

/** The champion's recipe, taught by more: enough that it is not worse. */
function refreshed({ gain, lower }: Gain, stopped: string | null, policy: Contest["policy"]): Decision {
  if (stopped !== null) return { decision: "keep", reason: stopped };
  const figures = `it gains ${signed(gain)} a block, and at least ${signed(lower)} at the ${percent(policy.level)} level`;
  return lower > -policy.margin
    ? { decision: "promote", reason: `A newer model of the recipe in force is no worse: ${figures} (more than ${signed(-policy.margin)} is needed).` }
    : { decision: "keep", reason: `A newer model of the recipe in force may be worse: ${figures}, and more than ${signed(-policy.margin)} is needed.` };
}

/** Another recipe than the one in force: it has to be better by evidence that grows block by block. */
function succeeded(seen: Watch, name: string, champion: string, recipe: Evidence, stopped: string | null, policy: Contest["policy"]): Decision {
  const losses = `${loss(recipe.challengerLoss)} against ${loss(recipe.championLoss)} a block`;
  const needed = evidenceText(needs(policy));
  if (seen.state === "worse") return { decision: "keep", reason: `${name} is turned down: it loses more than ${quoted(champion)}, ${losses}; the evidence for that is ${evidenceText(seen.worse)}, and ${needed} is needed.` };
  if (!((recipe.gain ?? 0) > 0)) return { decision: "keep", reason: `${name} is no better than ${quoted(champion)}: its loss is ${losses}.` };
  if (stopped !== null) return { decision: "keep", reason: stopped };
  const beats = `${name} loses less than ${quoted(champion)}: ${losses}`;
  if (seen.state === "better") return { decision: "promote", reason: `${beats}. The evidence that this is no chance is ${evidenceText(seen.better)}, and ${needed} is needed.` };
  const toGo = seen.blocksToGo === null ? "it does not grow yet" : `about ${count(seen.blocksToGo, "block")} more like these would do`;
  return { decision: "shadow", reason: `${beats}, but the evidence that this is no chance has come to ${evidenceText(seen.better)}, and ${needed} is needed: ${toGo}.` };
}

/** Another recipe than what looks at no input: it has to be better, beyond chance. */
function replaced(
  { gain, lower }: Gain,
  name: string,
  champion: string,
  recipe: Evidence,
  stopped: string | null,
  policy: Contest["policy"],
): Decision {
  const losses = `${loss(recipe.challengerLoss)} against ${loss(recipe.championLoss)} a block`;
  if (!(gain > 0)) return { decision: "keep", reason: `${name} is no better than ${quoted(champion)}: its loss is ${losses}.` };
  if (stopped !== null) return { decision: "keep", reason: stopped };

  const level = percent(policy.level);
  const beats = `${name} loses less than ${quoted(champion)}: ${losses}`;
  if (!(lower > 0)) {
    return { decision: "shadow", reason: `${beats}, but at the ${level} level the gain may be as low as ${signed(lower)}: above 0 is needed.` };
  }
  const apart = recipe.won + recipe.lost;
  if (apart < fewBlocks && !(recipe.signP < 1 - policy.level)) {
    return {
      decision: "shadow",
      reason:
        `${beats}, but only ${count(apart, "block")} ${apart === 1 ? "tells" : "tell"} the two apart: winning ${recipe.won} of ${apart} ` +
        `is ${percent(recipe.signP)} likely by chance, and below ${percent(1 - policy.level)} is needed.`,
    };
  }
  return { decision: "promote", reason: `${beats}, a gain of at least ${signed(lower)} at the ${level} level.` };
}

const fault = "real fault";

function foundOn(recipe: Evidence, eventName = fault): string[] {
  if (recipe.blocks === 0) return ["No block has been judged on arrival by both."];
  if (eventName !== fault) return [`On ${count(recipe.blocks, "block")} judged on arrival, with ${count(recipe.events, eventName)}: the challenger lost less on ${recipe.won}, more on ${recipe.lost}.`];
  return [
    `On ${count(recipe.blocks, "block")} judged on arrival, with ${count(recipe.events, "fault")}: the challenger missed ` +
      `${recipe.challengerMissed} and raised ${count(recipe.challengerFalseAlarms, "false alarm")}, the champion missed ` +
      `${recipe.championMissed} and raised ${recipe.championFalseAlarms}; the challenger lost less on ${recipe.won}, more on ${recipe.lost}.`,
  ];
}

function examined(exam: Evidence, { minEvents }: Contest["policy"], eventName = fault): string {
  if (exam.gain === null) return "The exam was not sat.";
  const named = eventName === fault ? "fault" : eventName;
  const weight = exam.events < minEvents ? `; with fewer than ${count(minEvents, named)} it decides nothing` : "";
  if (eventName !== fault) return `On ${count(exam.blocks, "exam block")} with ${count(exam.events, named)} the challenger gains ${signed(exam.gain)} a block${weight}.`;
  return (
    `On ${count(exam.blocks, "exam block")} with ${count(exam.events, "fault")} the challenger gains ${signed(exam.gain)} a block, ` +
    `missing ${exam.challengerMissed} to the champion's ${exam.championMissed}${weight}.`
  );
}

const loss = (value: number | null): string => (value ?? NaN).toFixed(3);
const evidenceText = (evidence: number): string => (evidence >= 1000 ? "over 1000" : String(Number(evidence.toPrecision(2))));
