import { join } from "node:path";
import { engineGram } from "../src/engine/gram.ts";
import { onnxEngine } from "../src/engine/onnx.ts";
import type { Bench, Goal, Outcome, Run } from "./result.ts";
import { curvesOf, type CurveLearner } from "./speed-curves.ts";
import { parityOf, type ParityModel } from "./speed-parity.ts";
import { race, type Comparison, type Race } from "./speed-race.ts";
import { signalComparisons } from "./speed-signals.ts";
import { treeModels } from "./speed-trees-models.ts";
import { treeComparisons } from "./speed-trees.ts";
import { inTemporary } from "./temporary.ts";

/** Every comparison, learner of the curves and exported model: each kind of learner adds its own file's. */
const comparisons: readonly Comparison[] = [...treeComparisons, ...signalComparisons];
const curveLearners: readonly CurveLearner[] = ["distance", "ridge", "extra-trees", "boosted-trees", "isolation"].map((learner) => ({ learner, file: "speed-curve-child.ts" }));
const exported = async (): Promise<ParityModel[]> => [...(await treeModels(await engineGram(onnxEngine)))];

/** Fits and scores against the peers that a data scientist would take instead, and what they cost as data grow. */
export const speed: Bench = {
  name: "speed",
  summary: "learners against scikit-learn, LightGBM, PyOD, River, aeon and TSB-AD on the same data, turn by turn; time and memory as data grow; models in Python",
  needs: "the peers' Python environment (bench/peers)",
  takes: "ten minutes",
  parts: [...comparisons.map(({ key }) => key), "curves", "parity"],
  run: runSpeed,
};

async function runSpeed({ wants, say }: Run): Promise<Outcome> {
  const figures: Record<string, unknown> = {};
  const goals: Goal[] = [];
  const notes = ["Both sides: two threads, a fresh process each, warm, in turn, medians of five; peak memory with the data and the runtime."];
  for (const comparison of comparisons.filter(({ key }) => wants(key))) {
    const seen = await inTemporary(async (directory) => {
      const path = join(directory, "data.f32");
      comparison.data.write(path);
      return await race(comparison, path);
    });
    figures[comparison.key] = seen;
    goals.push(...goalsOf(comparison, seen));
    say(`${comparison.key}: ${seen.seconds.toPrecision(3)} s, peer ${seen.peerSeconds?.toPrecision(3) ?? "not run"} s, ${seen.ratio?.toFixed(2) ?? "no"} times as fast`);
  }
  if (wants("curves")) {
    const { curves, leftOut } = await curvesOf(curveLearners, say);
    figures.curves = curves;
    notes.push("Curves: distance and ridge are sums, fitted block by block of 10,000 rows, so that no more than a block and a sample of fixed size is held at a time; the others hold all rows of the table they are given, of which a site keeps a sample of fixed size.");
    if (leftOut.length > 0) notes.push(`Left out of the curves for time: ${leftOut.join("; ")}.`);
  }
  if (wants("parity")) {
    const models = await exported();
    const seen = await inTemporary(async (directory) => await Promise.resolve(parityOf(models, directory, say)));
    figures.parity = seen;
    goals.push({ figure: "parity.largest", got: seen?.largest ?? null, atMost: 1e-5, cause: "no Python environment" });
  }
  return { figures, goals, notes, variantsTried: 0 };
}

function goalsOf({ key, atLeast, cause, atMostSeconds, lossWithin }: Comparison, { seconds, ratio, loss, peerLoss }: Race): Goal[] {
  const ratioGoal = { figure: `${key}.ratio`, got: ratio, atLeast, ...(ratio === null ? { cause: "the peer could not be run" } : cause === undefined ? {} : { cause }) };
  const speedGoals = atMostSeconds === undefined ? [ratioGoal] : [ratioGoal, { figure: `${key}.seconds`, got: seconds, atMost: atMostSeconds }];
  if (lossWithin === undefined || loss === undefined || peerLoss === undefined) return speedGoals;
  return [...speedGoals, { figure: `${key}.loss`, got: loss / peerLoss, atMost: 1 + lossWithin }];
}
