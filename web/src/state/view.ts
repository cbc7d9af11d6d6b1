import type { Alarm, Asset, Id, Micros, Question, Signal, SiteEvent, SiteStatus, Wheel, WheelState } from "../api/types.ts";

/** How the page stands with the site. `since` is the page's own clock, in milliseconds. */
export interface Connection {
  readonly state: "connecting" | "live" | "lost" | "locked";
  readonly since: number;
}

/** A wheel and its newest row, with when the page heard of it (milliseconds of `performance.now`). */
export interface WheelNow extends Wheel {
  readonly time: Micros | null;
  readonly values: readonly (number | null)[];
  readonly score: number | null;
  readonly heardAt: number;
  /** When its state was told without a row, by the page's clock. */
  readonly toldAt: Micros;
}

/** Everything the page knows of the site, replaced as a whole when something changes. */
export interface View {
  readonly connection: Connection;
  readonly loaded: boolean;
  readonly status: SiteStatus | null;
  readonly site: { readonly id: Id; readonly name: string; readonly version: string; readonly startedAt: Micros; readonly mqttUrl: string | null } | null;
  readonly assets: readonly Asset[];
  readonly signals: ReadonlyMap<Id, Signal>;
  readonly wheels: ReadonlyMap<Id, WheelNow>;
  readonly alarms: ReadonlyMap<Id, Alarm>;
  readonly events: ReadonlyMap<Id, SiteEvent>;
  readonly questions: ReadonlyMap<Id, Question>;
  /** Goes up when turns, models or the ledger have changed: who shows them loads them again. */
  readonly recorded: number;
  /** Goes up when history must be loaded again: a new connection, a forgotten past. */
  readonly epoch: number;
  /** What the site's clock is ahead of the page's, in milliseconds. */
  readonly clockAhead: number;
}

export const emptyView: View = {
  connection: { state: "connecting", since: 0 },
  loaded: false,
  status: null,
  site: null,
  assets: [],
  signals: new Map(),
  wheels: new Map(),
  alarms: new Map(),
  events: new Map(),
  questions: new Map(),
  recorded: 0,
  epoch: 0,
  clockAhead: 0,
};

/** What is shown of a wheel or an asset: a wheel's state, "watched by none", or what it was when last heard. */
export interface Standing {
  readonly state: WheelState | "none";
  /** Set when the state is unknown only because nothing has been heard: what it was, and when. */
  readonly was: { readonly state: WheelState; readonly at: Micros } | null;
}

/** Rows stop for this long, beyond what the grid itself takes, and the state counts as unknown: milliseconds. */
const silence = 15_000;

export function standingOf(wheel: WheelNow, connection: Connection, now: number): Standing {
  const { period, hold, lateness } = wheel.grid;
  const limit = (3 * period + hold + lateness) / 1000 + silence;
  const isHeard = connection.state === "live" && now - wheel.heardAt <= limit;
  return isHeard ? { state: wheel.state, was: null } : { state: "unknown", was: { state: wheel.state, at: wheel.time ?? wheel.toldAt } };
}

const worstFirst: readonly Standing["state"][] = ["alarm", "unknown", "learning", "normal", "answering", "not-running", "none"];

/** An asset is as the worst of its wheels; one that is unknown is never outdone by one that is normal. */
export function worst(standings: readonly Standing[]): Standing {
  const rank = ({ state }: Standing) => worstFirst.indexOf(state);
  return standings.toSorted((a, b) => rank(a) - rank(b))[0] ?? { state: "none", was: null };
}

export const wheelsOf = (view: View, asset: Id): WheelNow[] => [...view.wheels.values()].filter((wheel) => wheel.asset === asset);

/** Whether a wheel watches the condition; the others tell a target of their asset, which says nothing of how it is. */
export const watchesCondition = ({ kind }: Pick<Wheel, "kind">): boolean => kind === "condition";

export const signalsOf = (view: View, asset: Id): Signal[] => [...view.signals.values()].filter((signal) => signal.asset === asset);

/** Nobody needs to look at it any more: over, and seen by somebody. */
export const isDone = ({ done }: Alarm): boolean => done ?? false;

const urgency = { active: 0, cleared: 1, acknowledged: 2, shelved: 3 };
const rankOf = (alarm: Alarm): number => (isDone(alarm) ? 4 : urgency[alarm.state]);

/** What needs somebody first; of the same state the newest. */
export function alarmsInOrder(view: View): Alarm[] {
  return [...view.alarms.values()].sort((a, b) => rankOf(a) - rankOf(b) || b.since - a.since);
}

/** Open questions: about events before audits, the newest first. */
export function openQuestions(view: View): Question[] {
  const open = [...view.questions.values()].filter(({ state }) => state === "open");
  return open.sort((a, b) => Number(a.reason === "audit") - Number(b.reason === "audit") || b.askedAt - a.askedAt);
}
