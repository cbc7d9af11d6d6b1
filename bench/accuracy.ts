import { existsSync } from "node:fs";
import { askTry } from "./accuracy-ask.ts";
import { accuracySets, type StudyAnswer } from "./accuracy-sets.ts";
import { peerFigures } from "./accuracy-peers.ts";
import { accuracyTep } from "./accuracy-tep.ts";
import { dataDirectory } from "./recordings.ts";
import type { Bench, Goal, Outcome, Run } from "./result.ts";
import { inTemporary } from "./temporary.ts";

/**
 * Accuracy of `millrace try` on public sets by their published protocols: a process for each, with the
 * defaults that anyone gets.
 */
export const accuracy: Bench = {
  name: "accuracy",
  summary: "`try` on public sets by their published protocols, beside chance and the peers at their defaults",
  needs: "the data sets; the Python peers of bench/peers for the estimates and for PRONOSTIA",
  takes: "ten minutes",
  parts: ["tep", ...accuracySets.map(({ key }) => key)],
  run: runAccuracy,
};

async function runAccuracy({ wants, say }: Run): Promise<Outcome> {
  if (!existsSync(dataDirectory)) throw new Error(`Cannot find ${dataDirectory}: set MILLRACE_BENCH_DATA to the folder that holds the data sets`);
  const figures: Record<string, Record<string, unknown> | null> = {};
  const goals: Goal[] = [];
  let variants = 0;
  const notes = ["All is asked through `millrace try`, with its defaults; the same for all sets. What is judged taught nothing, and chose nothing."];
  if (wants("tep")) {
    const tep = await accuracyTep();
    figures.tep = { ...tep.figures };
    goals.push(...tep.goals);
    variants += tep.variantsTried;
    say(`tep: ${JSON.stringify(figures.tep)}`);
  }
  for (const set of accuracySets.filter(({ key }) => wants(key))) {
    const asked = await inTemporary((directory) => askTry<StudyAnswer>(set.words, directory));
    if (typeof asked === "string") {
      figures[set.key] = null;
      notes.push(`${set.key}: ${asked}`);
      goals.push(...set.goals.map((goal) => ({ ...goal, figure: `${set.key}.${goal.figure}`, got: null, cause: asked })));
      continue;
    }
    const own = set.figures(asked);
    const peers = set.peers === null ? null : await peerFigures(set);
    if (peers !== null && "error" in peers) notes.push(`${set.key}: the peers could not be run: ${peers.error}`);
    const beside = peers !== null && "rmseSklearn" in peers ? peers : {};
    const rivals = Object.values(beside).filter((rmse) => typeof rmse === "number");
    figures[set.key] = { ...own, ...beside, enough: asked.enough, learners: asked.model.parts.map(({ learner, map, weight }) => ({ learner, map, weight })), seconds: asked.seconds, cpuSeconds: asked.cpuSeconds, peakMiB: asked.peakMiB };
    goals.push(...set.goals.map((goal) => ({ ...goal, figure: `${set.key}.${goal.figure}`, got: own[goal.figure] ?? null, cause: goal.cause ?? causeOf(own, goal) })));
    const atMost = Math.min(...rivals);
    if (set.peers === "goal" && rivals.length > 0) goals.push({ figure: `${set.key}.rmse`, got: own.rmse ?? null, atMost, cause: `the best of the peers, picked on what judges, errs less; ${causeOf(own, { atMost })}` });
    say(`${set.key}: ${JSON.stringify(figures[set.key])}`);
  }
  return { figures, goals, notes, variantsTried: variants + variantsTried };
}

/** What the figure's own interval says of a goal. */
function causeOf({ low = null, high = null }: Record<string, number | null>, { atLeast, atMost }: { readonly atLeast?: number; readonly atMost?: number }): string {
  const goal = atLeast ?? atMost ?? NaN;
  if (low === null || high === null) return "too few blocks judge for an interval";
  const range = `the 95 % interval of the figure over the blocks that judge, ${low.toPrecision(3)} to ${high.toPrecision(3)}`;
  return goal >= low && goal <= high ? `the goal lies within ${range}: these data do not tell the two apart` : `the goal lies outside of ${range}`;
}

/** Ways of learning that were looked at on these very sets while the defaults were made: the figures are that much optimistic. */
const variantsTried = 23;
