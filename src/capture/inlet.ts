import { MillraceError } from "../errors.ts";
import type { Inflow } from "../schema/inflow.ts";
import { Origin } from "../schema/origin.ts";
import { Quality } from "../schema/quality.ts";
import { minute, type Micros } from "../schema/time.ts";
import type { Batch, Reading, Rejection } from "./connector.ts";
import { Inflows } from "./inlet-inflows.ts";
import { rowBytes, Rows, textBytes, type StoredBatch } from "./inlet-rows.ts";
import { Slots, type KnownSignal, type Slot, type SlotPorts } from "./inlet-slots.ts";
import { shown } from "./name.ts";
import { earliestTime, latestTime } from "./payload.ts";
import { pathProblem } from "./topics.ts";

export type { KnownSignal } from "./inlet-slots.ts";

/** A path that no signal has yet, with what its first reading says. */
export interface FirstSight {
  readonly path: string;
  readonly valueType: "number" | "text" | "flag";
  readonly unit: string | null;
}

/** Readings that are offered together, and the connector they came through. */
export type Offer = Omit<Batch, "ack" | "refuse"> & {
  /** @default "unknown" */
  readonly connector?: string;
};

/** What the inlet needs of its site. */
export interface InletPorts extends SlotPorts {
  /** Makes assets and signals, durably; what it leaves out of the answer is refused. */
  create(first: readonly FirstSight[]): Promise<ReadonlyMap<string, KnownSignal>>;
  /** How many signals the site has. */
  count(): number;
  /** Writes down, durably, which connectors feed which signals: before the samples are stored. */
  inflows(fresh: readonly Inflow[]): Promise<unknown>;
  /** Stores a batch; resolves once it would survive a power cut. The columns are lent: copy or clone, do not move. */
  append(batch: StoredBatch): Promise<unknown>;
  now(): Micros;
  /** Hears every batch that is durable, in order, after its sources were told. */
  onStored(batch: StoredBatch): void;
}

export interface InletLimits {
  /** Readings that may wait to be durable. */
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly signals: number;
  readonly textCharacters: number;
}

const defaults: InletLimits = { waiting: 200_000, waitingBytes: 64 * 1024 * 1024, signals: 20_000, textCharacters: 4000 };

/** What became of readings that were taken: stored durably, or left out with the reason. */
export interface Taken {
  readonly stored: number;
  readonly rejected: readonly Rejection[];
}

/** Totals since the start. `late`: older than the newest of its signal; `duplicate`: just as old. Both are stored. */
export interface InletCounters {
  readonly accepted: number;
  readonly acknowledged: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly late: number;
  readonly dropped: Readonly<Record<string, number>>;
}

const badClock = Quality.options.indexOf("bad-clock");
const qualityCodes = codesOf(Quality.options);
const originCodes = codesOf(Origin.options);

/**
 * The one way in for readings, on the main thread: it checks them, gives each its signal, and stores
 * everything that arrived while the last commit ran as one. At once when idle, so that a device which
 * waits for each answer is not slowed by a timer.
 *
 * A reading that makes no sense is counted and left out; it never stops those beside it. What waits is
 * bounded. A time more than 5 minutes ahead keeps its value with quality `bad-clock`.
 *
 * Cost: about 0.3 µs a reading of a known signal, 34 bytes while it waits.
 */
export class Inlet {
  readonly #ports: InletPorts;
  readonly #limits: InletLimits;
  readonly #slots: Slots;
  readonly #inflows = new Inflows();
  readonly #dropped: Record<string, number> = {};
  #accepted = 0;
  #acknowledged = 0;
  #stored = 0;
  #duplicate = 0;
  #late = 0;
  #filling = new Rows<Ticket>();
  #spare = new Rows<Ticket>();
  #newcomers: Newcomers[] = [];
  #waiting = 0;
  #waitingBytes = 0;
  #isCommitting = false;
  #isCreating = false;
  #isClosed = false;
  #awaitingRoom: { readings: number; wake: () => void }[] = [];
  #awaitingIdle: (() => void)[] = [];

  constructor(ports: InletPorts, limits: Partial<InletLimits> = {}) {
    this.#ports = ports;
    this.#slots = new Slots(ports);
    this.#limits = { ...defaults, ...limits };
  }

  counters(): InletCounters {
    const { accepted, acknowledged, stored, duplicate, late } = { accepted: this.#accepted, acknowledged: this.#acknowledged, stored: this.#stored, duplicate: this.#duplicate, late: this.#late };
    return { accepted, acknowledged, stored, duplicate, late, dropped: { ...this.#dropped } };
  }

  /** Readings that are not durable yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Counts what a door left out by itself. */
  drop(reason: string, readings = 1): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + readings;
  }

  /** Looks the signal of a path, or of all, up anew, and notes anew through what it comes: it was revised, or forgotten. */
  forget(path?: string): void {
    this.#inflows.forget();
    this.#slots.forget(path);
  }

  /**
   * Takes readings in; resolves once those that make sense are durable.
   *
   * Rejects with `capture.overload` when too many wait (nothing of the batch was taken), with
   * `capture.closed`, and with what `append` or `create` threw: then some may be stored, and offering
   * them again does no harm.
   */
  take(offer: Offer): Promise<Taken> {
    const { readings, origin, connector = "unknown" } = offer;
    if (this.#isClosed) return Promise.reject(closed());
    if (!this.#hasRoomFor(readings.length)) return Promise.reject(overload(this.#waiting));
    return new Promise((resolve, reject) => {
      const ticket: Ticket = { resolve, reject, parts: 1, stored: 0, rejected: [...offer.rejected] };
      for (const { reason } of offer.rejected) this.drop(reason);
      const unknown = this.#write(readings, { connector, origin: originCodes[origin] }, ticket);
      if (unknown !== null) {
        ticket.parts++;
        this.#newcomers.push({ ticket, readings: unknown, from: { connector, origin: originCodes[origin] } });
        this.#waiting += unknown.length;
        void this.#createNewcomers();
      }
      this.#settle(ticket, 1);
    });
  }

  /** As `take`, but waits for room, for sources that can be held up meanwhile. */
  takeInTurn(offer: Offer): Promise<Taken> {
    if (this.#isClosed || this.#hasRoomFor(offer.readings.length)) return this.take(offer);
    return this.#room(offer.readings.length).then(() => this.takeInTurn(offer));
  }

  #room(readings: number): Promise<void> {
    return new Promise((wake) => this.#awaitingRoom.push({ readings, wake }));
  }

  /** Takes nothing more; resolves once nothing waits. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wakeWaiting();
    if (this.#isCommitting || this.#isCreating) await new Promise<void>((resolve) => this.#awaitingIdle.push(resolve));
  }

  /** A batch of any size is taken when nothing waits: each door bounds its own. */
  #hasRoomFor(readings: number): boolean {
    if (this.#waiting === 0) return true;
    return this.#waiting + readings <= this.#limits.waiting && this.#waitingBytes + readings * rowBytes <= this.#limits.waitingBytes;
  }

  /** Writes the readings of known signals into the next commit; returns the others, `null` when there are none. */
  #write(readings: readonly Reading[], from: From, ticket: Ticket): Reading[] | null {
    const rows = this.#filling;
    const before = rows.size;
    const now = this.#ports.now();
    let unknown: Reading[] | null = null;
    for (let index = 0; index < readings.length; index++) {
      const reading = readings[index];
      const slot = this.#slots.get(reading.path);
      if (slot === undefined) {
        if (this.#isWorthMaking(reading, ticket)) (unknown ??= []).push(reading);
      } else {
        this.#writeOne(slot, reading, now, from, ticket);
      }
    }
    const written = rows.size - before;
    if (written > 0) {
      this.#accepted += written;
      this.#waiting += written;
      this.#waitingBytes += written * rowBytes;
      ticket.parts++;
      rows.tickets.push(ticket);
      rows.shares.push(written);
      this.#wake();
    }
    return unknown;
  }

  #writeOne(slot: Slot, { path, time, value, quality, unit }: Reading, now: Micros, { connector, origin }: From, ticket: Ticket): void {
    if (!(time >= earliestTime && time < latestTime && Number.isInteger(time))) return this.#reject(ticket, "bad-time", path, time);
    if (unit !== undefined && unit !== null && unit !== slot.saidUnit && !this.#slots.unitFits(slot, path, unit)) return this.#reject(ticket, "unit-changed", path, unit);
    const { kind } = slot;
    let number = 0;
    if (typeof value === "number") {
      if (!Number.isFinite(value)) return this.#reject(ticket, "not-a-number", path, value);
      if (kind !== "number" && !(kind === "flag" && (value === 0 || value === 1))) return this.#reject(ticket, "wrong-type", path, value);
      number = value;
    } else if (typeof value === "boolean") {
      if (kind !== "number" && kind !== "flag") return this.#reject(ticket, "wrong-type", path, value);
      number = value ? 1 : 0;
    } else if (kind !== "text") return this.#reject(ticket, "wrong-type", path, value);
    const isAhead = time > now + 5 * minute;
    if (typeof value === "string") {
      if (value.length > this.#limits.textCharacters) return this.#reject(ticket, "too-large", path, value);
      this.#filling.text(slot.signal.key, time, value, isAhead ? "bad-clock" : quality, Origin.options[origin]);
      this.#waitingBytes += textBytes(value);
    } else {
      this.#filling.number(slot.signal.key, time, number, isAhead ? badClock : qualityCodes[quality], origin);
    }
    const { inflow } = slot;
    if (inflow.connector !== connector || inflow.origin !== origin || time < inflow.start || time >= inflow.end) slot.inflow = this.#inflows.note(slot.signal.key, connector, origin, time, now);
    if (isAhead) return;
    if (time > slot.newest) slot.newest = time;
    else if (time === slot.newest) this.#duplicate++;
    else this.#late++;
  }

  /** Whether the first reading of a path may make its signal. */
  #isWorthMaking({ path, value, unit }: Reading, ticket: Ticket): boolean {
    const problem = pathProblem(path);
    if (problem !== null) this.#reject(ticket, "bad-name", path, problem);
    else if (typeof value === "number" && !Number.isFinite(value)) this.#reject(ticket, "not-a-number", path, value);
    else if (typeof unit === "string" && unit.length > 60) this.#reject(ticket, "malformed", path, unit);
    else if (this.#ports.count() >= this.#limits.signals) this.#reject(ticket, "not-allowed", path, "too many signals");
    else return true;
    return false;
  }

  #reject(ticket: Ticket, reason: Rejection["reason"], path: string, seen: unknown): void {
    this.drop(reason);
    ticket.rejected.push({ reason, seen: `${shown(path)}: ${typeof seen === "string" ? shown(seen) : String(seen)}` });
  }

  async #createNewcomers(): Promise<void> {
    if (this.#isCreating) return;
    this.#isCreating = true;
    await Promise.resolve(); // what arrives in this turn of the loop is made together
    while (this.#newcomers.length > 0) {
      const waiting = this.#newcomers;
      this.#newcomers = [];
      try {
        await this.#create(waiting);
        for (const { ticket, readings, from } of waiting) this.#writeNewcomers(ticket, readings, from);
      } catch (error) {
        for (const { ticket, readings } of waiting) {
          this.#release(readings.length, 0);
          this.#fail(ticket, error);
        }
      }
    }
    this.#isCreating = false;
    this.#tellIdle();
  }

  async #create(waiting: readonly Newcomers[]): Promise<void> {
    const first = new Map<string, FirstSight>();
    const free = this.#limits.signals - this.#ports.count();
    for (const { readings } of waiting) {
      for (const { path, value, unit } of readings) {
        if (first.size >= free || first.has(path) || this.#slots.get(path) !== undefined) continue;
        const valueType = typeof value === "number" ? "number" : typeof value === "string" ? "text" : "flag";
        first.set(path, { path, valueType, unit: typeof unit === "string" ? this.#slots.ucum(unit) : null });
      }
    }
    if (first.size === 0) return;
    for (const [path, signal] of await this.#ports.create([...first.values()])) this.#slots.set(path, signal);
  }

  #writeNewcomers(ticket: Ticket, readings: readonly Reading[], from: From): void {
    this.#release(readings.length, 0);
    for (const { path } of this.#write(readings, from, ticket) ?? []) this.#reject(ticket, "not-allowed", path, "too many signals");
    this.#settle(ticket, 1);
  }

  #wake(): void {
    if (this.#isCommitting) return;
    this.#isCommitting = true;
    queueMicrotask(() => void this.#commit()); // a chunk of messages is parsed in one go and goes as one
  }

  async #commit(): Promise<void> {
    while (this.#filling.size > 0) {
      const rows = this.#filling;
      this.#filling = this.#spare;
      this.#spare = rows;
      const batch = rows.batch(this.#ports.now());
      try {
        await this.#inflows.write((fresh) => this.#ports.inflows(fresh));
        await this.#ports.append(batch);
        this.#stored += rows.size;
        rows.tickets.forEach((ticket, index) => {
          ticket.stored += rows.shares[index];
          this.#settle(ticket, 1);
        });
        queueMicrotask(() => this.#ports.onStored(batch)); // its mistakes are not the sources' trouble
      } catch (error) {
        for (const ticket of rows.tickets) this.#fail(ticket, error);
      }
      this.#release(rows.size, rows.size * rowBytes + rows.textBytes);
      rows.clear();
    }
    this.#isCommitting = false;
    this.#tellIdle();
  }

  #settle(ticket: Ticket, parts: number): void {
    ticket.parts -= parts;
    if (ticket.parts > 0) return;
    this.#acknowledged += ticket.stored;
    ticket.resolve({ stored: ticket.stored, rejected: ticket.rejected });
  }

  #fail(ticket: Ticket, error: unknown): void {
    ticket.parts = Number.POSITIVE_INFINITY; // what is stored of it later is not acknowledged
    ticket.reject(error);
  }

  #release(readings: number, bytes: number): void {
    this.#waiting -= readings;
    this.#waitingBytes -= bytes;
    if (this.#awaitingRoom.length > 0) this.#wakeWaiting();
  }

  /** Those that fit now, in order; each looks again before it takes, as others may be quicker. */
  #wakeWaiting(): void {
    const waiting = this.#awaitingRoom;
    this.#awaitingRoom = [];
    for (const one of waiting) {
      if (this.#isClosed || this.#hasRoomFor(one.readings)) one.wake();
      else this.#awaitingRoom.push(one);
    }
  }

  #tellIdle(): void {
    if (!this.#isCommitting && !this.#isCreating) for (const wake of this.#awaitingIdle.splice(0)) wake();
  }
}

/** One call of `take`: answered when all its parts are durable. */
interface Ticket {
  readonly resolve: (taken: Taken) => void;
  readonly reject: (error: unknown) => void;
  parts: number;
  stored: number;
  readonly rejected: Rejection[];
}

/** Where readings come from: through what, and the place of their origin in Origin.options. */
interface From {
  readonly connector: string;
  readonly origin: number;
}

interface Newcomers {
  readonly ticket: Ticket;
  readonly readings: readonly Reading[];
  readonly from: From;
}

function codesOf<K extends string>(names: readonly K[]): Readonly<Record<K, number>> {
  return Object.fromEntries(names.map((name, code) => [name, code])) as Record<K, number>;
}

function overload(waiting: number): MillraceError {
  return new MillraceError("capture.overload", `Cannot take readings in: ${waiting} wait to be stored`, {
    hint: "Offer them again in a second; nothing of them was stored.",
  });
}

function closed(): MillraceError {
  return new MillraceError("capture.closed", "Cannot take readings in: the site is closing", { hint: "Offer them again when the site is up." });
}
