import type { Grid } from "../schema/grid.ts";
import type { Quality } from "../schema/quality.ts";
import type { Micros } from "../schema/time.ts";
import { PendingTicks, type Waiting } from "./pending-ticks.ts";
import { SourceClock } from "./source-clock.ts";

/** What a marking signal says: a number, a text, or `null` before it spoke. */
export type Mark = string | number | null;

/** A row of the grid that no sample can change any more. */
export interface ClosedTick {
  readonly time: Micros;
  /** The last value of each signal no older than the hold, else NaN. */
  readonly values: Float64Array;
  /** No signal spoke since the tick before: every value is held. */
  readonly isSilent?: boolean;
  /** What the marking signal said last, however long ago: a run's or a part's name. */
  readonly mark: Mark;
  /** When it could be closed, on the steady clock: latency counts from here. */
  readonly due: Micros;
}

/** What became of a sample. `late`: its tick is closed, so it changes later rows at most. `overflow`: too many wait. */
export type Added = "taken" | "late" | "ignored" | "overflow";

export interface LiveGridOptions extends Grid {
  /** The columns of a row, in this order. */
  readonly keys: readonly number[];
  /** The signal whose value cuts blocks, number or text; it may be a column too. */
  readonly mark?: number | undefined;
}

/** A sample known from before. */
export interface Held {
  readonly key: number;
  readonly time: Micros;
  readonly value: number | string;
}

/** Samples that may wait for their ticks. Only those ahead of the clock wait longer than until the next close. */
const mostPending = 200_000;
/** And of them, those whose time is not to be believed: they may wait for ever. */
const mostBadClocks = 1024;
/** How many rows the first samples may bring with them from before. */
const mostAtFirst = 4096;
/** Due ticks from which a silence is passed over rather than closed row by row. */
export const longSilence = 64;
/** Rows that a model may look back: a silence is passed over once no window reaches back to before it. */
const longestWindow = 512;

/**
 * The rows of a wheel as its samples arrive, in memory: the very rows that the store gives for the same
 * samples, as long as they arrive before their tick closes.
 *
 * A tick lies at a multiple of the period since 1970 and closes once the source's clock is `lateness`
 * past it. Quality `bad` and `bad-clock`, and infinities, are unknown from their time on and move no
 * clock. In a long silence, ticks at which every signal is unknown are left out: the next tick's time
 * tells.
 *
 * Cost: a few operations a sample; memory for the samples of ticks that are not closed yet.
 */
export class LiveGrid {
  readonly keys: readonly number[];
  readonly grid: Grid;
  readonly #columns = new Map<number, number>();
  readonly #mark: number | undefined;
  readonly #clock = new SourceClock();
  // By column, and after the columns the mark.
  readonly #pending: PendingTicks<number>[];
  readonly #heldTimes: Float64Array;
  readonly #heldValues: Float64Array;
  readonly #pendingMarks = new PendingTicks<Mark>();
  #heldMark: { readonly time: Micros; readonly value: Mark } = { time: -Infinity, value: null };
  #waiting = 0;
  #badClocks = 0;
  #next: Micros | null = null;
  #late = 0;
  #overflowed = 0;

  constructor({ keys, period, hold, lateness, mark }: LiveGridOptions) {
    if (![period, hold, lateness].every(Number.isSafeInteger) || period < 1 || hold < 0 || lateness < 0) {
      throw new RangeError(`Cannot make a grid with period ${period}, hold ${hold} and lateness ${lateness}: whole microseconds`);
    }
    this.keys = keys;
    this.grid = { period, hold, lateness };
    this.#mark = mark;
    keys.forEach((key, column) => this.#columns.set(key, column));
    if (this.#columns.size !== keys.length) throw new RangeError("Cannot make a grid: a key is named twice");
    this.#pending = keys.map(() => new PendingTicks<number>());
    this.#heldTimes = new Float64Array(keys.length).fill(-Infinity);
    this.#heldValues = new Float64Array(keys.length).fill(NaN);
  }

  /** The last tick that is closed; `null` before the first. */
  get closed(): Micros | null {
    return this.#next === null ? null : this.#next - this.grid.period;
  }

  /** Samples that wait for their ticks, and how many came too late or found no room since the start. */
  get counts(): { readonly waiting: number; readonly late: number; readonly overflowed: number } {
    return { waiting: this.#waiting, late: this.#late, overflowed: this.#overflowed };
  }

  /** Takes a number in. Of equal times the one added last counts, as it has the higher sequence. */
  add(key: number, time: Micros, value: number, quality: Quality, steady: Micros): Added {
    if (Number.isNaN(value)) return "ignored"; // the source said nothing: the store keeps none either
    const isUsable = (quality === "good" || quality === "uncertain") && Number.isFinite(value);
    const isBadClock = quality === "bad-clock";
    let added: Added = "ignored";
    const column = this.#columns.get(key);
    if (column !== undefined) added = this.#place(column, { time, value: isUsable ? value : NaN, isBadClock });
    if (key === this.#mark && isUsable) added = this.#placeMark({ time, value, isBadClock });
    if (isUsable && added !== "ignored") this.#clock.heard(time, steady);
    return added;
  }

  /** Takes a text of the marking signal in; texts of others are ignored. */
  addText(key: number, time: Micros, text: string, quality: Quality, steady: Micros): Added {
    if (key !== this.#mark || quality === "bad" || quality === "bad-clock") return "ignored";
    const added = this.#placeMark({ time, value: text, isBadClock: false });
    this.#clock.heard(time, steady);
    return added;
  }

  /**
   * Goes on after a restart: ticks up to `closed` are not closed again, and `held` are the last samples
   * known of each signal, so that slow ones go on being held. They move no clock.
   */
  resume(closed: Micros | null, held: Iterable<Held>): void {
    if (closed !== null) this.#next = tickAtOrAfter(closed + 1, this.grid.period);
    for (const { key, time, value } of held) {
      const column = this.#columns.get(key);
      if (column !== undefined && typeof value === "number") this.#place(column, { time, value: Number.isFinite(value) ? value : NaN, isBadClock: false });
      if (key === this.#mark) this.#placeMark({ time, value, isBadClock: false });
    }
    this.#late = 0;
    if (this.#next !== null) this.#takeUpBefore(this.#next);
  }

  /** Closes what is due, oldest first, at most `most` ticks; `hasDue` then says whether there are more. */
  close(now: Micros, steady: Micros, most = 512): ClosedTick[] {
    const last = this.#lastDue(now, steady);
    if (last === null || (this.#next ??= this.#firstTick(last)) === null) return [];
    const closed: ClosedTick[] = [];
    let isIdle = true; // whether the tick before this one brought nothing new
    while (closed.length < most && this.#next <= last) {
      if (isIdle) this.#next = this.#afterSilence(this.#next, last);
      const waiting = this.#waiting;
      closed.push(this.#closeOne(this.#next, this.#clock.when(this.#next + this.grid.lateness, now, steady)));
      isIdle = waiting === this.#waiting;
      this.#next += this.grid.period;
    }
    return closed;
  }

  hasDue(now: Micros, steady: Micros): boolean {
    const last = this.#lastDue(now, steady);
    return last !== null && (this.#next ?? this.#earliestWaiting()) <= last;
  }

  /** When the next tick is due, on the steady clock, if no sample comes before; `Infinity` while the source is unheard. */
  nextDue(now: Micros, steady: Micros): Micros {
    const { period, lateness } = this.grid;
    if (this.#clock.newest === -Infinity) return Infinity;
    return this.#clock.when((this.#next ?? tickAtOrAfter(this.#clock.newest, period)) + lateness, now, steady);
  }

  #lastDue(now: Micros, steady: Micros): Micros | null {
    const { period, lateness } = this.grid;
    const clock = this.#clock.at(now, steady);
    return clock === -Infinity ? null : Math.floor((clock - lateness) / period) * period;
  }

  /** The first row of all is that of the earliest sample, unless that lies far back; `null` while it is not due. */
  #firstTick(last: Micros): Micros | null {
    const first = Math.max(this.#earliestWaiting(), last - mostAtFirst * this.grid.period);
    if (first > last) return null;
    this.#takeUpBefore(first);
    return first;
  }

  #takeUpBefore(tick: Micros): void {
    for (const [column, pending] of this.#pending.entries()) for (const waiting of pending.takeBefore(tick)) this.#takeUp(column, waiting);
    for (const waiting of this.#pendingMarks.takeBefore(tick)) this.#takeUpMark(waiting);
  }

  #earliestWaiting(): Micros {
    return this.#pending.reduce((earliest, pending) => Math.min(earliest, pending.first()), this.#pendingMarks.first());
  }

  /** The next tick of which anything is known, when there is a long way to it; else the tick given. */
  #afterSilence(next: Micros, last: Micros): Micros {
    const { period, hold } = this.grid;
    if (last - next < longSilence * period) return next;
    // Windows that reach back to what was known are still judged, as they are when the block is over.
    if (this.#heldTimes.some((time) => next - time <= hold + longestWindow * period)) return next;
    return Math.max(next, Math.min(this.#earliestWaiting(), last));
  }

  #closeOne(tick: Micros, due: Micros): ClosedTick {
    const values = new Float64Array(this.keys.length);
    let isSilent = true;
    for (let column = 0; column < values.length; column++) {
      const waiting = this.#pending[column].take(tick);
      if (waiting !== undefined) {
        isSilent = false;
        this.#takeUp(column, waiting);
      }
      values[column] = tick - this.#heldTimes[column] <= this.grid.hold ? this.#heldValues[column] : NaN;
    }
    const waiting = this.#pendingMarks.take(tick);
    if (waiting !== undefined) this.#takeUpMark(waiting);
    return { time: tick, values, isSilent, mark: this.#heldMark.value, due };
  }

  #takeUp(column: number, { time, value, isBadClock }: Waiting<number>): void {
    this.#forget(isBadClock);
    this.#hold(column, time, value);
  }

  #takeUpMark({ time, value, isBadClock }: Waiting<Mark>): void {
    this.#forget(isBadClock);
    this.#holdMark(time, value);
  }

  #forget(isBadClock: boolean): void {
    this.#waiting--;
    if (isBadClock) this.#badClocks--;
  }

  #hold(column: number, time: Micros, value: number): void {
    if (time < this.#heldTimes[column]) return;
    this.#heldTimes[column] = time;
    this.#heldValues[column] = value;
  }

  #holdMark(time: Micros, value: Mark): void {
    if (time >= this.#heldMark.time) this.#heldMark = { time, value };
  }

  #place(column: number, sample: Waiting<number>): Added {
    const added = this.#wait(this.#pending[column], sample);
    if (added === "late") this.#hold(column, sample.time, sample.value); // later rows still see it
    return added;
  }

  #placeMark(sample: Waiting<Mark>): Added {
    const added = this.#wait(this.#pendingMarks, sample);
    if (added === "late") this.#holdMark(sample.time, sample.value);
    return added;
  }

  #wait<T>(pending: PendingTicks<T>, sample: Waiting<T>): Added {
    const tick = tickAtOrAfter(sample.time, this.grid.period);
    if (this.#next !== null && tick < this.#next) {
      this.#late++;
      return "late";
    }
    const before = pending.at(tick);
    if (before === undefined && (this.#waiting >= mostPending || (sample.isBadClock && this.#badClocks >= mostBadClocks))) {
      this.#overflowed++;
      return "overflow";
    }
    if (before !== undefined && sample.time < before.time) return "taken";
    if (before !== undefined) this.#forget(before.isBadClock);
    pending.put(tick, sample);
    this.#waiting++;
    if (sample.isBadClock) this.#badClocks++;
    return "taken";
  }
}

/** The first tick that sees a sample of this time: exact, as quotients of whole numbers below 2^53 are. */
export const tickAtOrAfter = (time: Micros, period: number): Micros => Math.ceil(time / period) * period;
