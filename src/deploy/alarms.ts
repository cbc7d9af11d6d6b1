import { MillraceError } from "../errors.ts";
import type { Alarm, AlarmStep } from "../schema/alarm.ts";
import type { Event } from "../schema/event.ts";
import type { Id } from "../schema/id.ts";
import { day, type Micros } from "../schema/time.ts";
import type { Records } from "../store/records.ts";
import type { Fact } from "../store/records/facts.ts";
import type { Remote } from "../thread.ts";
import { acknowledge, clear, isDone, raise, rearm, shelve, sourceOf } from "./alarm-states.ts";
import type { EventChange, IdFor } from "./event-tracker.ts";
import { Flood } from "./flood.ts";

/** One thing that happened to an alarm, stored. */
export interface AlarmChange {
  readonly alarm: Alarm;
  readonly event: Event;
  readonly step: AlarmStep;
  /** Whether alarms come faster than one person can answer. */
  readonly isFlood: boolean;
}

/** Where alarms go beside the page. */
export interface Outlet {
  /** What is stored together with the change, so that it is told even if the site dies before `tell`. */
  facts(change: AlarmChange): readonly Fact[];
  /** The change and its facts are stored. Returns at once and never throws. */
  tell(change: AlarmChange): void;
}

export interface AlarmPorts {
  readonly records: Pick<Remote<Records>, "write" | "alarm" | "alarms" | "openAlarms" | "event">;
  readonly now: () => Micros;
  readonly idFor: IdFor;
  readonly outlets: readonly Outlet[];
  readonly onChange: (change: AlarmChange) => void;
  /** An event that is stored: opened, raised or closed. */
  readonly onEvent: (change: EventChange) => void;
  /** Writing failed; it is tried again at the next `tick`. */
  readonly onTrouble: (error: Error) => void;
}

/** The longest shelf: beyond this somebody should look again. */
export const longestShelf = 7 * day;
/** Events that may wait to be written while the disk is full. */
const mostWaiting = 10_000;

/**
 * The alarms of a site: each event raises one, people acknowledge and shelve it, its end clears it.
 *
 * Every change is stored before it is told, one after the other, so two people who act at once leave one
 * state and both names. What cannot be stored waits and is tried again. States: `alarm-states.ts`.
 */
export class Alarms {
  readonly #ports: AlarmPorts;
  readonly #flood = new Flood();
  /** Alarms that are not done, with their events; and which alarm is an event's. */
  readonly #open = new Map<Id, { readonly alarm: Alarm; readonly event: Event }>();
  readonly #byEvent = new Map<Id, Id>();
  readonly #waiting = new Map<Id, EventChange>();
  #line: Promise<unknown> = Promise.resolve();

  constructor(ports: AlarmPorts) {
    this.#ports = ports;
  }

  /** Takes up what is stored. A shelf that ended while the site was down is ended now, once. */
  async open(): Promise<void> {
    const { records, now } = this.#ports;
    for (const alarm of await records.openAlarms()) {
      const event = await records.event(alarm.event);
      if (event === null) continue; // judged again, and found no more
      this.#keep(alarm, event);
      const raised = alarm.history?.[0]?.at ?? alarm.since;
      if (alarm.state !== "shelved" && raised <= now()) this.#flood.raised(alarm.id, raised);
      if (event.end !== null && (alarm.clearedAt ?? null) === null) this.#waiting.set(event.id, { type: "close", event });
    }
    await this.tick();
  }

  /** Takes up what is stored now: something of it was forgotten. */
  async reload(): Promise<void> {
    await this.#inTurn(async () => {
      this.#open.clear();
      this.#byEvent.clear();
    });
    await this.open();
  }

  /** Alarms that somebody should look at or has put aside, in order of `since`. */
  get list(): Alarm[] {
    return [...this.#open.values()].map(({ alarm }) => alarm).sort((a, b) => a.since - b.since);
  }

  /** The last change of each of them: for an outlet that must be told again after a restart. */
  get current(): AlarmChange[] {
    const { now } = this.#ports;
    const isFlood = this.#flood.is(now());
    return [...this.#open.values()].map(({ alarm, event }) => ({ alarm, event, step: alarm.history?.at(-1) ?? { at: alarm.since, did: "raised", by: null }, isFlood }));
  }

  /** Ends events that were left open by a crash: all but those that are known to stand. */
  async endAllBut(standing: ReadonlySet<Id>): Promise<void> {
    const end = this.#ports.now();
    const left = [...this.#open.values()].filter(({ event }) => event.end === null && !standing.has(event.id));
    await this.take(left.map(({ event }) => ({ type: "close", event: { ...event, end: Math.max(end, event.start) } })));
  }

  isFlood(): boolean {
    return this.#flood.is(this.#ports.now());
  }

  /** Events that opened, rose or closed: stored, and with them their alarms. Never rejects; see `onTrouble`. */
  async take(changes: readonly EventChange[]): Promise<void> {
    for (const change of changes) {
      const before = this.#waiting.get(change.event.id);
      const type = before?.type === "open" && change.type === "update" ? "open" : change.type;
      this.#waiting.set(change.event.id, { type, event: change.event });
    }
    for (const id of this.#waiting.keys()) {
      if (this.#waiting.size <= mostWaiting) break;
      this.#waiting.delete(id);
    }
    await this.#inTurn(() => this.#flush()).catch((error: unknown) => this.#ports.onTrouble(errorOf(error)));
  }

  /** Ends the shelves whose time has come and tries again what could not be stored. Never rejects. */
  async tick(): Promise<void> {
    const work = async () => {
      await this.#flush();
      const at = this.#ports.now();
      const due = [...this.#open.values()].filter(({ alarm }) => alarm.state === "shelved" && (alarm.shelvedUntil ?? 0) <= at);
      await this.#store(due.map(({ alarm, event }) => ({ before: alarm, alarm: rearm(alarm, null, at), event })), []);
    };
    await this.#inTurn(work).catch((error: unknown) => this.#ports.onTrouble(errorOf(error)));
  }

  /** Throws `deploy.unknown-alarm`. */
  async acknowledge(id: Id, by: string): Promise<Alarm> {
    return await this.#change(id, (alarm, at) => acknowledge(alarm, by, at));
  }

  /** Throws `deploy.unknown-alarm`, `deploy.alarm-done`, and `deploy.bad-shelf` for a time that is past or too far off. */
  async shelve(id: Id, by: string, until: Micros): Promise<Alarm> {
    return await this.#change(id, (alarm, at) => {
      if (isDone(alarm)) throw done(id);
      if (!Number.isSafeInteger(until) || until <= at || until > at + longestShelf) throw badShelf(until, at);
      return shelve(alarm, by, until, at);
    });
  }

  /** Ends a shelf by hand. Throws `deploy.unknown-alarm`; one that is not shelved stays as it is. */
  async unshelve(id: Id, by: string): Promise<Alarm> {
    return await this.#change(id, (alarm, at) => rearm(alarm, by, at));
  }

  async #change(id: Id, step: (alarm: Alarm, at: Micros) => Alarm): Promise<Alarm> {
    return await this.#inTurn(async () => {
      const known = this.#open.get(id) ?? (await this.#stored(id));
      if (known === null) throw unknown(id);
      const alarm = step(known.alarm, this.#ports.now());
      if (alarm !== known.alarm) await this.#store([{ before: known.alarm, alarm, event: known.event }], []);
      return alarm;
    });
  }

  async #stored(id: Id): Promise<{ alarm: Alarm; event: Event } | null> {
    const alarm = await this.#ports.records.alarm(id);
    const event = alarm === null ? null : await this.#ports.records.event(alarm.event);
    return alarm === null || event === null ? null : { alarm, event };
  }

  /** Stores the events that wait and what they do to alarms, all at once. */
  async #flush(): Promise<void> {
    const taken = [...this.#waiting.values()];
    if (taken.length === 0) return;
    const alarms: Stepped[] = [];
    const shelves = new Map([...this.#open.values()].filter(({ alarm }) => alarm.state === "shelved").map(({ alarm }) => [alarm.source, alarm]));
    for (const { type, event } of taken) {
      const at = this.#ports.now();
      const before = await this.#alarmOf(event, type === "update");
      const standing = before ?? this.#raise(event, at, shelves.get(sourceOf(event)));
      alarms.push({ before, alarm: event.end === null ? standing : clear(standing, at), event });
    }
    await this.#store(alarms, taken);
    for (const change of taken) if (this.#waiting.get(change.event.id) === change) this.#waiting.delete(change.event.id);
  }

  async #alarmOf(event: Event, isKnown: boolean): Promise<Alarm | undefined> {
    const known = this.#open.get(this.#byEvent.get(event.id) ?? "")?.alarm;
    if (known !== undefined || isKnown) return known;
    // Found again after a restart it has its alarm already, perhaps one that is done.
    return (await this.#ports.records.alarms({ event: event.id })).at(-1);
  }

  #raise(event: Event, at: Micros, shelved: Alarm | undefined): Alarm {
    const until = shelved?.shelvedUntil ?? 0;
    return raise(event, this.#ports.idFor(event.start, { alarm: event.id }), at, shelved !== undefined && until > at ? { by: shelved.by, until } : null);
  }

  /** Writes in one transaction, then tells. */
  async #store(alarms: readonly Stepped[], events: readonly EventChange[]): Promise<void> {
    const { records, outlets, onChange, onEvent } = this.#ports;
    const changes = alarms.flatMap(({ before, alarm, event }) => newSteps(before, alarm).map((step) => this.#changeOf(alarm, event, step)));
    await records.write([
      ...events.map(({ event }): Fact => ({ put: "event", value: event })),
      ...alarms.filter(({ before, alarm }) => alarm !== before).map(({ alarm }): Fact => ({ put: "alarm", value: alarm })),
      ...changes.flatMap((change) => outlets.flatMap((outlet) => outlet.facts(change))),
    ]);
    for (const { alarm, event } of alarms) this.#keep(alarm, event);
    for (const change of events) onEvent(change);
    for (const change of changes) {
      onChange(change);
      for (const outlet of outlets) outlet.tell(change);
    }
  }

  #changeOf(alarm: Alarm, event: Event, step: AlarmStep): AlarmChange {
    if (step.did === "raised" && alarm.state !== "shelved") this.#flood.raised(alarm.id, step.at);
    return { alarm, event, step, isFlood: this.#flood.is(this.#ports.now()) };
  }

  #keep(alarm: Alarm, event: Event): void {
    if (isDone(alarm)) {
      this.#open.delete(alarm.id);
      this.#byEvent.delete(event.id);
    } else {
      this.#open.set(alarm.id, { alarm, event });
      this.#byEvent.set(event.id, alarm.id);
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#line.then(work);
    this.#line = result.catch(() => {});
    return await result;
  }
}

/** An alarm before and after a change; `before` is undefined for one that is new. */
interface Stepped {
  readonly before: Alarm | undefined;
  readonly alarm: Alarm;
  readonly event: Event;
}

function newSteps(before: Alarm | undefined, { history = [] }: Alarm): AlarmStep[] {
  const known = new Set(before?.history);
  return history.filter((step) => !known.has(step));
}

const errorOf = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

function unknown(id: Id): MillraceError {
  return new MillraceError("deploy.unknown-alarm", `Cannot change alarm ${JSON.stringify(id.slice(0, 80))}: there is none such`, {
    hint: "List the alarms again; its event may have been judged anew.",
  });
}

function done(id: Id): MillraceError {
  return new MillraceError("deploy.alarm-done", `Cannot shelve alarm ${id}: it is over and has been acknowledged`, {
    hint: "Shelve the next alarm of the same source instead.",
  });
}

function badShelf(until: Micros, at: Micros): MillraceError {
  const seen = until > at ? "that is more than seven days" : "that time has passed";
  return new MillraceError("deploy.bad-shelf", `Cannot shelve an alarm until ${Number.isSafeInteger(until) ? new Date(until / 1000).toISOString() : "then"}: ${seen}`, {
    hint: "Give a time in the next seven days, in microseconds UTC.",
  });
}
