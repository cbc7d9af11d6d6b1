import type { Event } from "../schema/event.ts";
import type { Id } from "../schema/id.ts";
import type { Answer, Label, Told } from "../schema/label.ts";
import type { Origin } from "../schema/origin.ts";
import type { Question } from "../schema/question.ts";
import type { Says } from "../schema/target.ts";
import type { Interval, Micros } from "../schema/time.ts";
import { softwareVersion } from "../version.ts";

/** Who says something, and how they know. */
export interface Author {
  readonly name: string;
  /** `person` for an operator, `measurement` for a recorded truth or a lab. */
  readonly origin: Origin;
  /** Whether the model's score was in view. */
  readonly scoreShown: boolean;
  /** How they came to say it. @default what is usual for their origin */
  readonly told?: Told;
}

const usuallyTold: Readonly<Record<Origin, Told>> = { person: "operator", measurement: "laboratory", sensor: "laboratory", model: "model", simulator: "simulator" };

export interface Said {
  readonly answer: Answer;
  readonly faultKind: string | null;
  readonly certainty: number;
  /** What a target is said to be; then the answer is "unsure". */
  readonly target?: string | null | undefined;
  readonly says?: Says | null | undefined;
}

/** A label on an interval of an asset. */
export function labelOf(asset: { readonly id: Id; readonly site: Id }, interval: Interval, said: Said, author: Author, knownAt: Micros, id: Id): Label {
  return {
    id,
    site: asset.site,
    asset: asset.id,
    event: null,
    start: interval.start,
    end: interval.end,
    ...said,
    author: author.name,
    knownAt,
    revision: 1,
    origin: author.origin,
    scoreShown: author.scoreShown,
    withdrawn: false,
    told: author.told ?? usuallyTold[author.origin],
    software: softwareVersion,
  };
}

/** An operator's answer to an event: the same interval, and the score was in view. */
export function answerTo(event: Event, said: Said, author: string, knownAt: Micros, id: Id): Label {
  const end = event.end ?? knownAt;
  const label = labelOf({ id: event.asset, site: event.site }, { start: event.start, end }, said, { name: author, origin: "person", scoreShown: true }, knownAt, id);
  return { ...label, event: event.id };
}

/** An answer to a question: of the interval as it was shown. */
export function answerToQuestion(shown: Question, said: Said, author: string, how: { readonly scoreShown: boolean; readonly origin?: Origin }, knownAt: Micros, id: Id): Label {
  const { scoreShown, origin = "person" } = how;
  const label = labelOf({ id: shown.asset, site: shown.site }, shown.interval, plainly(said), { name: author, origin, scoreShown }, knownAt, id);
  return { ...label, event: shown.event };
}

/**
 * Another answer of the same author to the same question: a revision of what they said, or the very
 * label when they said just that. Once the score was in view, it stays said that it was.
 */
export function reanswered(own: Label, shown: Interval, said: Said, scoreShown: boolean, knownAt: Micros): Label {
  const { answer, faultKind, certainty } = plainly(said);
  const isSame = !own.withdrawn && own.answer === answer && own.faultKind === faultKind && own.certainty === certainty && own.start === shown.start && own.end === shown.end;
  return isSame ? own : { ...revise(own, { answer, faultKind, certainty }, knownAt), start: shown.start, end: shown.end, scoreShown: own.scoreShown || scoreShown };
}

/** Only a fault has a kind, and an empty word is none. */
function plainly({ answer, faultKind, certainty }: Said): Said {
  const kind = faultKind?.trim() ?? "";
  return { answer, faultKind: answer === "fault" && kind !== "" ? kind : null, certainty };
}

/** A later word on the same thing; the earlier one is kept as history. */
export function revise(label: Label, said: Said, knownAt: Micros): Label {
  return { ...label, ...said, knownAt, revision: label.revision + 1, withdrawn: false, software: softwareVersion };
}

/** Takes a label back: it teaches and proves nothing from now on, and stays in the history. */
export function withdraw(label: Label, knownAt: Micros): Label {
  return { ...label, knownAt, revision: label.revision + 1, withdrawn: true, software: softwareVersion };
}

/**
 * Recorded truth as intervals: runs of rows that were marked, and runs that were not.
 *
 * Input: row times, ascending; 1 fault, 0 normal, NaN unknown; the time from one row to the next.
 */
export function truthIntervals(times: Float64Array, truth: Float64Array, period: number): { interval: Interval; answer: "fault" | "normal" }[] {
  const found: { interval: Interval; answer: "fault" | "normal" }[] = [];
  for (let row = 0; row < times.length; ) {
    let next = row + 1;
    while (next < times.length && truth[next] === truth[row]) next++;
    const end = next < times.length ? times[next] : times[next - 1] + period;
    if (!Number.isNaN(truth[row]) && end > times[row]) found.push({ interval: { start: times[row], end }, answer: truth[row] === 1 ? "fault" : "normal" });
    row = next;
  }
  return found;
}
