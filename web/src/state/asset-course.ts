import type { Client } from "../api/client.ts";
import type { Course, Id, Interval, Rows, Shadow, Signal, Wheel } from "../api/types.ts";
import { SlidingCourse } from "./sliding.ts";

/** Buckets of a chart: as many as it has pixels to tell them apart. */
const buckets = 600;
const micro = 1e6;

/** A model in shadow, and the course of its scores. */
export interface ShadowCourse extends Omit<Shadow, "course"> {
  readonly course: SlidingCourse;
}

/** Loads the history of an asset's signals and scores for a span, and lets live rows follow on. */
export class AssetCourse {
  readonly signals: readonly Signal[];
  readonly wheel: Wheel | null;
  readonly courses: ReadonlyMap<Id, SlidingCourse>;
  readonly scores = new SlidingCourse(buckets + 60);
  /** Models that score beside the one in force, each with its course. */
  shadows: readonly ShadowCourse[] = [];
  readonly #client: Client;
  /** Rows heard while history is on its way; `null` when none is. */
  #waiting: Rows[] | null = null;
  #loading: AbortController | null = null;
  /** A span that ends in the past takes no live rows. */
  #isOpen = true;

  constructor(client: Client, signals: readonly Signal[], wheel: Wheel | null) {
    this.#client = client;
    this.signals = signals;
    this.wheel = wheel;
    this.courses = new Map(signals.map(({ id }) => [id, new SlidingCourse(buckets + 60)]));
  }

  /** Seconds a bucket holds over `span`: never finer than the grid, and a whole number of its ticks. */
  bucketOf(span: Interval): number {
    const period = this.wheel === null ? Number.NaN : this.wheel.grid.period / micro;
    const fine = (span.end - span.start) / micro / buckets;
    return period > 0 ? Math.ceil(Math.max(fine, period) / period - 1e-9) * period : fine;
  }

  /** Replaces what is held by the history of `span`. Rejects when the site does not answer or `stop` is called. */
  async load(span: Interval, isOpen: boolean): Promise<void> {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    this.#waiting = [];
    const bucket = this.bucketOf(span) * micro;
    const whole = { start: Math.floor(span.start / bucket) * bucket, end: Math.ceil(span.end / bucket) * bucket };
    const points = Math.min(2000, Math.max(1, Math.round((whole.end - whole.start) / bucket)));
    const scores = this.wheel === null ? null : this.#client.scores(this.wheel.id, whole, points, loading.signal);
    const shadows = this.wheel === null ? null : this.#client.shadows(this.wheel.id, whole, points, loading.signal);
    const [scored, shadowed, ...histories] = await Promise.all([scores, shadows, ...this.signals.map(({ id }) => this.#client.course(id, whole, points, loading.signal))]);
    if (loading.signal.aborted) return;
    this.#isOpen = isOpen;
    for (const [index, signal] of this.signals.entries()) {
      const usual = this.isApart(signal.id) ? 5 * medianStep(histories[index]) : 0;
      fill(this.courses.get(signal.id), histories[index], bucket / micro, Math.max(usual, this.#gapOf(bucket / micro, signal)));
    }
    fill(this.scores, scored ?? undefined, bucket / micro, this.#gapOf(bucket / micro, null));
    this.shadows = (shadowed?.shadows ?? []).map(({ course, ...shadow }) => {
      const own = new SlidingCourse(buckets + 60);
      fill(own, course, bucket / micro, this.#gapOf(bucket / micro, null));
      return { ...shadow, course: own };
    });
    const { length } = this.#waiting;
    const waiting = this.#waiting.splice(0, length);
    this.#waiting = null;
    for (const rows of waiting) this.push(rows);
  }

  /** Appends one live row. */
  push(rows: Rows): void {
    if (rows.wheel !== this.wheel?.id || !this.#isOpen) return;
    if (this.#waiting !== null) return void this.#waiting.push(rows);
    const time = rows.time / micro;
    this.wheel.signals.forEach((signal, index) => this.courses.get(signal)?.push(time, rows.values[index] ?? Number.NaN));
    this.scores.push(time, rows.score ?? Number.NaN);
  }

  /** Signals no wheel reads, and models in shadow, have no live rows: their newest stretch is asked for. */
  async refresh(now: number): Promise<void> {
    if (!this.#isOpen || this.#waiting !== null) return;
    await this.#refreshShadows(now);
    for (const { id } of this.signals.filter((signal) => this.isApart(signal.id))) {
      const course = this.courses.get(id);
      if (course === undefined) continue;
      const start = Math.max(course.lastTime, now / micro - 3600) * micro;
      if (!(now > start)) continue;
      const points = Math.min(600, Math.ceil((now - start) / 250_000));
      const newer = await this.#client.course(id, { start, end: now }, points).catch(() => null);
      if (newer !== null) newer.times.forEach((time, at) => pushKnown(course, time / micro, newer.low[at], newer.high[at]));
    }
  }

  async #refreshShadows(now: number): Promise<void> {
    const before = this.shadows;
    if (this.wheel === null || before.length === 0) return;
    const since = Math.min(...before.map(({ course }) => course.lastTime));
    const start = Math.max(since * micro, now - 3600 * micro);
    const points = Math.min(600, Math.ceil((now - start) / this.wheel.grid.period));
    const newer = now > start ? await this.#client.shadows(this.wheel.id, { start, end: now }, points).catch(() => null) : null;
    if (newer === null || this.shadows !== before) return; // another span was loaded meanwhile
    this.shadows = before.map((shadow) => {
      const told = newer.shadows.find(({ model }) => model === shadow.model);
      told?.course.times.forEach((time, at) => pushKnown(shadow.course, time / micro, told.course.low[at], told.course.high[at]));
      return { ...shadow, ...told, course: shadow.course };
    });
  }

  /** Whether no wheel reads a signal: it has no live rows. */
  isApart(signal: Id): boolean {
    return this.wheel === null || !this.wheel.signals.includes(signal);
  }

  stop(): void {
    this.#loading?.abort();
  }

  /** How long nothing may come before it is a gap: what the grid holds a value for, or what the signal's pace explains. */
  #gapOf(bucket: number, signal: Signal | null): number {
    const grid = this.wheel?.grid;
    const held = grid === undefined ? 0 : (grid.hold + 2 * grid.period) / micro;
    return Math.max(2.5 * bucket, held, (3 * (signal?.period ?? 0)) / micro);
  }
}

/** Seconds between values as they mostly come; 0 when that cannot be told. */
function medianStep(history: Course): number {
  const known = history.times.filter((_, at) => history.low[at] !== null);
  const steps = known.slice(1).map((time, at) => (time - known[at]) / micro);
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0;
}

function fill(course: SlidingCourse | undefined, history: Course | undefined, bucket: number, gap: number): void {
  course?.reset(bucket, gap);
  history?.times.forEach((time, at) => pushKnown(course, time / micro, history.low[at], history.high[at]));
}

/** An empty bucket is a gap only if it is one of many: the course itself tells by the time between its neighbours. */
function pushKnown(course: SlidingCourse | undefined, time: number, low: number | null | undefined, high: number | null | undefined): void {
  if (typeof low === "number" && typeof high === "number") course?.pushBucket(time, low, high);
}
