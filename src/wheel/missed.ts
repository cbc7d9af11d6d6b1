import { missedFaults, type MissedFaults } from "../measure/audit.ts";
import { auditRecord } from "../review/audit-record.ts";
import { AskingPolicy } from "../schema/question.ts";
import { day, type Interval, type Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import type { Ports } from "./ports.ts";

/** What a wheel misses, over which time, and how long a stretch is that was asked about. */
export interface Missed extends MissedFaults {
  readonly interval: Interval;
  readonly stretch: Micros; // microseconds
}

/** Older audits speak of models that are long gone. */
const usualSpan = 30 * day;

/**
 * How much a wheel has missed since a time, as the audits say: of the last 30 days unless said.
 *
 * Cost: reads the questions, labels and events since then; a few milliseconds for a month.
 */
export async function missedBy(wheel: Wheel, since: Micros | undefined, { store, now }: Pick<Ports, "store" | "now">): Promise<Missed> {
  const end = now();
  const start = Math.min(end - 1, since ?? end - usualSpan);
  const { auditStretch: stretch } = AskingPolicy.parse({});
  const { audits, events } = await auditRecord(wheel, start, end, store);
  return { ...missedFaults({ audits, events: events.map((event) => ({ ...event, start: Math.max(event.start, start) })), stretch }), interval: { start, end }, stretch };
}
