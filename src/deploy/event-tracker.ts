import { noBlock, type Event } from "../schema/event.ts";
import type { Digest, Id } from "../schema/id.ts";
import { minute, type Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";
import { sharesAt } from "./events.ts";

/** What became of an event: it began, its peak rose, or it is over. */
export interface EventChange {
  readonly type: "open" | "update" | "close";
  readonly event: Event;
}

/** An id made from a time and from what it names, so that the same thing found again has the same id. */
export type IdFor = (time: Micros, named: unknown) => Id;

/** A row as it was judged, for the event it may belong to. */
export interface JudgedRow {
  readonly time: Micros;
  readonly score: number;
  /** 1 while in alarm. */
  readonly code: number;
  /** One a signal; not looked at unless the row is a peak. */
  readonly contributions: Float32Array;
  readonly model: Digest;
  readonly block: Id | null;
}

/** A peak is told of when it has risen by this factor, or this long after the last was. */
const worthTelling = { factor: 1.1, after: minute };

/**
 * The event of a wheel that stands now, if one does: opened, raised and closed as rows come, to the
 * same events that `findEvents` finds in the whole.
 */
export class EventTracker {
  readonly #wheel: Wheel;
  readonly #idFor: IdFor;
  #event: Event | null = null;
  #told: { readonly peak: number; readonly at: Micros } = { peak: 0, at: 0 };

  constructor(wheel: Wheel, idFor: IdFor) {
    this.#wheel = wheel;
    this.#idFor = idFor;
  }

  get open(): Event | null {
    return this.#event;
  }

  set open(event: Event | null) {
    this.#event = event;
    if (event !== null) this.#told = { peak: event.peak, at: event.peakAt };
  }

  next(row: JudgedRow): EventChange | null {
    if (row.code !== 1) return this.close(row.time);
    if (this.#event === null) return Number.isNaN(row.score) ? null : this.#begin(row);
    if (row.score > this.#event.peak) this.#event = { ...this.#event, ...this.#peakOf(row) };
    const { peak } = this.#event;
    const isWorth = peak >= this.#told.peak * worthTelling.factor || (peak > this.#told.peak && row.time - this.#told.at >= worthTelling.after);
    if (!isWorth) return null;
    this.#told = { peak, at: row.time };
    return { type: "update", event: this.#event };
  }

  /** Ends the event, if one stands, at `end`. */
  close(end: Micros): EventChange | null {
    if (this.#event === null) return null;
    const event: Event = { ...this.#event, end };
    this.#event = null;
    return { type: "close", event };
  }

  #begin(row: JudgedRow): EventChange {
    const { id: wheel, site, asset } = this.#wheel;
    const { time: start, model, block } = row;
    const id = this.#idFor(start, { wheel, block: block ?? noBlock, model, start });
    const event: Event = { id, site, asset, wheel, model, block: block ?? noBlock, kind: "condition", start, end: null, ...this.#peakOf(row) };
    this.open = event;
    return { type: "open", event };
  }

  #peakOf({ time, score, contributions }: JudgedRow): Pick<Event, "peak" | "peakAt" | "contributions"> {
    const shares = sharesAt(contributions, 0, this.#wheel.signals);
    const isTold = shares.every(({ share }) => Number.isFinite(share)); // a model made elsewhere may blame nobody
    const equal = this.#wheel.signals.map((signal) => ({ signal, share: 1 / this.#wheel.signals.length }));
    return { peak: Math.min(score, 1e30), peakAt: time, contributions: isTold ? shares : equal };
  }
}
