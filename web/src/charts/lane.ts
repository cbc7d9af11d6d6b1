import uPlot from "uplot";
import type { Id } from "../api/types.ts";
import type { SlidingCourse } from "../state/sliding.ts";
import { across, envelope, envelopeOf, upward } from "./envelope.ts";
import type { Palette } from "./palette.ts";
import { extent, roundRange, scoreRange, type Range } from "./range.ts";

/** A stretch that is set off behind the line. `end` is `null` while it lasts. Seconds. */
export interface Stretch {
  readonly start: number;
  readonly end: number | null;
  readonly kind: "alarm" | "doubt" | "asked";
  /** The one signal that it is about; `null` for all lanes. */
  readonly signal: Id | null;
}

/** What all lanes of a stack share, changed in place. */
export interface Stage {
  palette: Palette;
  stretches: readonly Stretch[];
  /** Where the scores must not be seen: a question that is to be answered blind. */
  cover: { readonly start: number; readonly end: number; readonly words: string } | null;
  readonly sync: string;
  readonly figure: (value: number) => string;
  readonly tick: (seconds: number, span: number) => string;
  readonly onZoom: (start: number, end: number) => void;
  readonly onCursor: (time: number | null) => void;
}

/** What a signal can read at all. */
type Limits = { readonly low: number | null; readonly high: number | null } | null;

export const gutter = 50;
const bent = (value: number): number => Math.asinh(value);
const plain = (value: number): number => value;

interface ShownSignal {
  readonly id: Id;
  readonly limits?: Limits | undefined;
}

/** One chart of the stack: a signal; or the score, or what is told of a target, with the time axis under it. */
export class Lane {
  readonly course: SlidingCourse;
  /** The signal it shows; `null` for the lowest lane. */
  readonly #signal: Id | null;
  readonly #isScore: boolean;
  readonly #stage: Stage;
  readonly #plot: uPlot;
  #range: Range = { min: 0, max: 1, splits: [] };
  #line: Path2D | null = null;
  readonly #limits: Limits;
  readonly #shadows: () => readonly SlidingCourse[];
  isSeen = true;

  /** `shadows` are drawn thinly behind the line. */
  constructor(host: HTMLElement, course: SlidingCourse, shown: ShownSignal | "score" | "answer", stage: Stage, shadows: () => readonly SlidingCourse[] = () => []) {
    this.course = course;
    this.#shadows = shadows;
    this.#signal = typeof shown === "string" ? null : shown.id;
    this.#limits = typeof shown === "string" ? null : (shown.limits ?? null);
    this.#isScore = shown === "score";
    this.#stage = stage;
    this.#plot = new uPlot(this.#options(host), [[0, 1], [Number.NaN, Number.NaN]], host);
  }

  /** Shows [start, end), seconds. */
  draw(start: number, end: number): void {
    const { times, low } = this.course;
    const extents = [this.course, ...this.#shadows()].map((course) => extent(course.times, course.low, course.high, start, end));
    const known = (at: 0 | 1) => extents.map((ends) => ends[at]).filter((end) => !Number.isNaN(end));
    const [lowest, highest] = [known(0).length === 0 ? Number.NaN : Math.min(...known(0)), known(1).length === 0 ? Number.NaN : Math.max(...known(1))];
    this.#range = this.#isScore ? scoreRange(highest) : roundRange(lowest, highest);
    const plot = this.#plot;
    // Without any value there is still a time axis to draw.
    const data: uPlot.AlignedData = times.length > 0 ? [times, low] : [[start, end], [Number.NaN, Number.NaN]];
    plot.batch(() => {
      plot.setData(data, false);
      plot.setScale("x", { min: start, max: end });
      plot.setScale("y", { min: this.#range.min, max: this.#range.max });
    });
  }

  resize(width: number, height: number): void {
    const isChanged = width !== this.#plot.width || height !== this.#plot.height;
    if (width > 0 && height > 0 && isChanged) this.#plot.setSize({ width, height });
  }

  destroy(): void {
    this.#plot.destroy();
  }

  #options(host: HTMLElement): uPlot.Options {
    const { sync } = this.#stage;
    const isScore = this.#isScore;
    const isLowest = this.#signal === null;
    const bend = isScore ? bent : plain;
    const fixed = (_: uPlot, min: number | null, max: number | null): [number, number] => [min ?? 0, max ?? 1];
    return {
      width: Math.max(50, host.clientWidth),
      height: Math.max(30, host.clientHeight),
      padding: [6, 6, isLowest ? 0 : 6, 0],
      pxAlign: 1,
      legend: { show: false },
      cursor: { x: true, y: false, points: { show: false }, drag: { x: true, y: false, setScale: false, dist: 6 }, sync: { key: sync } },
      scales: { x: { time: true, auto: false, range: fixed }, y: { auto: false, range: fixed, ...(isScore && { distr: 4 as const, asinh: 1 }) } },
      series: [{}, { stroke: () => this.#stage.palette.trace, width: 1.25, points: { show: false }, paths: envelope(() => this.course.high, bend, (path) => (this.#line = path)) }],
      axes: this.#axes(),
      hooks: {
        drawClear: [(u) => this.#drawStretches(u)],
        drawAxes: [(u) => this.#drawShadows(u, bend)], // before the line
        draw: [(u) => (isScore ? this.#drawThreshold(u) : this.#drawEnds(u)), (u) => (isLowest ? this.#drawCover(u) : this.#drawLimits(u))],
        setSelect: [(u) => this.#zoomTo(u)],
        setCursor: [(u) => this.#stage.onCursor((u.cursor.left ?? -1) < 0 ? null : u.posToVal(u.cursor.left ?? 0, "x"))],
      },
    };
  }

  #axes(): uPlot.Axis[] {
    const stage = this.#stage;
    const look = { stroke: () => stage.palette.axis, font: stage.palette.font, ticks: { show: false }, grid: { stroke: () => stage.palette.grid, width: 1 } };
    const times = (u: uPlot, splits: number[]) => {
      const { min, max } = u.scales["x"];
      const span = (max ?? 1) - (min ?? 0);
      // A mark too near to the right end would be cut off there.
      const last = (max ?? 1) - (span * 24 * devicePixelRatio) / Math.max(1, u.bbox.width);
      return splits.map((split) => (split > last ? "" : stage.tick(split, span)));
    };
    return [
      { ...look, space: (u) => ((u.scales["x"].max ?? 0) - (u.scales["x"].min ?? 0) > 93_600 ? 110 : 62), gap: 4, size: this.#signal === null ? 22 : 0, values: this.#signal === null ? times : () => [] },
      { ...look, gap: 6, size: gutter, splits: () => [...this.#range.splits], filter: (_, splits) => splits, values: (_, splits) => splits.map((split) => (this.#isScore ? stage.figure(split) : "")) },
    ];
  }

  #drawStretches(u: uPlot): void {
    const { palette, stretches } = this.#stage;
    const x = across(u);
    const { left, top, width, height } = u.bbox;
    const wash = { alarm: palette.alarmWash, doubt: palette.doubtWash, asked: "transparent" };
    for (const { start, end, kind, signal } of stretches) {
      if (signal !== null && signal !== this.#signal) continue;
      const from = Math.max(left, x(start));
      const to = Math.min(left + width, end === null ? left + width : Math.max(x(end), x(start) + 2));
      if (to <= from) continue;
      u.ctx.fillStyle = wash[kind];
      u.ctx.fillRect(from, top, to - from, height);
      if (kind !== "asked") continue;
      u.ctx.fillStyle = palette.asked;
      for (const edge of [x(start), x(end ?? Infinity)]) if (edge >= left && edge <= left + width) u.ctx.fillRect(Math.round(edge), top, devicePixelRatio, height);
    }
  }

  /** Models in shadow: a thin line each, of another colour than the one in force. */
  #drawShadows(u: uPlot, bend: (value: number) => number): void {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.strokeStyle = this.#stage.palette.beside;
    ctx.lineWidth = devicePixelRatio;
    for (const { times, low, high } of this.#shadows()) ctx.stroke(envelopeOf(times, low, high, across(u), upward(u, bend)));
    ctx.restore();
  }

  /** A dashed line at each limit that is in view, and what lies beyond in the colour of doubt. */
  #drawLimits(u: uPlot): void {
    const { ctx, bbox } = u;
    const { palette } = this.#stage;
    const y = upward(u, plain);
    for (const [limit, side] of [[this.#limits?.low ?? null, 1], [this.#limits?.high ?? null, -1]] as const) {
      if (limit === null || limit < this.#range.min || limit > this.#range.max) continue;
      const level = Math.round(y(limit)) + 0.5;
      ctx.save();
      ctx.fillStyle = palette.doubtWash;
      ctx.fillRect(bbox.left, side > 0 ? level : bbox.top, bbox.width, side > 0 ? bbox.top + bbox.height - level : level - bbox.top);
      ctx.strokeStyle = palette.threshold;
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, level);
      ctx.lineTo(bbox.left + bbox.width, level);
      ctx.stroke();
      ctx.restore();
    }
  }

  /** The two ends of the axis, inside the lane, so that they keep clear of the lanes beside it. */
  #drawEnds(u: uPlot): void {
    const { splits, min, max } = this.#range;
    if (splits.length === 0) return;
    const { ctx, bbox } = u;
    const { palette, figure } = this.#stage;
    ctx.save();
    ctx.font = palette.font.replace(/[\d.]+px/, (size) => `${Number.parseFloat(size) * devicePixelRatio}px`);
    ctx.fillStyle = palette.axis;
    ctx.textAlign = "right";
    const right = bbox.left - 6 * devicePixelRatio;
    ctx.textBaseline = "top";
    ctx.fillText(figure(max), right, bbox.top - devicePixelRatio);
    ctx.textBaseline = "alphabetic";
    ctx.fillText(figure(min), right, bbox.top + bbox.height);
    ctx.restore();
  }

  /** The threshold, and what of the line lies above it in the colour of alarm. */
  #drawThreshold(u: uPlot): void {
    const { ctx, bbox } = u;
    const { palette } = this.#stage;
    const level = Math.round(upward(u, bent)(1));
    ctx.save();
    ctx.strokeStyle = palette.threshold;
    ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(bbox.left, level + 0.5);
    ctx.lineTo(bbox.left + bbox.width, level + 0.5);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top - 4, bbox.width, level - bbox.top + 4);
    ctx.clip();
    ctx.strokeStyle = palette.alarm;
    ctx.lineWidth = 1.75 * devicePixelRatio;
    if (this.#line !== null) ctx.stroke(this.#line);
    ctx.restore();
  }

  #drawCover(u: uPlot): void {
    const { palette, cover } = this.#stage;
    if (cover === null) return;
    const { ctx, bbox } = u;
    const x = across(u);
    const from = Math.max(bbox.left, x(cover.start));
    const to = Math.min(bbox.left + bbox.width, x(cover.end));
    if (to <= from) return;
    ctx.save();
    ctx.fillStyle = palette.cover;
    ctx.fillRect(from, bbox.top, to - from, bbox.height);
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.fillStyle = palette.axis;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    if (ctx.measureText(cover.words).width < to - from - 8) ctx.fillText(cover.words, (from + to) / 2, bbox.top + bbox.height / 2);
    ctx.restore();
  }

  #zoomTo(u: uPlot): void {
    const { left, width } = u.select;
    if (width < 6) return;
    this.#stage.onZoom(u.posToVal(left, "x"), u.posToVal(left + width, "x"));
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }
}
