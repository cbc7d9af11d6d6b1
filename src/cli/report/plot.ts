import type { Interval } from "../../schema/time.ts";
import type { Series } from "../../wheel/trial-series.ts";
import { html, type Markup } from "./markup.ts";
import { pausesOf, xOf, type Tick, type TimeAxis } from "./time-axis.ts";

/** A plot: time to the right, a value upwards between two edges of the picture. */
export interface Plot {
  readonly axis: TimeAxis;
  readonly top: number;
  readonly bottom: number;
  readonly y: (value: number) => number;
}

/** Which bucket of a series stands where: stretches with their buckets, and microseconds of a full one. */
export interface Buckets {
  readonly stretches: readonly (Interval & { readonly buckets: number })[];
  readonly span: number;
}

/** A straight scale from `least` at the bottom to `most` at the top. */
export function straight(axis: TimeAxis, top: number, bottom: number, least: number, most: number): Plot {
  const range = most > least ? most - least : 1;
  return { axis, top, bottom, y: (value) => bottom - ((value - least) / range) * (bottom - top) };
}

/** A scale of powers; what is below `least` lies on the bottom. */
export function powers(axis: TimeAxis, top: number, bottom: number, least: number, most: number): Plot {
  const range = Math.log(most / least);
  return { axis, top, bottom, y: (value) => bottom - (Math.max(0, Math.log(Math.max(value, least) / least)) / range) * (bottom - top) };
}

/** A series as it lies in a plot: a line where a bucket is a row, else the area between least and most. Gaps stay gaps. */
export function drawSeries(plot: Plot, { least, most }: Series, { stretches, span }: Buckets, kind: string): Markup {
  const paths: string[] = [];
  let at = 0;
  for (const { start, end, buckets } of stretches) {
    let run: Point[] = [];
    for (let bucket = 0; bucket < buckets; bucket++, at++) {
      if (Number.isNaN(least[at])) {
        paths.push(pathOf(run));
        run = [];
      } else {
        const x = xOf(plot.axis, Math.min(start + (bucket + 0.5) * span, end));
        run.push({ x, low: plot.y(least[at]), high: plot.y(most[at]) });
      }
    }
    paths.push(pathOf(run));
  }
  return html`<path class="${kind}" d="${paths.join("")}"/>`;
}

interface Point {
  readonly x: number;
  readonly low: number;
  readonly high: number;
}

/** One run of known buckets: out along the highest and back along the lowest; where they are the same, a line that encloses nothing. */
function pathOf(run: readonly Point[]): string {
  if (run.length === 0) return "";
  const out = run.map(({ x, high }) => `${short(x)} ${short(high)}`).join("L");
  if (run.length === 1) return `M${out}V${short(run[0].low)}h.01`;
  return `M${out}L${run.toReversed().map(({ x, low }) => `${short(x)} ${short(low)}`).join("L")}Z`;
}

/** A span of time as a rectangle over the height of the plot, never thinner than can be seen. */
export function band({ axis, top, bottom }: Plot, { start, end }: Interval, kind: string, title: string, height = bottom - top): Markup {
  const from = xOf(axis, start);
  const wide = Math.max(2, xOf(axis, end) - from);
  return html`<rect class="${kind}" x="${short(Math.min(from, axis.right - wide))}" y="${short(bottom - height)}" width="${short(wide)}" height="${short(height)}"><title>${title}</title></rect>`;
}

/** A span of time that nothing is known of, hatched: strokes alone, so that it reads in grey and on paper too. */
export function unknownBand({ axis, top, bottom }: Plot, { start, end }: Interval, title: string): Markup {
  const from = xOf(axis, start);
  return html`<g>${hatching(from, Math.max(from + 2, xOf(axis, end)), top, bottom)}<title>${title}</title></g>`;
}

/** Strokes at 45 degrees, cut at the edges of a rectangle. */
export function hatching(left: number, right: number, top: number, bottom: number): Markup {
  const strokes: string[] = [];
  for (let sum = Math.ceil((left + top) / hatchStep) * hatchStep; sum < right + bottom; sum += hatchStep) {
    const [from, to] = [Math.max(left, sum - bottom), Math.min(right, sum - top)];
    if (to > from) strokes.push(`M${short(from)} ${short(sum - from)}L${short(to)} ${short(sum - to)}`);
  }
  return html`<path class="unknown" d="${strokes.join("")}"/>`;
}

const hatchStep = 8;

/** Upright lines at the ticks, their texts beneath, and a break where the recording pauses. */
export function timeGrid({ axis, top, bottom }: Plot, ticks: readonly Tick[]): Markup {
  const lines = ticks.map(({ x }) => html`<line class="grid" x1="${short(x)}" x2="${short(x)}" y1="${short(top)}" y2="${short(bottom)}"/>`);
  const texts = ticks.map(({ x, text }, at) => html`<text class="tick" x="${short(x)}" y="${short(bottom + 15)}" text-anchor="${at === 0 && x < axis.left + 40 ? "start" : "middle"}">${text}</text>`);
  const breaks = pausesOf(axis).map((x) => html`<line class="pause" x1="${short(x)}" x2="${short(x)}" y1="${short(top)}" y2="${short(bottom)}"><title>The recording pauses here</title></line>`);
  return html`<g aria-hidden="true">${lines}${breaks}${texts}</g>`;
}

/** Level lines at values, each with its text at the left. */
export function valueGrid({ axis, y }: Plot, values: readonly { readonly value: number; readonly text: string }[]): Markup {
  return html`<g aria-hidden="true">${values.map(
    ({ value, text }) =>
      html`<line class="grid" x1="${axis.left}" x2="${axis.right}" y1="${short(y(value))}" y2="${short(y(value))}"/><text class="tick" x="${axis.left - 8}" y="${short(y(value) + 4)}" text-anchor="end">${text}</text>`,
  )}</g>`;
}

/** A picture with a name and a description for those who cannot see it. */
export function picture(id: string, axis: TimeAxis, height: number, title: string, description: string, parts: readonly Markup[]): Markup {
  return html`<svg class="chart" viewBox="0 0 ${axis.width} ${height}" role="img" aria-labelledby="${id}-t ${id}-d"><title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>${parts}</svg>`;
}

/** Two to five round values inside a range. */
export function roundValues(least: number, most: number): number[] {
  if (!(most > least)) return [least];
  const rough = (most - least) / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const steps = [0.5, 1, 2, 2.5, 5, 10].map((factor) => factor * power);
  const coarsest = steps.findIndex((step) => step >= rough);
  // A step may fall so that a single value lies inside; then the one before is fine enough.
  return [coarsest, coarsest - 1].map((at) => multiples(steps[at], least, most)).find((values) => values.length > 1) ?? [];
}

function multiples(step: number, least: number, most: number): number[] {
  const first = Math.ceil(least / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(most / step + 1e-9) - first + 1) }, (_, at) => (first + at) * step);
}

/** A round value with as many decimals as its steps need. */
export function tickText(value: number, step: number): string {
  if (Math.abs(value) < step / 1e6) return "0";
  const decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9) + (/^2\.?5/.test(String(step / 10 ** Math.floor(Math.log10(step)))) ? 1 : 0));
  if (decimals > 6 || Math.abs(value) >= 1e7) return value.toPrecision(4).replace("e+", "e");
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

const short = (value: number): string => String(Math.round(value * 10) / 10);
