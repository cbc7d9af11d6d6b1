import type { Verdict } from "../schema/verdict.ts";
import type { Policy } from "../schema/wheel.ts";
import { type Evidence, type Pair, quoted, weigh } from "./evidence.ts";

export interface Contest {
  /** The model in force, or `null`. `recipe` names feature map, learner and parameters. */
  readonly champion: { readonly digest: string; readonly recipe: string } | null;
  readonly challenger: { readonly digest: string; readonly recipe: string; readonly learntBlocks: number };
  /** Blocks judged on arrival by the champion's bytes and by the challenger's recipe, oldest first. */
  readonly recipeEvidence: readonly Pair[];
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
 * - Another recipe than the champion's must be better: the lower bound of its mean gain above 0 and,
 *   when fewer than 8 blocks differ, an exact sign test as well (5 wins of 5, 7 of 7, at level 0.95).
 *   With a gain that is not proven it goes into shadow.
 * - The champion's own recipe, taught by more, must not be worse: the bound above minus the margin.
 * - Both must miss no more faults than the champion, and with enough faults in the exam must not lose
 *   more there, on the mean, than the margin. An exam is small: asked for a bound, it would stop every
 *   model just when a new kind of fault makes learning worth most.
 *
 * The two kinds of evidence are never pooled: the exam can stop a promotion, not make one.
 */
export function verdict(contest: Contest): Verdict {
  const { champion, challenger, policy, random } = contest;
  const recipe = weigh(contest.recipeEvidence, policy.level, random);
  const exam = weigh(contest.modelEvidence, policy.level, random);
  const { decision, reason } = decide(contest, recipe, exam);
  const reasons = champion === null ? [reason] : [reason, ...foundOn(recipe, contest.eventName), examined(exam, policy, contest.eventName)];
  return {
    decision,
    challenger: challenger.digest,
    champion: champion?.digest ?? null,
    reasons: [...reasons, `The challenger learnt from ${count(challenger.learntBlocks, "block")}.`],
    figures: {
      blocks: recipe.blocks,
      events: recipe.events,
      championLoss: recipe.championLoss,
      challengerLoss: recipe.challengerLoss,
      gain: recipe.gain,
      gainLower: recipe.gainLower,
      examBlocks: exam.blocks,
      examGain: exam.gain,
    },
  };
}

interface Decision {
  readonly decision: Verdict["decision"];
  readonly reason: string;
}

function decide({ champion, challenger, policy, eventName = fault }: Contest, recipe: Evidence, exam: Evidence): Decision {
  if (champion === null) {
    return { decision: "promote", reason: "Nothing was in force, so this model is, provisionally: there was no champion to prove it against." };
  }
  if (champion.digest === challenger.digest) {
    return { decision: "keep", reason: "The challenger is, byte for byte, the model in force." };
  }
  if (recipe.gain === null || recipe.gainLower === null || recipe.events < policy.minEvents) {
    return {
      decision: "not-enough-events",
      reason: `The evidence holds ${count(recipe.events, eventName)}, ${policy.minEvents} are needed.`,
    };
  }
  const bar = { gain: recipe.gain, lower: recipe.gainLower };
  if (champion.recipe === challenger.recipe) return refreshed(bar, recipe, exam, policy);
  return replaced(bar, `Recipe ${quoted(challenger.recipe)}`, champion.recipe, recipe, exam, policy);
}

interface Gain {
  readonly gain: number;
  readonly lower: number;
}

/** The champion's recipe, taught by more: enough that it is not worse. */
function refreshed({ gain, lower }: Gain, recipe: Evidence, exam: Evidence, policy: Contest["policy"]): Decision {
  const stopped = guard(recipe, exam, policy);
  if (stopped !== null) return { decision: "keep", reason: stopped };
  const figures = `it gains ${signed(gain)} a block, and at least ${signed(lower)} at the ${percent(policy.level)} level`;
  return lower > -policy.margin
    ? { decision: "promote", reason: `A newer model of the recipe in force is no worse: ${figures} (more than ${signed(-policy.margin)} is needed).` }
    : { decision: "keep", reason: `A newer model of the recipe in force may be worse: ${figures}, and more than ${signed(-policy.margin)} is needed.` };
}

/** Another recipe: it has to be better, beyond chance. */
function replaced(
  { gain, lower }: Gain,
  name: string,
  champion: string,
  recipe: Evidence,
  exam: Evidence,
  policy: Contest["policy"],
): Decision {
  const losses = `${loss(recipe.challengerLoss)} against ${loss(recipe.championLoss)} a block`;
  if (!(gain > 0)) return { decision: "keep", reason: `${name} is no better than ${quoted(champion)}: its loss is ${losses}.` };
  const stopped = guard(recipe, exam, policy);
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

/** Why a challenger may not be promoted whatever its loss, or `null`. */
function guard(recipe: Evidence, exam: Evidence, { minEvents, margin }: Contest["policy"]): string | null {
  if (recipe.challengerMissed > recipe.championMissed) {
    return `The challenger missed ${recipe.challengerMissed} of ${count(recipe.events, "fault")}, the champion ${recipe.championMissed}: no more may be missed.`;
  }
  if (exam.events >= minEvents && exam.gain !== null && !(exam.gain > -margin)) {
    return `On the exam the challenger is worse: it gains ${signed(exam.gain)} a block there, and more than ${signed(-margin)} is needed.`;
  }
  return null;
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

const count = (many: number, noun: string): string => `${many} ${noun}${many === 1 ? "" : "s"}`;
const loss = (value: number | null): string => (value ?? NaN).toFixed(3);
const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;

/** With its sign and three decimals; what rounds to nothing is 0. */
function signed(value: number): string {
  const text = value.toFixed(3);
  return Number(text) === 0 ? "0" : value > 0 ? `+${text}` : text;
}
