import type { Alarm, AlarmStep } from "../schema/alarm.ts";
import type { Event } from "../schema/event.ts";
import type { Id } from "../schema/id.ts";
import type { Micros } from "../schema/time.ts";

/** Steps that an alarm remembers. */
const mostSteps = 50;

/** What raises an alarm: an asset's wheel, or a signal or asset and what is wrong with it. */
export function sourceOf({ kind, wheel, signal, asset }: Event): string {
  return kind === "condition" ? `condition ${wheel}` : `${kind} ${signal ?? asset}`;
}

/** A new alarm for an event; shelved from the start while its source is. */
export function raise(event: Event, id: Id, at: Micros, shelf: { readonly by: string | null; readonly until: Micros } | null): Alarm {
  const { site, id: eventId } = event;
  const raised: AlarmStep = { at, did: "raised", by: null };
  return {
    id,
    site,
    event: eventId,
    state: shelf === null ? "active" : "shelved",
    since: at,
    by: shelf?.by ?? null,
    source: sourceOf(event),
    done: false,
    acknowledged: false,
    clearedAt: null,
    shelvedUntil: shelf?.until ?? null,
    history: shelf === null ? [raised] : [raised, { at, did: "shelved", by: shelf.by }],
  };
}

/** Somebody has seen it. Of several who say so the first counts, and all are remembered. */
export function acknowledge(alarm: Alarm, by: string, at: Micros): Alarm {
  const seen = { ...alarm, acknowledged: true, history: added(alarm, { at, did: "acknowledged", by }) };
  if (alarm.state === "active") return { ...seen, state: "acknowledged", since: at, by };
  if (alarm.state === "cleared" && !isDone(alarm)) return { ...seen, by, done: true };
  return seen;
}

/** Its event is over. It stays in view until somebody has acknowledged it. */
export function clear(alarm: Alarm, at: Micros): Alarm {
  if ((alarm.clearedAt ?? null) !== null || alarm.state === "cleared") return alarm;
  const cleared = { ...alarm, clearedAt: at, history: added(alarm, { at, did: "cleared", by: null }) };
  if (alarm.state === "shelved") return cleared;
  return { ...cleared, state: "cleared", since: at, by: null, done: alarm.state === "acknowledged" };
}

/** Somebody puts it aside until a time; again on a shelved one moves the time. */
export function shelve(alarm: Alarm, by: string, until: Micros, at: Micros): Alarm {
  return { ...alarm, state: "shelved", since: at, by, shelvedUntil: until, history: added(alarm, { at, did: "shelved", by }) };
}

/** The shelf has ended, by time or by hand: active anew if its event still lasts, else done: somebody had seen it. */
export function rearm(alarm: Alarm, by: string | null, at: Micros): Alarm {
  if (alarm.state !== "shelved") return alarm;
  const isOver = (alarm.clearedAt ?? null) !== null;
  const history = added(alarm, { at, did: "re-armed", by });
  return { ...alarm, state: isOver ? "cleared" : "active", since: at, by, shelvedUntil: null, acknowledged: isOver, done: isOver, history };
}

/** Whether nobody needs to look at it any more. */
export const isDone = ({ done }: Alarm): boolean => done ?? false;

function added({ history = [] }: Alarm, step: AlarmStep): AlarmStep[] {
  const all = [...history, step];
  return all.length <= mostSteps ? all : [all[0], ...all.slice(all.length - mostSteps + 1)];
}
