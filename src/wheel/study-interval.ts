import type { TargetAnswer } from "../learn/target-model.ts";
import type { Entry, Lesson } from "./study-contest.ts";
import type { StudyRequest } from "./study-request.ts";

/** How often the truth should lie within the interval. */
const coverage = 0.9;

/** The answer with an interval around its values, from what the weighted entries got wrong on rows they had not seen. */
export function intervalOf(_request: StudyRequest, answer: TargetAnswer, parts: readonly { readonly entry: Entry; readonly weight: number }[], lesson: Lesson): TargetAnswer {
  if (answer.kind === "class") return answer;
  const residuals: number[] = [];
  for (const [row, target] of (lesson.targets as Float64Array).entries()) {
    if (lesson.folds[row] < 0) continue;
    const said = parts.reduce((sum, { entry, weight }) => sum + weight * (entry.heldOut?.[row] ?? NaN), 0);
    if (!Number.isNaN(said)) residuals.push((target - said) * answer.spread);
  }
  residuals.sort((a, b) => a - b);
  const at = (share: number) => residuals[Math.min(residuals.length - 1, Math.max(0, Math.floor(share * (residuals.length + 1)) - (share < 0.5 ? 1 : 0)))];
  return { ...answer, interval: { edges: [], below: [at((1 - coverage) / 2)], above: [at((1 + coverage) / 2)] } };
}
