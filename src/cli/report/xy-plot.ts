import { html, type Markup } from "./markup.ts";
import { tickText } from "./plot.ts";

/** A picture of one number against another: where the plot lies in it, and both scales. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly range: { readonly x: Range; readonly y: Range };
}

export interface Range {
  readonly least: number;
  readonly most: number;
}

/** A text at a place of an axis. */
export interface AxisTick {
  readonly at: number;
  readonly text: string;
}

const margin = { left: 66, right: 14, top: 10, bottom: 40 };

/** A frame of straight scales; a range of one value is given some room. */
export function frame(width: number, height: number, x: Range, y: Range): Frame {
  const [left, right, top, bottom] = [margin.left, width - margin.right, margin.top, height - margin.bottom];
  const scale = ({ least, most }: Range, from: number, to: number) => (value: number) => from + ((value - least) / (most - least)) * (to - from);
  const [wide, high] = [roomy(x), roomy(y)];
  return { width, height, left, right, top, bottom, x: scale(wide, left, right), y: scale(high, bottom, top), range: { x: wide, y: high } };
}

const roomy = ({ least, most }: Range): Range => (most > least ? { least, most } : { least: least - (Math.abs(least) || 1) / 2, most: least + (Math.abs(least) || 1) / 2 });

/** From the least to the most of what is known, widened by a share of it; 0 to 1 of nothing. */
export function rangeOf(arrays: readonly ArrayLike<number>[], room = 0.04): Range {
  let [least, most] = [Infinity, -Infinity];
  for (const values of arrays) {
    for (let at = 0; at < values.length; at++) {
      if (values[at] < least) least = values[at];
      if (values[at] > most) most = values[at];
    }
  }
  if (!Number.isFinite(least) || !Number.isFinite(most)) return { least: 0, most: 1 };
  return { least: least - room * (most - least), most: most + room * (most - least) };
}

/** Round values of a scale as ticks, about as many as there is room for. */
export function roundTicks({ least, most }: Range, room = 6): AxisTick[] {
  const rough = (most - least) / room;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(least / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(most / step + 1e-9) - first + 1) }, (_, at) => ({ at: (first + at) * step, text: tickText((first + at) * step, step) }));
}

/** Lines and texts of both scales, and what they are of. */
export function axes(at: Frame, names: { readonly x: string; readonly y: string }, ticks: readonly AxisTick[] = roundTicks(at.range.x)): Markup {
  const { left, right, top, bottom, width, x, y } = at;
  const upright = ticks.map(({ at: value, text }) => html`<line class="grid" x1="${short(x(value))}" x2="${short(x(value))}" y1="${top}" y2="${bottom}"/><text class="tick" x="${short(Math.min(x(value), width - 24))}" y="${bottom + 15}" text-anchor="middle">${text}</text>`);
  const level = roundTicks(at.range.y, (bottom - top) / 42).map(({ at: value, text }) => html`<line class="grid" x1="${left}" x2="${right}" y1="${short(y(value))}" y2="${short(y(value))}"/><text class="tick" x="${left - 8}" y="${short(y(value) + 4)}" text-anchor="end">${text}</text>`);
  const title = html`<text class="axis-name" x="${(left + right) / 2}" y="${bottom + 33}" text-anchor="middle">${names.x}</text><text class="axis-name" transform="rotate(-90 14 ${short((top + bottom) / 2)})" x="14" y="${short((top + bottom) / 2)}" text-anchor="middle">${names.y}</text>`;
  return html`<g aria-hidden="true">${upright}${level}${title}</g>`;
}

/** Points as one path of dots; unknown ones are left out. */
export function dots({ x, y }: Frame, xs: ArrayLike<number>, ys: ArrayLike<number>, kind: string): Markup {
  const path: string[] = [];
  for (let at = 0; at < xs.length; at++) if (!Number.isNaN(xs[at]) && !Number.isNaN(ys[at])) path.push(`M${short(x(xs[at]))} ${short(y(ys[at]))}h.01`);
  return html`<path class="${kind}" d="${path.join("")}"/>`;
}

/** Upright strokes between two ends each: intervals. */
export function strokes({ x, y }: Frame, xs: ArrayLike<number>, low: ArrayLike<number>, high: ArrayLike<number>, kind: string): Markup {
  const path: string[] = [];
  for (let at = 0; at < xs.length; at++) if (!Number.isNaN(xs[at] + low[at] + high[at])) path.push(`M${short(x(xs[at]))} ${short(y(low[at]))}V${short(y(high[at]))}`);
  return html`<path class="${kind}" d="${path.join("")}"/>`;
}

/** A band between two courses, or a line where they are the same; broken where either is unknown and before each place in `breaks`. */
export function ribbon({ x, y }: Frame, xs: ArrayLike<number>, low: ArrayLike<number>, high: ArrayLike<number>, kind: string, breaks: ReadonlySet<number> = new Set()): Markup {
  const paths: string[] = [];
  let run: number[] = [];
  const close = () => {
    if (run.length === 1) paths.push(`M${short(x(xs[run[0]]))} ${short(y(high[run[0]]))}V${short(y(low[run[0]]))}h.01`);
    if (run.length > 1) {
      const point = (values: ArrayLike<number>) => (at: number) => `${short(x(xs[at]))} ${short(y(values[at]))}`;
      const back = low === high ? "" : `L${run.toReversed().map(point(low)).join("L")}Z`;
      paths.push(`M${run.map(point(high)).join("L")}${back}`);
    }
    run = [];
  };
  for (let at = 0; at < xs.length; at++) {
    if (breaks.has(at)) close();
    if (Number.isNaN(low[at]) || Number.isNaN(high[at]) || Number.isNaN(xs[at])) close();
    else run.push(at);
  }
  close();
  return html`<path class="${kind}" d="${paths.join("")}"/>`;
}

/** A picture with a name and a description for those who cannot see it. */
export function drawing(id: string, { width, height }: Frame, title: string, description: string, parts: readonly Markup[]): Markup {
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-t ${id}-d"><title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>${parts}</svg>`;
}

const short = (value: number): string => String(Math.round(value * 10) / 10);
