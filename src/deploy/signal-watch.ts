import type { Event } from "../schema/event.ts";
import type { Id } from "../schema/id.ts";
import type { Quality } from "../schema/quality.ts";
import { day, minute, second, type Micros } from "../schema/time.ts";
import type { EventChange, IdFor } from "./event-tracker.ts";
import { changed, ended, signalEvent } from "./signal-event.ts";
import { SignalHealth, type LearntHealth, type WatchedSignal } from "./signal-health.ts";
import { AssetTree, groupSilences, type Quietness, type Silent } from "./silence.ts";
import { SourceClock } from "./source-clock.ts";

/** What the watch knows, as plain JSON: what it learnt of each signal, and the events that stand. */
export interface WatchSnapshot {
  readonly version: 1;
  readonly learnt: Readonly<Record<Id, LearntHealth>>;
  readonly standing: readonly { readonly event: Event; readonly members: readonly { readonly signal: Id; readonly value: number | null }[] }[];
}

export interface SignalWatchOptions {
  readonly site: Id;
  readonly idFor: IdFor;
  /** Nothing is called missing before this long after the start. */
  readonly grace?: number;
}

/** An event that stands, and the signals it is about; for a flat line with the value each is stuck at. */
interface Standing {
  event: Event;
  readonly members: Map<SignalHealth, number>;
}

/** What was wrong with an asset's clock last. */
interface BadClock {
  count: number;
  last: Micros;
  time: Micros;
  readonly members: Set<SignalHealth>;
}

/** Wrong clocks are told after this many samples, and are over after this long without. */
const badClockRule = { samples: 3, over: minute };
/** A signal that came within this long before a restart is missed when it does not come again. */
const expectedFor = 7 * day;

/**
 * Watches the signals themselves: `stale` (fell silent), `missing` (did not come since the start),
 * `stuck` (a flat line much longer than is natural for it), `out-of-range` and `bad-clock`. Each is an
 * event of its own, debounced; what falls silent together is one.
 *
 * Habits are learnt from each signal. Set-points, states and counters are never stuck; signals sent
 * only when they change are never stale. Old samples that come late are history and raise nothing.
 * Cost: a few operations a sample, and a few for each signal a sweep.
 */
export class SignalWatch {
  readonly #site: Id;
  readonly #idFor: IdFor;
  readonly #grace: number;
  readonly #signals = new Map<number, SignalHealth>();
  readonly #byId = new Map<Id, SignalHealth>();
  readonly #byAsset = new Map<Id, Set<SignalHealth>>();
  readonly #clocks = new Map<Id, SourceClock>();
  readonly #noticed = new Map<SignalHealth, Micros>();
  readonly #badClocks = new Map<Id, BadClock>();
  #quietness = new Map<SignalHealth, Quietness>();
  #standing: Standing[] = [];
  /** In which kinds of standing event a signal is. */
  #kinds = new Map<SignalHealth, Set<Event["kind"]>>();
  #tree = new AssetTree([]);
  #restored: WatchSnapshot = { version: 1, learnt: {}, standing: [] };
  #started: { readonly now: Micros; readonly steady: Micros } | null = null;

  constructor({ site, idFor, grace = minute }: SignalWatchOptions) {
    this.#site = site;
    this.#idFor = idFor;
    this.#grace = grace;
  }

  /** Takes up what was known before a restart, in any number of parts; to be called before `follow`. */
  restore({ version, learnt, standing }: WatchSnapshot): void {
    if (version !== 1) return;
    this.#restored = { version, learnt: { ...this.#restored.learnt, ...learnt }, standing: [...this.#restored.standing, ...standing] };
  }

  /** How many signals are followed. */
  get size(): number {
    return this.#byId.size;
  }

  /** The events that stand, and what was learnt of `count` signals from number `from` on: a large site is stored in parts. */
  snapshot(from = 0, count = Infinity): WatchSnapshot {
    const known = [...this.#byId].slice(from, from + count).filter(([, one]) => one.learnt.time > -Infinity);
    const standing = this.#standing.map(({ event, members }) => ({
      event,
      members: Array.from(members, ([{ signal }, value]) => ({ signal: signal.id, value: Number.isFinite(value) ? value : null })),
    }));
    return { version: 1, learnt: Object.fromEntries(known.map(([id, one]) => [id, one.learnt])), standing: [...this.#restored.standing, ...standing] };
  }

  /** Watches these signals too, or by what is newly known of them; and learns which asset is part of which. */
  follow(signals: Iterable<WatchedSignal>, assets: Iterable<{ readonly id: Id; readonly parent: Id | null }>): void {
    this.#tree = new AssetTree(assets);
    for (const signal of signals) {
      const before = this.#byId.get(signal.id);
      const health = new SignalHealth(signal, before?.learnt ?? this.#restored.learnt[signal.id]);
      if (before !== undefined) this.#replace(before, health);
      this.#signals.set(signal.key, health);
      this.#byId.set(signal.id, health);
      this.#byAsset.set(signal.asset, (this.#byAsset.get(signal.asset) ?? new Set()).add(health));
      if (!this.#clocks.has(signal.asset)) this.#clocks.set(signal.asset, new SourceClock());
    }
    const isHere = ({ members }: WatchSnapshot["standing"][number]) => members.some(({ signal }) => this.#byId.has(signal));
    for (const { event, members } of this.#restored.standing.filter(isHere)) {
      const known = members.flatMap(({ signal, value }) => (this.#byId.has(signal) ? [[this.#byId.get(signal) as SignalHealth, value ?? NaN] as const] : []));
      this.#standing.push({ event, members: new Map(known) });
    }
    this.#index();
    this.#restored = { ...this.#restored, standing: this.#restored.standing.filter((one) => !isHere(one)) };
  }

  /** Takes a sample in; `value` is `null` for anything but a number. Signals that are not followed are ignored. */
  heard(key: number, time: Micros, value: number | null, quality: Quality, steady: Micros): void {
    const health = this.#signals.get(key);
    if (health === undefined) return;
    if (quality === "bad-clock") this.#noteBadClock(health, time, steady);
    if (quality === "bad" || quality === "bad-clock") return; // as if it had not come
    this.#clocks.get(health.signal.asset)?.heard(time, steady);
    health.heard(time, value, steady);
  }

  /** Whether a signal is silent or stands in an event: then nothing that reads it may be called normal. */
  isDoubtful(signal: Id): boolean {
    const health = this.#byId.get(signal);
    return health !== undefined && (this.#kinds.has(health) || this.#quietness.get(health) === "silent");
  }

  /** Events that stand. */
  get standing(): readonly Event[] {
    return this.#standing.map(({ event }) => event);
  }

  /** Looks at all signals: about once a second. */
  sweep(now: Micros, steady: Micros): EventChange[] {
    this.#started ??= { now, steady };
    this.#listen(now, steady);
    const changes = this.#end(now, steady);
    changes.push(...this.#tellSilences(now, steady), ...this.#tellStuck(), ...this.#tellOutside(), ...this.#tellBadClocks(now, steady));
    return changes;
  }

  #replace(before: SignalHealth, health: SignalHealth): void {
    health.time = before.time;
    health.heardAt = before.heardAt;
    for (const { members } of this.#standing) {
      const value = members.get(before);
      if (members.delete(before)) members.set(health, value ?? NaN);
    }
    this.#noticed.delete(before);
    for (const signals of this.#byAsset.values()) signals.delete(before);
  }

  #index(): void {
    this.#kinds = new Map();
    for (const { event, members } of this.#standing) for (const member of members.keys()) this.#mark(member, event.kind);
  }

  #mark(member: SignalHealth, kind: Event["kind"]): void {
    this.#kinds.set(member, (this.#kinds.get(member) ?? new Set()).add(kind));
  }

  /** The time by the clock of an asset's signals; ours before they were heard. */
  #nowOf(asset: Id, now: Micros, steady: Micros): Micros {
    const time = this.#clocks.get(asset)?.at(now, steady) ?? -Infinity;
    return time === -Infinity ? now : time;
  }

  #listen(now: Micros, steady: Micros): void {
    const started = this.#started ?? { now, steady };
    this.#quietness = new Map();
    for (const health of this.#signals.values()) {
      if (health.time > -Infinity && Number.isNaN(health.interval)) continue; // nothing is known of it yet
      const isMissed = (health.signal.isExpected ?? false) || health.before > started.now - expectedFor;
      if (health.isEventDriven || (health.time === -Infinity && !isMissed)) continue;
      const quietness = health.time === -Infinity ? this.#sinceStart(health, steady - started.steady) : this.#sinceHeard(health, now, steady);
      this.#quietness.set(health, quietness);
      if (quietness !== "silent") this.#noticed.delete(health);
      else if (!this.#noticed.has(health)) this.#noticed.set(health, steady);
    }
  }

  #sinceStart(health: SignalHealth, silence: number): Quietness {
    const usual = Number.isFinite(health.longestSilence) ? health.longestSilence : 0;
    return silence > Math.max(this.#grace, usual) ? "silent" : silence > 5 * second ? "quiet" : "heard";
  }

  #sinceHeard(health: SignalHealth, now: Micros, steady: Micros): Quietness {
    const silence = this.#nowOf(health.signal.asset, now, steady) - health.time;
    if (silence > health.longestSilence) return "silent";
    return silence > 1.5 * health.interval + second ? "quiet" : "heard";
  }

  #end(now: Micros, steady: Micros): EventChange[] {
    const over = this.#standing.filter((one) => !this.#isStill(one, steady));
    if (over.length === 0) return [];
    const gone = new Set(over);
    this.#standing = this.#standing.filter((one) => !gone.has(one));
    this.#index();
    return over.map(({ event, members }) => {
      if (event.kind === "stuck") for (const [member, value] of members) member.learnRest(value);
      if (event.kind === "bad-clock") this.#badClocks.delete(event.asset);
      const newest = Math.max(...Array.from(members.keys(), ({ time }) => time));
      return ended(event, event.kind !== "bad-clock" && newest > event.start ? newest : this.#nowOf(event.asset, now, steady));
    });
  }

  /** Whether any of its signals is still as the event says. One not heard since a restart is. */
  #isStill({ event, members }: Standing, steady: Micros): boolean {
    const last = Math.max(this.#badClocks.get(event.asset)?.last ?? -Infinity, this.#started?.steady ?? -Infinity);
    if (event.kind === "bad-clock") return steady - last < badClockRule.over;
    return [...members].some(([member, value]) => {
      if (member.time === -Infinity) return true;
      if (event.kind === "stuck") return member.stillSince.value === value;
      if (event.kind === "out-of-range") return !member.isInside;
      return this.#quietness.get(member) === "silent";
    });
  }

  #stands(health: SignalHealth, kind: Event["kind"]): boolean {
    return this.#kinds.get(health)?.has(kind) ?? false;
  }

  #tellSilences(now: Micros, steady: Micros): EventChange[] {
    const changes: EventChange[] = [];
    const groups = new Map(this.#standing.filter(({ event }) => isSilence(event.kind) && event.signal === undefined).map((one) => [one.event.asset, one]));
    const silent: Silent[] = [];
    for (const [health, noticedAt] of this.#noticed) {
      const { asset } = health.signal;
      if (this.#stands(health, "stale") || this.#stands(health, "missing") || this.#badClocks.get(asset)?.members.has(health)) continue;
      const group = this.#tree.lineOf(asset).map((one) => groups.get(one)).find((one) => one !== undefined);
      if (group === undefined) silent.push({ health, noticedAt });
      else this.#join(health, group);
    }
    for (const { asset, members } of groupSilences(silent, this.#quietness, this.#tree, steady)) {
      const wasHeard = members.filter(({ time }) => time > -Infinity);
      const start = wasHeard.length > 0 ? Math.min(...wasHeard.map(({ time }) => time)) : (this.#started?.now ?? now);
      const kind = wasHeard.length > 0 ? "stale" : "missing";
      const silence = this.#nowOf(asset, now, steady) - start;
      const limit = Math.min(...members.map(({ longestSilence }) => longestSilence), Math.max(this.#grace, second));
      changes.push(this.#open(kind, asset, members, start, silence / limit, `nothing ${kind === "stale" ? "for" : "since the start,"} ${Math.round(silence / second)} s`));
    }
    return changes;
  }

  /** A slower signal of what is silent already. */
  #join(health: SignalHealth, group: Standing): void {
    group.members.set(health, NaN);
    this.#mark(health, group.event.kind);
  }

  #tellStuck(): EventChange[] {
    const changes: EventChange[] = [];
    for (const health of this.#signals.values()) {
      if (health.stillness < 1 || this.#stands(health, "stuck")) continue;
      const { asset } = health.signal;
      // A source that repeats itself holds all of an asset's signals: that is one thing.
      const peers = [...(this.#byAsset.get(asset) ?? [])].filter((one) => one.canStick && !this.#stands(one, "stuck"));
      const members = peers.length > 1 && peers.every(({ stillness }) => stillness > 0.5) ? peers : [health];
      const { time, value } = health.stillSince;
      changes.push(this.#open("stuck", asset, members, time, health.stillness, members.length === 1 ? `stands at ${value}` : "all of its signals stand still"));
    }
    return changes;
  }

  #tellOutside(): EventChange[] {
    const changes: EventChange[] = [];
    for (const health of this.#signals.values()) {
      const { outside } = health;
      if (outside === null || this.#stands(health, "out-of-range")) continue;
      changes.push(this.#open("out-of-range", health.signal.asset, [health], outside.since, health.farOutside, seenOutside(outside.value, health.signal.limits)));
    }
    return changes;
  }

  #tellBadClocks(now: Micros, steady: Micros): EventChange[] {
    const changes: EventChange[] = [];
    for (const [asset, { count, last, time, members }] of this.#badClocks) {
      if (steady - last >= badClockRule.over) this.#badClocks.delete(asset);
      else if (count >= badClockRule.samples && !this.#standing.some(({ event }) => event.kind === "bad-clock" && event.asset === asset)) {
        const ahead = Math.round((time - now) / second);
        changes.push(this.#open("bad-clock", asset, [...members], now, Math.max(1, ahead / 300), `its clock is ${ahead} s ahead of ours`));
      }
    }
    return changes;
  }

  #noteBadClock(health: SignalHealth, time: Micros, steady: Micros): void {
    const { asset } = health.signal;
    const known = this.#badClocks.get(asset) ?? { count: 0, last: steady, time, members: new Set<SignalHealth>() };
    known.count++;
    known.last = steady;
    known.time = time;
    known.members.add(health);
    this.#badClocks.set(asset, known);
  }

  #open(kind: Event["kind"], asset: Id, members: readonly SignalHealth[], start: Micros, degree: number, seen: string): EventChange {
    const signals = members.map(({ signal }) => signal.id);
    const event = signalEvent({ kind, site: this.#site, asset, signals, start, degree, seen }, this.#idFor);
    this.#standing.push({ event, members: new Map(members.map((member) => [member, member.stillSince.value])) });
    for (const member of members) this.#mark(member, kind);
    return changed("open", event);
  }
}

/** A reading, and which limit it lies beyond where that is one that somebody set. */
function seenOutside(value: number, limits: WatchedSignal["limits"]): string {
  if (limits !== undefined && value < limits.low) return `reads ${value}, below its limit of ${limits.low}`;
  if (limits !== undefined && value > limits.high) return `reads ${value}, above its limit of ${limits.high}`;
  return `reads ${value}`;
}

const isSilence = (kind: Event["kind"]): boolean => kind === "stale" || kind === "missing";
