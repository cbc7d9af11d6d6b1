import { digest } from "../digest.ts";
import type { Id } from "../schema/id.ts";
import type { AskingPolicy, Question } from "../schema/question.ts";
import type { Interval, Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { NameFor } from "./questions.ts";

/** With which chance each stretch of each wheel is audited, so that a shift of the site has the number aimed at. */
export function auditChance({ audits, auditStretch, shift }: AskingPolicy, wheels: number): number {
  return wheels === 0 ? 0 : Math.min(1, (audits * auditStretch) / (shift * wheels));
}

/**
 * The stretches within [from, until) that chance picks for an audit of a wheel.
 *
 * Time is cut at whole multiples of the stretch's length since 1970. A stretch is picked by the hash of wheel and
 * time alone: nobody chooses, no score has a say, and asking again picks the same ones. A larger
 * chance picks all that a smaller one does.
 */
export function pickedStretches(wheel: Id, { start: from, end: until }: { readonly start: Micros; readonly end: Micros }, length: number, chance: number): Interval[] {
  const picked: Interval[] = [];
  for (let start = Math.ceil(from / length) * length; start + length <= until; start += length) {
    if (lotOf(wheel, start, length) < chance) picked.push({ start, end: start + length });
  }
  return picked;
}

/** A stretch's lot: uniform on [0, 1), from 52 bits of a digest. */
function lotOf(wheel: Id, start: Micros, length: number): number {
  return Number.parseInt(digest(`audit/1 ${wheel} ${start} ${length}`).slice(0, 13), 16) / 2 ** 52;
}

/** The question that an audited stretch is: asked at once, whatever the budget, and without the score. */
export function auditOf(wheel: Pick<Wheel, "id" | "site" | "asset">, interval: Interval, probability: number, now: Micros, nameFor: NameFor): Question {
  return {
    id: nameFor(interval.start, { question: "audit", wheel: wheel.id, ...interval }),
    site: wheel.site,
    asset: wheel.asset,
    wheel: wheel.id,
    revision: 1,
    interval,
    reason: "audit",
    event: null,
    events: [],
    peak: null,
    blamed: null,
    probability,
    blind: true,
    state: "open",
    askedAt: now,
    label: null,
    others: [],
  };
}
