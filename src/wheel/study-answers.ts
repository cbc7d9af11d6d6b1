import type { TargetAnswer } from "../learn/target-model.ts";
import type { StudyRequest, TableSet } from "./study-request.ts";

/** How far a value may leave what the rows that teach have shown, as a share of their range. */
const beyond = 0.5;

/** What a model of these rows speaks of: classes it has seen, or a number with its usual place and range. */
export function answerOf({ kind, cap, train }: StudyRequest, teaches: Uint8Array): TargetAnswer {
  const { target } = train;
  if (target === null) throw new RangeError("Cannot learn a target: there is none");
  const rows = Array.from(teaches.keys()).filter((row) => teaches[row] === 1);
  if (kind === "classify") {
    const { levels } = target;
    const seen = new Set(rows.map((row) => target.values[row]));
    return { kind: "class", classes: [...seen].map((value) => levels?.[value] ?? String(value)).toSorted(), rejection: null };
  }
  const values = rows.map((row) => Math.min(target.values[row], cap ?? Infinity));
  const [least, most] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length) || 1;
  const room = beyond * (most - least);
  return kind === "remaining-life"
    ? { kind: "number", centre, spread, least: 0, most, interval: null }
    : { kind: "number", centre, spread, least: least - room, most: most + room, interval: null };
}

/** The targets of all rows as learners get them: names of classes ("" unknown), or numbers about their usual place (NaN unknown). */
export function targetsOf({ target, rows }: TableSet, answer: TargetAnswer, cap: number | null): readonly string[] | Float64Array {
  if (target === null) throw new RangeError("Cannot learn a target: there is none");
  if (answer.kind === "class") return Array.from(target.values, (value) => (Number.isNaN(value) ? "" : (target.levels?.[value] ?? String(value))));
  return Float64Array.from({ length: rows }, (_, row) => (Math.min(target.values[row], cap ?? Infinity) - answer.centre) / answer.spread);
}

/** The share of the rows that teach that are of the class which most of them have; 0 where the target is a number. */
export function largestShare({ target }: TableSet, answer: TargetAnswer, teaches: Uint8Array): number {
  if (answer.kind !== "class") return 0;
  const rows = Array.from(teaches.keys()).filter((row) => teaches[row] === 1);
  const counts = Array.from(Map.groupBy(rows, (row) => target?.values[row]).values(), ({ length }) => length);
  return Math.max(...counts) / rows.length;
}
