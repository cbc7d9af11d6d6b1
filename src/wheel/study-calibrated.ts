import { intervalCoverage, intervalOf } from "../learn/interval.ts";
import { rejectionOf } from "../learn/rejection.ts";
import type { TargetAnswer } from "../learn/target-model.ts";
import type { Entry, Lesson } from "./study-contest.ts";
import type { StudyRequest } from "./study-request.ts";

/** How often the truth should lie within the interval, and a row of a known class be believed to be of it. */
const coverage = { interval: intervalCoverage, kept: 0.95 };

/**
 * The answer with an interval around its values, or with the probabilities from which a class is
 * believed, by what the weighted entries said of rows that they had not seen. Blocks weigh one each:
 * groups where there are some.
 */
export function calibrated({ train, kind, cap }: StudyRequest, answer: TargetAnswer, parts: readonly { readonly entry: Entry; readonly weight: number }[], lesson: Lesson): TargetAnswer {
  const outputs = Math.max(1, lesson.classes.length);
  const rows = Array.from(lesson.folds.keys()).filter((row) => lesson.folds[row] >= 0 && parts.every(({ entry }) => !Number.isNaN(entry.heldOut[row * outputs])));
  const said = Float64Array.from({ length: rows.length * outputs }, (_, at) => {
    const place = rows[Math.floor(at / outputs)] * outputs + (at % outputs);
    return parts.reduce((sum, { entry, weight }) => sum + weight * entry.heldOut[place], 0);
  });
  const blocks = Int32Array.from(rows, (row) => train.groups?.[row] ?? train.blocks[row]);
  if (answer.kind === "class") {
    const truth = Int32Array.from(rows, (row) => lesson.classes.indexOf(String(lesson.targets[row])));
    return { ...answer, rejection: rejectionOf({ probabilities: said, classes: outputs, truth, blocks, distances: null }, coverage.kept) };
  }
  const predicted = said.map((value) => answer.centre + answer.spread * value);
  const truth = Float64Array.from(rows, (row) => Math.min(train.target?.values[row] ?? NaN, cap ?? Infinity));
  return { ...answer, interval: intervalOf({ predicted, truth, blocks }, coverage.interval, kind === "remaining-life" ? 0 : null) };
}
