import type { TargetAnswer } from "../schema/target-answer.ts";
import type { Micros } from "../schema/time.ts";
import type { TargetSaid } from "./target-judge.ts";

/** When a row is, and what was answered before it. */
interface At {
  readonly time: Micros;
  readonly unit: string | null;
  readonly before: TargetAnswer | null;
}

/** The answer for a row, or `null` where the model says nothing of it. */
export function answerAt({ values, low, high, probabilities }: TargetSaid, row: number, classes: readonly string[], { time, unit, before }: At): TargetAnswer | null {
  const value = values[row];
  if (Number.isNaN(value)) return null;
  if (probabilities === null) {
    return { what: "value", time, since: before?.what === "value" ? before.since : time, value, low: known(low?.[row]), high: known(high?.[row]), unit };
  }
  const shares = classes.map((name, at) => ({ class: name, probability: Math.min(1, Math.max(0, probabilities[row * classes.length + at])) }));
  const ordered = shares.toSorted((a, b) => b.probability - a.probability);
  const named = value === -1 ? null : classes[value];
  const isSame = before?.what === "class" && before.class === named;
  return { what: "class", time, since: isSame ? before.since : time, class: named, probability: ordered[0].probability, probabilities: ordered };
}

/** An answer as one number: the value, or the probability of the likeliest class; NaN for none. */
export const scoreOf = (answer: TargetAnswer | null): number => (answer === null ? NaN : answer.what === "value" ? answer.value : answer.probability);

const known = (value: number | undefined): number | null => (value === undefined || !Number.isFinite(value) ? null : value);
