import type { Event } from "../schema/event.ts";
import type { Answer, Label } from "../schema/label.ts";
import type { Question } from "../schema/question.ts";
import type { Interval, Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Stored } from "./stretch.ts";

/** What was asked about a wheel and what was answered: all that a figure of missed faults is made of. */
export interface AuditRecord {
  /** Stretches picked by chance; one that is open still counts as unanswered. */
  readonly audits: readonly { readonly probability: number; readonly answer: Answer | null }[];
  readonly events: readonly (Interval & { readonly answer: Answer | null })[];
}

/**
 * The audits asked, and the events found, since a time.
 *
 * Where people disagree the answer is "unsure". An event has the answer to its question, or the one
 * that was given to it without a question.
 */
export async function auditRecord(wheel: Pick<Wheel, "id" | "asset">, since: Micros, now: Micros, { records }: Pick<Stored, "records">): Promise<AuditRecord> {
  const labels = await records.labels({ asset: wheel.asset });
  const byId = new Map(labels.map((label) => [label.id, label]));
  const byEvent = Map.groupBy(labels, ({ event }) => event ?? "");
  const questions = await records.questions({ wheel: wheel.id, start: since });
  const about = questions.filter(({ reason }) => reason === "event");
  const asked = new Map(about.flatMap((question) => question.events.map((event) => [event, question])));
  const answerTo = (event: Event): Answer | null => {
    const question = asked.get(event.id) ?? about.find(({ interval }) => event.start < interval.end && (event.end ?? now) > interval.start);
    return agreed([...(byEvent.get(event.id) ?? []), ...(question === undefined ? [] : labelsOf(question, byId))]);
  };
  const events = (await records.events({ wheel: wheel.id, since })).filter(({ kind }) => kind === "condition");
  return {
    audits: questions.filter(({ reason }) => reason === "audit").map((question) => ({ probability: question.probability, answer: agreed(labelsOf(question, byId)) })),
    events: events.map((event) => ({ start: event.start, end: Math.max(event.start + 1, event.end ?? now), answer: answerTo(event) })),
  };
}

function labelsOf({ label, others }: Question, byId: ReadonlyMap<string, Label>): Label[] {
  return [label, ...others].flatMap((id) => (id === null ? [] : (byId.get(id) ?? [])));
}

function agreed(labels: readonly Label[]): Answer | null {
  const said = new Set(labels.filter(({ origin }) => origin !== "model").map(({ answer }) => answer));
  const [only = null] = said;
  return said.size > 1 ? "unsure" : only;
}
