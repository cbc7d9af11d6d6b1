import type { Event } from "../schema/event.ts";
import type { Id } from "../schema/id.ts";
import type { AskingPolicy, Question } from "../schema/question.ts";
import { minute, type Interval, type Micros } from "../schema/time.ts";

/** An id made from a time and from what it names, so that the same thing has the same id again. */
export type NameFor = (time: Micros, named: unknown) => Id;

const mostEvents = 100;

/**
 * The question that an event is, or the open one that it belongs to, changed; `null` when there is
 * nothing to ask or to change.
 *
 * Events of one wheel no further apart than the burst gap are one question about their union. Time
 * that somebody has answered about, or that nobody did in time, is not asked about again: an event
 * found anew by another model is no new question. Only events of kind `condition` are asked about;
 * the others say themselves what they are.
 *
 * Input:   the wheel's questions about events that lie near; the time up to which one that lasts is known.
 * Returns: a new question is `unasked`: `chooseQuestions` says when it is asked. One that only went on
 *          is changed at most once a minute.
 */
export function questionAbout(event: Event, near: readonly Question[], now: Micros, policy: AskingPolicy, nameFor: NameFor): Question | null {
  if (event.kind !== "condition") return null;
  const { start } = event;
  const interval = { start, end: Math.max(start + 1, event.end ?? now) };
  const own = near.filter(({ wheel, reason }) => wheel === event.wheel && reason === "event");
  if (own.some((question) => isClosed(question) && (question.events.includes(event.id) || gapBetween(question.interval, interval) < 0))) return null;
  const burst = own.filter((question) => !isClosed(question)).find((question) => belongs(event.id, interval, question, policy));
  if (burst !== undefined) return joined(burst, event, interval);
  return {
    id: nameFor(start, { question: "event", wheel: event.wheel, start }),
    site: event.site,
    asset: event.asset,
    wheel: event.wheel,
    revision: 1,
    interval,
    reason: "event",
    event: event.id,
    events: [event.id],
    peak: event.peak,
    blamed: event.contributions.at(0)?.signal ?? null,
    probability: 1,
    blind: false,
    state: "unasked",
    askedAt: now,
    label: null,
    others: [],
  };
}

const isClosed = ({ state }: Question): boolean => state === "answered" || state === "expired";

/** Time from the end of one to the start of the other; below 0 where they overlap. */
const gapBetween = (a: Interval, b: Interval): number => Math.max(a.start, b.start) - Math.min(a.end, b.end);

function belongs(event: Id, interval: Interval, question: Question, { burstGap, longestBurst }: AskingPolicy): boolean {
  if (question.events.includes(event) || gapBetween(question.interval, interval) < 0) return true;
  const { start, end } = unionOf(question.interval, interval);
  return gapBetween(question.interval, interval) <= burstGap && end - start <= longestBurst;
}

const unionOf = (a: Interval, b: Interval): Interval => ({ start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) });

function joined(question: Question, event: Event, interval: Interval): Question | null {
  const isNew = !question.events.includes(event.id);
  const union = unionOf(question.interval, interval);
  const grown = union.end - question.interval.end + question.interval.start - union.start;
  const isWorthTelling = isNew || (event.end === null ? grown >= minute : grown > 0);
  if (!isWorthTelling) return null;
  const isHighest = event.peak >= (question.peak ?? -Infinity);
  return {
    ...question,
    revision: question.revision + 1,
    interval: union,
    events: isNew && question.events.length < mostEvents ? [...question.events, event.id] : question.events,
    ...(isHighest && { event: event.id, peak: event.peak, blamed: event.contributions.at(0)?.signal ?? null }),
  };
}

/** What a question about an event is a question of: the same signal to blame on the same wheel. */
export const kindOf = ({ wheel, blamed }: Pick<Question, "wheel" | "blamed">): string => `${wheel} ${blamed ?? ""}`;

/**
 * Which of the questions that wait are asked now, as they then are, in the order of their worth.
 *
 * Kinds that nobody has been asked about come first, then the highest peak, then the oldest. What
 * could not be asked within a shift is too far back to be remembered: it stays unasked, and is counted.
 *
 * Input: `askedInShift` counts all questions asked in the shift that ends now, audits included;
 * `known` are the kinds that have been answered or stand open.
 */
export function chooseQuestions(waiting: readonly Question[], askedInShift: number, known: ReadonlySet<string>, now: Micros, policy: AskingPolicy): Question[] {
  const left = waiting.filter(({ state, askedAt }) => state === "unasked" && askedAt > now - policy.shift);
  const kinds = new Set(known);
  const chosen: Question[] = [];
  for (let room = policy.budget - askedInShift; room > 0 && left.length > 0; room--) {
    left.sort((a, b) => Number(kinds.has(kindOf(a))) - Number(kinds.has(kindOf(b))) || (b.peak ?? 0) - (a.peak ?? 0) || (a.id < b.id ? -1 : 1));
    const [best] = left.splice(0, 1);
    kinds.add(kindOf(best));
    chosen.push({ ...best, revision: best.revision + 1, state: "open", askedAt: now });
  }
  return chosen;
}

/** The open questions that nobody has answered for too long, closed: unanswered, and counted as that. */
export function expiredQuestions(open: readonly Question[], now: Micros, policy: AskingPolicy): Question[] {
  return open
    .filter(({ state, askedAt }) => state === "open" && askedAt <= now - policy.expireAfter)
    .map((question) => ({ ...question, revision: question.revision + 1, state: "expired" }));
}
