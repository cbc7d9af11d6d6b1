import type { Client } from "../api/client.ts";
import { listen } from "../api/listen.ts";
import type { Alarm, Happening, Id, Question, Rows, Signal, Site, SiteEvent } from "../api/types.ts";
import { emptyView, isDone, type Connection, type View, type WheelNow } from "./view.ts";

/** Rows come many a second; what is not a chart follows at this pace, in milliseconds. */
const pace = 200;
const eventsBack = 86_400e6;
const mostEvents = 1000;
const mostDone = 20;

/**
 * Holds the view of the site and keeps it true: loads it, follows the stream, loads it again after a loss.
 * Knows nothing of what shows it. Row listeners hear each row at once; view listeners at most every 200 ms.
 */
export class SiteState {
  readonly client: Client;
  #view: View = emptyView;
  #next: { -readonly [Key in keyof View]?: View[Key] } = {};
  #timer: ReturnType<typeof setTimeout> | null = null;
  readonly #viewers = new Set<() => void>();
  readonly #rowEars = new Set<(rows: Rows) => void>();
  #unlock: (() => void) | null = null;
  /** A token was given while another was being tried: it is tried next. */
  #isUntried = false;

  constructor(client: Client) {
    this.client = client;
  }

  /** Follows the site until `stop` aborts. */
  async run(stop: AbortSignal): Promise<void> {
    const ears = {
      onOpen: (until: AbortSignal) => this.#load(until),
      onHappening: (happening: Happening) => this.#hear(happening),
      onReset: () => this.#load(stop),
      onLost: () => this.#connected("lost"),
      onLocked: () => {
        this.#connected("locked");
        return this.#nextToken();
      },
    };
    await listen(this.client, ears, stop);
  }

  unlock(token: string): void {
    this.client.token = token;
    this.#isUntried = this.#unlock === null;
    this.#unlock?.();
    this.#unlock = null;
  }

  async #nextToken(): Promise<void> {
    if (!this.#isUntried) await new Promise<void>((resolve) => (this.#unlock = resolve));
    this.#isUntried = false;
  }

  readonly view = (): View => this.#view;

  readonly subscribe = (viewer: () => void): (() => void) => {
    this.#viewers.add(viewer);
    return () => this.#viewers.delete(viewer);
  };

  onRows(ear: (rows: Rows) => void): () => void {
    this.#rowEars.add(ear);
    return () => this.#rowEars.delete(ear);
  }

  /** What a call of the page's own came back with is shown before the stream says it. */
  readonly put = {
    alarm: (alarm: Alarm) => this.#change("alarms", alarm.id, alarm),
    answered: (question: Id, label: Id) => {
      const asked = this.#latest("questions").get(question);
      if (asked !== undefined) this.#hearQuestion({ ...asked, label, state: "answered" });
    },
    recorded: () => this.#set({ recorded: this.#latest("recorded") + 1 }),
  };

  async #load(stop: AbortSignal): Promise<void> {
    const { client } = this;
    const since = Math.floor(Date.now() * 1000 - eventsBack);
    const [site, status, { alarms }, { events }, { questions }] = await Promise.all([client.site(stop), client.status(stop), client.alarms(stop), client.events(since, stop), client.questions(stop)]);
    this.#set({
      ...sitePart(site, this.#latest("wheels"), true),
      status,
      loaded: true,
      alarms: byId(alarms.map(({ alarm }) => alarm)),
      events: new Map([...this.#latest("events"), ...byId(alarms.flatMap(({ event }) => event ?? [])), ...byId(events)]),
      questions: byId(questions),
      recorded: this.#latest("recorded") + 1,
      epoch: this.#latest("epoch") + 1,
    });
    this.#connected("live");
  }

  #hear(happening: Happening): void {
    const { type } = happening;
    if (type === "rows") return this.#hearRows(happening);
    if (type === "event") this.#hearEvent(happening.event);
    else if (type === "alarm") {
      this.#hearEvent(happening.event);
      this.#change("alarms", happening.alarm.id, happening.alarm);
      this.#forgetDone();
    } else if (type === "question") this.#hearQuestion(happening.question);
    else if (type === "turn" || type === "ledger") this.put.recorded();
    else if (type === "champion") {
      const wheel = this.#latest("wheels").get(happening.wheel);
      if (wheel !== undefined) this.#change("wheels", wheel.id, { ...wheel, champion: happening.model });
      this.put.recorded();
    } else if (type === "signals") void this.#reloadSite();
    else if (type === "status") this.#set({ status: happening.status });
  }

  #hearRows(rows: Rows & { readonly at: number }): void {
    const wheel = this.#latest("wheels").get(rows.wheel);
    this.#tellClock(rows.at / 1000 - Date.now());
    if (wheel === undefined) return void this.#reloadSite();
    if (wheel.time !== null && rows.time <= wheel.time) return;
    const { time, values, score, state, answer = null } = rows;
    this.#change("wheels", wheel.id, { ...wheel, time, values, score, state, answer, heardAt: performance.now() }, pace);
    for (const ear of this.#rowEars) ear(rows);
  }

  #aheadMost = -Infinity;
  #aheadUntil = 0;
  /** What a row says of the site's clock is late by its way here, or by a catch-up: of 10 s the most counts. */
  #tellClock(ahead: number): void {
    this.#aheadMost = Math.max(this.#aheadMost, ahead);
    const isOver = performance.now() > this.#aheadUntil;
    if (!isOver && ahead <= this.#latest("clockAhead") + 20) return;
    this.#set({ clockAhead: this.#aheadMost }, pace);
    if (!isOver) return;
    this.#aheadMost = -Infinity;
    this.#aheadUntil = performance.now() + 10_000;
  }

  #hearEvent(event: SiteEvent): void {
    this.#change("events", event.id, event);
    const events = this.#latest("events");
    if (events.size > mostEvents) this.#set({ events: new Map([...events].slice(-mostEvents / 2)) });
  }

  /** One that is no longer open has no place on this page. */
  #hearQuestion(question: Question): void {
    const open = new Map(this.#latest("questions"));
    if (question.state === "open") open.set(question.id, question);
    else open.delete(question.id);
    this.#set({ questions: open });
  }

  #forgetDone(): void {
    const alarms = this.#latest("alarms");
    const done = [...alarms.values()].filter(isDone).sort((a, b) => b.since - a.since);
    if (done.length <= mostDone) return;
    const kept = new Map(alarms);
    for (const { id } of done.slice(mostDone)) kept.delete(id);
    this.#set({ alarms: kept });
  }

  #reloading = false;
  /** New signals come in crowds: one load at a time, and one more for those that came meanwhile. */
  async #reloadSite(): Promise<void> {
    if (this.#reloading) return;
    this.#reloading = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
    this.#reloading = false;
    const site = await this.client.site().catch(() => null);
    if (site !== null) this.#set(sitePart(site, this.#latest("wheels"), false));
  }

  #connected(state: Connection["state"]): void {
    if (this.#latest("connection").state !== state) this.#set({ connection: { state, since: Date.now() } });
  }

  #latest<Key extends keyof View>(key: Key): View[Key] {
    return this.#next[key] ?? this.#view[key];
  }

  #change<Key extends "alarms" | "events" | "wheels">(key: Key, id: Id, value: View[Key] extends ReadonlyMap<Id, infer V> ? V : never, within = 0): void {
    // Until it is shown, a copy made since the last showing is this object's own and may be written to.
    const own = this.#next[key] as Map<Id, unknown> | undefined;
    const map = own ?? new Map<Id, unknown>(this.#view[key]);
    map.set(id, value);
    this.#set({ [key]: map }, within);
  }

  #within = Infinity;
  #set(change: Partial<View>, within = 0): void {
    Object.assign(this.#next, change);
    if (within >= this.#within) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#within = within;
    this.#timer = setTimeout(() => this.#show(), within);
  }

  #show(): void {
    this.#within = Infinity;
    this.#timer = null;
    this.#view = { ...this.#view, ...this.#next };
    this.#next = {};
    for (const viewer of this.#viewers) viewer();
  }
}

const byId = <T extends { readonly id: Id }>(records: readonly T[]): Map<Id, T> => new Map(records.map((record) => [record.id, record]));

/** The site's records, with the newest row of each wheel kept. `isFresh`: their states are as of now. */
function sitePart(site: Site, before: ReadonlyMap<Id, WheelNow>, isFresh: boolean): Pick<View, "site" | "assets" | "signals" | "wheels"> {
  const { id, name, version, startedAt, mqttUrl, assets } = site;
  const [now, toldAt] = [performance.now(), Date.now() * 1000];
  const wheels = site.wheels.map((wheel): WheelNow => {
    const known = before.get(wheel.id);
    if (known === undefined) return { ...wheel, time: null, values: [], score: null, heardAt: now, toldAt };
    return isFresh ? { ...known, ...wheel, heardAt: now, toldAt } : { ...known, ...wheel, state: known.state };
  });
  return { site: { id, name, version, startedAt, mqttUrl }, assets, signals: byId<Signal>(site.signals), wheels: byId(wheels) };
}
