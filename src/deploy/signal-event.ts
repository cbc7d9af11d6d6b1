import { noBlock, noModel, noWheel, type Event } from "../schema/event.ts";
import type { Id } from "../schema/id.ts";
import type { Micros } from "../schema/time.ts";
import type { EventChange, IdFor } from "./event-tracker.ts";

/** Signals that an event names. */
const mostNamed = 50;

/** What was found of one signal, or of several of an asset together. */
export interface SignalFinding {
  readonly kind: Event["kind"];
  readonly site: Id;
  readonly asset: Id;
  readonly signals: readonly Id[];
  readonly start: Micros;
  /** How far beyond its limit, from 1 on. */
  readonly degree: number;
  readonly seen: string;
}

/** An event that no wheel found. */
export function signalEvent({ kind, site, asset, signals, start, degree, seen }: SignalFinding, idFor: IdFor): Event {
  const named = signals.slice(0, mostNamed);
  const only = signals.length === 1 ? signals[0] : undefined;
  return {
    id: idFor(start, { asset, kind, signal: only ?? null, start }),
    site,
    asset,
    wheel: noWheel,
    model: noModel,
    block: noBlock,
    kind,
    start,
    end: null,
    peak: Number.isFinite(degree) ? Math.max(1, degree) : 1,
    peakAt: start,
    contributions: named.map((signal) => ({ signal, share: 1 / named.length })),
    ...(only !== undefined && { signal: only }),
    seen: (signals.length > 1 ? `${signals.length} signals: ${seen}` : seen).slice(0, 300),
  };
}

export const changed = (type: EventChange["type"], event: Event): EventChange => ({ type, event });

/** The end of an event; never before its start. */
export const ended = (event: Event, end: Micros): EventChange => changed("close", { ...event, end: Math.max(end, event.start) });
