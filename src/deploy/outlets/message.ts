import type { Event } from "../../schema/event.ts";
import type { Id } from "../../schema/id.ts";
import type { Micros } from "../../schema/time.ts";
import type { AlarmChange } from "../alarms.ts";

/** What people call the things that an event is about. */
export interface EventNames {
  /** Names from the outermost asset inwards, joined by slashes. */
  readonly asset: string;
  /** `null` for an event that no wheel found. */
  readonly wheel: string | null;
  readonly signal: (id: Id) => string;
}

export type NamesOf = (event: Event) => EventNames;

/** An alarm as it is told to other systems. Times are UTC microseconds. */
export interface AlarmMessage {
  readonly site: Id;
  readonly asset: string;
  readonly wheel: string | null;
  readonly alarm: { readonly id: Id; readonly state: string; readonly since: Micros; readonly acknowledged: boolean; readonly shelvedUntil: Micros | null };
  readonly step: { readonly did: string; readonly by: string | null; readonly at: Micros };
  readonly event: {
    readonly id: Id;
    readonly kind: string;
    readonly start: Micros;
    readonly end: Micros | null;
    readonly peak: number;
    readonly seen: string | null;
    readonly blame: readonly { readonly signal: string; readonly share: number }[];
  };
  readonly flood: boolean;
}

/** Signals that a message blames. */
const mostBlamed = 10;

export function messageOf({ alarm, event, step, isFlood }: AlarmChange, namesOf: NamesOf): AlarmMessage {
  const names = namesOf(event);
  return {
    site: alarm.site,
    asset: names.asset,
    wheel: names.wheel,
    alarm: { id: alarm.id, state: alarm.state, since: alarm.since, acknowledged: alarm.acknowledged ?? false, shelvedUntil: alarm.shelvedUntil ?? null },
    step: { did: step.did, by: step.by, at: step.at },
    event: {
      id: event.id,
      kind: event.kind,
      start: event.start,
      end: event.end,
      peak: event.peak,
      seen: event.seen ?? null,
      blame: event.contributions.slice(0, mostBlamed).map(({ signal, share }) => ({ signal: names.signal(signal), share })),
    },
    flood: isFlood,
  };
}
