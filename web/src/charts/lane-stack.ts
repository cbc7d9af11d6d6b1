import type { Id, Interval } from "../api/types.ts";
import type { AssetCourse, ShadowCourse } from "../state/asset-course.ts";
import { Lane, type Stage, type Stretch } from "./lane.ts";
import { watchesCondition } from "../state/view.ts";
import { readPalette } from "./palette.ts";
import type { Window } from "./window.ts";

const micro = 1e6;
/** Rows that come faster than this are drawn together, milliseconds. */
const slowest = 200;

export interface StackEars {
  onZoom(interval: Interval): void;
  onCursor(at: number | null): void;
  onLoad(state: "loading" | "loaded" | "failed"): void;
  /** Who is in shadow, and what they say by now. */
  onShadows(shadows: readonly ShadowCourse[]): void;
}

interface Words {
  readonly figure: (value: number) => string;
  readonly tick: (seconds: number, span: number) => string;
}

let stacks = 0;

/**
 * Signals and score of one asset, drawn one above the other on one time axis. Drawing happens at most once a
 * frame and only when there is something to see: a row that moves the picture, a second gone by, another window.
 */
export class LaneStack {
  readonly #course: AssetCourse;
  readonly #lanes: Lane[] = [];
  readonly #stage: Stage;
  readonly #ears: StackEars;
  readonly #now: () => number;
  readonly #watch: IntersectionObserver;
  readonly #sizes: ResizeObserver;
  readonly #clock: ReturnType<typeof setInterval>;
  #window: Window;
  #frame = 0;
  #later: ReturnType<typeof setTimeout> | null = null;
  /** Of the last drawing, by the page's own clock, milliseconds. */
  #drawnAt = 0;
  #width = 400;
  #isFrozen = false;
  #zoomedAt = 0;
  #reload: ReturnType<typeof setTimeout> | null = null;

  /** `now` is the site's time in microseconds. */
  constructor(course: AssetCourse, hosts: { readonly signals: ReadonlyMap<Id, HTMLElement>; readonly score: HTMLElement }, window: Window, now: () => number, words: Words, ears: StackEars) {
    this.#course = course;
    this.#window = window;
    this.#now = now;
    this.#ears = ears;
    this.#stage = { palette: readPalette(), stretches: [], cover: null, sync: `lanes-${++stacks}`, ...words, onZoom: (start, end) => this.#zoom(start, end), onCursor: (time) => ears.onCursor(time === null ? null : time * micro) };
    const lanes = new Map<Element, Lane>();
    const add = (host: HTMLElement, lane: Lane) => {
      this.#lanes.push(lane);
      lanes.set(host, lane);
    };
    for (const signal of course.signals) {
      const [host, one] = [hosts.signals.get(signal.id), course.courses.get(signal.id)];
      if (host !== undefined && one !== undefined) add(host, new Lane(host, one, { id: signal.id, limits: signal.limits ?? null }, this.#stage));
    }
    add(hosts.score, new Lane(hosts.score, course.scores, course.wheel !== null && !watchesCondition(course.wheel) ? "answer" : "score", this.#stage, () => course.shadows.map((shadow) => shadow.course)));
    this.#sizes = new ResizeObserver((entries) => {
      this.#width = entries[0].contentRect.width;
      for (const { target, contentRect } of entries) lanes.get(target)?.resize(Math.floor(contentRect.width), Math.floor(contentRect.height));
      this.touch();
    });
    this.#watch = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const lane = lanes.get(target);
        if (lane !== undefined) lane.isSeen = isIntersecting;
      }
      this.touch();
    });
    for (const host of lanes.keys()) {
      this.#sizes.observe(host);
      this.#watch.observe(host);
    }
    this.#clock = setInterval(() => this.#tick(), 1000);
    this.#load(0);
  }

  /** Somebody waits for it: drawn with the next frame. */
  touch(): void {
    if (this.#later !== null) clearTimeout(this.#later);
    this.#later = null;
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  /** A row has come: drawn once it moves the picture by half a pixel, and within a fifth of a second. */
  fresh(): void {
    if (this.#frame !== 0 || this.#later !== null) return;
    const { start, end } = this.interval();
    const halfPixel = (end - start) / 1000 / Math.max(1, 2 * this.#width);
    const wait = Math.min(halfPixel, slowest) - (performance.now() - this.#drawnAt);
    this.#later = setTimeout(() => this.touch(), Math.max(0, wait));
  }

  show(window: Window): void {
    this.#window = window;
    this.touch();
    this.#load(120);
  }

  /** History may hold what was missed. */
  reload(): void {
    this.#load(0);
  }

  mark(stretches: readonly Stretch[], cover: Stage["cover"]): void {
    this.#stage.stretches = stretches;
    this.#stage.cover = cover;
    this.touch();
  }

  recolour(): void {
    this.#stage.palette = readPalette();
    this.touch();
  }

  /** Time stands still while the site is not heard: nothing old moves as if it were new. */
  freeze(isFrozen: boolean): void {
    this.#isFrozen = isFrozen;
    this.touch();
  }

  /** What is in view, microseconds. */
  interval(): Interval {
    if (this.#window.follow === null) return this.#window.interval;
    const now = this.#isFrozen ? this.#frozenAt() : this.#now();
    return { start: now - this.#window.follow, end: now };
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    if (this.#later !== null) clearTimeout(this.#later);
    clearInterval(this.#clock);
    if (this.#reload !== null) clearTimeout(this.#reload);
    this.#sizes.disconnect();
    this.#watch.disconnect();
    this.#course.stop();
    for (const lane of this.#lanes) lane.destroy();
  }

  #lastDrawn = 0;
  #frozenAt(): number {
    return this.#lastDrawn > 0 ? this.#lastDrawn : this.#now();
  }

  #draw(): void {
    this.#frame = 0;
    this.#drawnAt = performance.now();
    const { start, end } = this.interval();
    if (this.#window.follow !== null) this.#lastDrawn = end;
    for (const lane of this.#lanes) if (lane.isSeen) lane.draw(start / micro, end / micro);
  }

  #ticks = 0;
  #tick(): void {
    if (this.#window.follow === null || this.#isFrozen) return;
    this.touch();
    if (++this.#ticks % 3 === 0) void this.#refresh();
  }

  async #refresh(): Promise<void> {
    await this.#course.refresh(this.#now());
    this.#ears.onShadows(this.#course.shadows);
    this.touch();
  }

  #zoom(start: number, end: number): void {
    // Every lane tells of the same stretch when they are in step: once is enough.
    if (performance.now() - this.#zoomedAt < 100) return;
    this.#zoomedAt = performance.now();
    this.#ears.onZoom({ start: start * micro, end: end * micro });
  }

  #load(pause: number): void {
    if (this.#reload !== null) clearTimeout(this.#reload);
    this.#reload = setTimeout(() => {
      this.#ears.onLoad("loading");
      void this.#loadNow();
    }, pause);
  }

  async #loadNow(): Promise<void> {
    try {
      await this.#course.load(this.interval(), this.#window.follow !== null);
      this.touch();
      this.#ears.onShadows(this.#course.shadows);
      this.#ears.onLoad("loaded");
    } catch (problem) {
      // Another window was asked for meanwhile: no failure.
      if (!(problem instanceof DOMException)) this.#ears.onLoad("failed");
    }
  }
}
