import { z } from "zod";
import { Id, Revision } from "./id.ts";
import { Interval, Micros, Span, day, hour, minute } from "./time.ts";

/**
 * What is asked of an operator: an event, or a quiet stretch picked by chance as an audit.
 *
 * Every change is a revision, so that an answer can be held against the interval as it was shown.
 * `unasked`: over the budget of the shift, kept and counted. `expired`: nobody answered in time.
 */
export const Question = z.object({
  id: Id,
  site: Id,
  asset: Id,
  wheel: Id,
  revision: Revision,
  /** What is asked about; of a burst of events the union, of one that lasts up to when it was last looked at. */
  interval: Interval,
  reason: z.enum(["event", "audit"]),
  /** The event with the highest peak; `null` for an audit. */
  event: Id.nullable(),
  /** All events of the burst, at most 100 of them. */
  events: z.array(Id).max(100),
  /** Highest score as a multiple of the threshold; `null` for an audit, whose score nobody looked up. */
  peak: z.number().nullable(),
  /** The signal most to blame at the peak. */
  blamed: Id.nullable(),
  /** With which chance this stretch was asked about; 1 for an event. Kept for unbiased figures. */
  probability: z.number().positive().max(1),
  /** Whether the score is to stay out of view until it is answered. */
  blind: z.boolean(),
  state: z.enum(["open", "unasked", "answered", "expired"]),
  /** When it was put to the operator; of an unasked one, when it arose. */
  askedAt: Micros,
  /** The label that answered it first; `null` while nobody has. */
  label: Id.nullable(),
  /** Labels of others who answered it afterwards: agreeing or not, all are kept. */
  others: z.array(Id).max(100),
});
export type Question = z.infer<typeof Question>;

/** How much is asked of the people at a site, and how long it stays asked. */
export const AskingPolicy = z.object({
  /** Questions in any one shift, audits included; events beyond it wait unasked. */
  budget: z.int().min(0).max(1000).default(20),
  shift: Span.min(minute).default(8 * hour),
  /** Events no further apart than this are one question, */
  burstGap: Span.default(5 * minute),
  /** which spans no more than this. */
  longestBurst: Span.default(hour),
  /** Audits aimed at in a shift, over all wheels of the site; 0 for none. */
  audits: z.number().min(0).max(1000).default(2),
  /** Length of an audited stretch. */
  auditStretch: Span.min(minute).default(10 * minute),
  /** Share of an audited stretch in which each of the wheel's signals must be known. */
  auditKnown: z.number().min(0).max(1).default(0.9),
  /** An open question that nobody answers for this long is closed as expired. */
  expireAfter: Span.min(hour).default(3 * day),
});
export type AskingPolicy = z.infer<typeof AskingPolicy>;
