import type { Id } from "../schema/id.ts";
import type { Role, ValueType } from "../schema/signal.ts";
import { second, type Micros } from "../schema/time.ts";

/** A signal as its watch needs to know it. */
export interface WatchedSignal {
  readonly id: Id;
  readonly key: number;
  readonly asset: Id;
  readonly role: Role;
  readonly valueType: ValueType;
  /** Expected time between samples; `null` when irregular or unknown. */
  readonly period: number | null;
  /** The longest hold of the wheels that read it; 0 when none does. */
  readonly hold: number;
  /** What it can read at all, where somebody has said so. */
  readonly limits?: { readonly low: number; readonly high: number } | undefined;
  /** Whether it is missed when it does not come at all; otherwise it is watched once it was heard. */
  readonly isExpected?: boolean;
}

/** What has been learnt of a signal, as plain JSON. */
export interface LearntHealth {
  readonly time: Micros;
  readonly interval: number;
  readonly deliveries: number;
  readonly runs: number;
  readonly longestRun: number;
  readonly restValues: readonly number[];
}

/** Silence is never noticed sooner than this. */
const leastSilence = 2 * second;
/** A flat line is one only after this many equal samples, this long, and by this factor over the longest known. */
const stuckRule = { rows: 60, span: 10 * second, factor: 10, runsKnown: 20 };
/** Values that a signal has rested at before and may rest at again. */
const mostRestValues = 4;
/** No instrument reads this; the largest float and its like do. */
const absurd = 1e30;
/** Samples in a run that make an out-of-range event, or end it. */
const rangeRun = 3;

/**
 * One signal's usual habits, learnt as it comes: how often it is delivered, how long it stands still,
 * and whether it does otherwise now. Of samples in order of time only; a few operations each.
 */
export class SignalHealth {
  readonly signal: WatchedSignal;
  /** Newest usable time, and when it came on the steady clock; `-Infinity` before the first. */
  time: Micros = -Infinity;
  heardAt = -Infinity;
  /** The newest time known from before a restart. */
  readonly before: Micros;
  // How often: the time from delivery to delivery that nine in ten do not exceed.
  #interval: number;
  #deliveries = 0;
  #deliveredTime: Micros = NaN;
  // How long it stands still.
  #value = NaN;
  #run = 0;
  #runStart: Micros = 0;
  #runs = 0;
  #longestRun = 1;
  #restValues: number[] = [];
  // How far it reads.
  #outside = 0;
  #inside = 0;
  #outsideSince: Micros = 0;
  #outsideValue = NaN;

  constructor(signal: WatchedSignal, learnt: LearntHealth | undefined) {
    this.signal = signal;
    this.before = learnt?.time ?? -Infinity;
    this.#interval = learnt?.interval ?? signal.period ?? NaN;
    this.#deliveries = learnt?.deliveries ?? 0;
    this.#runs = learnt?.runs ?? 0;
    this.#longestRun = learnt?.longestRun ?? 1;
    this.#restValues = [...(learnt?.restValues ?? [])];
  }

  get learnt(): LearntHealth {
    return { time: Math.max(this.time, this.before), interval: this.#interval, deliveries: this.#deliveries, runs: this.#runs, longestRun: this.#longestRun, restValues: this.#restValues };
  }

  /** Takes a usable sample in; one that is not newer than the last teaches nothing. */
  heard(time: Micros, value: number | null, steady: Micros): void {
    if (steady !== this.heardAt) this.#delivered();
    this.heardAt = steady;
    if (time <= this.time) return;
    this.time = time;
    if (value === null) return;
    this.#follow(time, value);
    this.#measure(time, value);
  }

  /** Whether it is one that is sent only when it changes: silence says nothing of it. */
  get isEventDriven(): boolean {
    const { role, valueType, period } = this.signal;
    return period === null && (role === "state" || role === "set-point" || valueType !== "number");
  }

  /** The usual time from delivery to delivery; NaN while that is not known. */
  get interval(): number {
    return this.#deliveries >= 4 || this.signal.period !== null ? this.#interval : NaN;
  }

  /** Silence beyond this is an event; `Infinity` while nothing is known of it. */
  get longestSilence(): number {
    if (this.isEventDriven || Number.isNaN(this.interval)) return Infinity;
    return Math.max(3 * this.interval, this.signal.hold, leastSilence);
  }

  /** Whether a flat line says anything of it: enough is known of how it moves. */
  get canStick(): boolean {
    const { role, valueType } = this.signal;
    return role === "measured" && valueType === "number" && this.#runs >= stuckRule.runsKnown;
  }

  /** How long it has stood still against the longest that is natural: stuck from 1 on; 0 while that cannot be said. */
  get stillness(): number {
    if (!this.canStick || this.#restValues.includes(this.#value)) return 0;
    const most = Math.max(stuckRule.rows, stuckRule.factor * this.#longestRun);
    return Math.min(this.#run / most, (this.time - this.#runStart) / stuckRule.span);
  }

  get stillSince(): { readonly time: Micros; readonly value: number } {
    return { time: this.#runStart, value: this.#value };
  }

  /** Whether its last readings all lay inside of its limits. */
  get isInside(): boolean {
    return this.#inside >= rangeRun;
  }

  /** Where it has read outside of its limits, debounced; `null` while it reads inside. */
  get outside(): { readonly since: Micros; readonly value: number } | null {
    return this.#outside >= rangeRun ? { since: this.#outsideSince, value: this.#outsideValue } : null;
  }

  /** How far the last reading outside lies beyond its limits, in widths of them, from 1 on. */
  get farOutside(): number {
    const { limits } = this.signal;
    if (limits === undefined || !Number.isFinite(this.#outsideValue)) return 1;
    const beyond = Math.max(limits.low - this.#outsideValue, this.#outsideValue - limits.high, 0);
    const width = limits.high - limits.low;
    // With one limit only its own size is the measure.
    return Math.min(1e6, 1 + beyond / Math.max(Number.isFinite(width) ? width : Math.min(Math.abs(limits.low), Math.abs(limits.high)), 1e-9));
  }

  /** The value it was stuck at turns out to be one that it rests at. */
  learnRest(value: number): void {
    this.#restValues = [...this.#restValues.filter((one) => one !== value), value].slice(-mostRestValues);
  }

  /** A delivery has ended: its newest time against that of the one before. */
  #delivered(): void {
    if (this.time === -Infinity) return;
    const passed = this.time - this.#deliveredTime;
    this.#deliveredTime = this.time;
    if (!(passed > 0)) return;
    this.#deliveries++;
    if (Number.isNaN(this.#interval)) this.#interval = passed;
    // A step up weighs nine steps down, so one delivery in ten lies above.
    const step = Math.max(0.05, 1 / this.#deliveries);
    this.#interval *= Math.exp(passed > this.#interval ? 0.9 * step : -0.1 * step);
  }

  #follow(time: Micros, value: number): void {
    if (value === this.#value) {
      this.#run++;
      return;
    }
    if (this.#run > 0 && this.stillness < 1) {
      this.#runs++;
      if (!this.#restValues.includes(this.#value)) this.#longestRun = Math.max(this.#longestRun, this.#run);
    }
    this.#value = value;
    this.#run = 1;
    this.#runStart = time;
  }

  #measure(time: Micros, value: number): void {
    const { low = -Infinity, high = Infinity } = this.signal.limits ?? {};
    const isOutside = !(Math.abs(value) < absurd) || value < low || value > high;
    if (!isOutside) {
      if (++this.#inside >= rangeRun || this.#outside < rangeRun) this.#outside = 0;
      return;
    }
    this.#inside = 0;
    if (this.#outside === 0) this.#outsideSince = time;
    this.#outside++;
    this.#outsideValue = value;
  }
}
