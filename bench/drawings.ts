import { curveDrawings } from "./curve-drawings.ts";
import { fixed, framed } from "./picture.ts";
import { valueAt, type Result } from "./result.ts";
import type { CurvePoint } from "./speed-curves.ts";

/** A bar of a chart: its name and its length, in the unit of the axis. */
interface Bar {
  readonly name: string;
  readonly value: number;
}

/** The pictures of the page of figures, by file name. */
export function drawingsOf(results: ReadonlyMap<string, Result>): Map<string, string> {
  const drawings = new Map<string, string>();
  const skab = valueAt(results.get("skab")?.figures, "wheel.perRun") as readonly { readonly run: string; readonly f1: number }[] | undefined;
  if (skab !== undefined) drawings.set("figures-skab.svg", columns("F1 of the rows of each run, in the order in which they came", skab.map(({ run, f1 }) => ({ name: run, value: f1 }))));
  const speed = results.get("speed")?.figures as Readonly<Record<string, { readonly ratio?: number | null } | undefined>> | undefined;
  const ratios = Object.entries(speed ?? {}).flatMap(([name, raced]) => (typeof raced?.ratio === "number" ? [{ name, value: raced.ratio }] : []));
  if (ratios.length > 0) drawings.set("figures-speed.svg", logBars("Times as fast as the peer, on a logarithmic scale; the line is the peer", ratios));
  const curves = valueAt(results.get("speed")?.figures, "curves") as readonly CurvePoint[] | undefined;
  for (const [name, svg] of curveDrawings(curves ?? [])) drawings.set(`figures-speed-${name}.svg`, svg);
  return drawings;
}

/** Upright bars from 0 to 1. */
function columns(title: string, bars: readonly Bar[]): string {
  const [left, top, height, step] = [34, 30, 150, 22];
  const width = left + bars.length * step + 10;
  const drawn = bars.map(({ name, value }, at) => {
    const [x, long] = [left + at * step, Math.max(1, value * height)];
    return `<rect class="bar" x="${x}" y="${fixed(top + height - long)}" width="15" height="${fixed(long)}"><title>${name}: ${value.toFixed(3)}</title></rect><text transform="translate(${x + 11} ${top + height + 8}) rotate(90)">${name}</text>`;
  });
  const ticks = [0, 0.5, 1].map((tick) => `<text x="${left - 6}" y="${fixed(top + height - tick * height + 4)}" text-anchor="end">${tick}</text>`);
  return framed(title, width, top + height + 70, [...ticks, ...drawn]);
}

/** Lying bars on a logarithmic scale, from a tenth to a thousand; 1 has a line. */
function logBars(title: string, bars: readonly Bar[]): string {
  const [left, top, step, decade] = [160, 30, 24, 110];
  const at = (value: number): number => left + (Math.log10(Math.min(1000, Math.max(0.1, value))) + 1) * decade;
  const drawn = bars.map(({ name, value }, index) => {
    const y = top + index * step;
    const [from, to] = [Math.min(at(1), at(value)), Math.max(at(1), at(value))];
    return `<text x="${left - 8}" y="${y + 13}" text-anchor="end">${name}</text><rect class="bar" x="${fixed(from)}" y="${y}" width="${fixed(Math.max(1, to - from))}" height="17"/><text x="${fixed(to + 6)}" y="${y + 13}">${Number(value.toPrecision(3))}</text>`;
  });
  const end = top + bars.length * step;
  const line = `<path class="line" d="M${at(1)} ${top - 4}V${end}"/>`;
  const ticks = [0.1, 1, 10, 100, 1000].map((tick) => `<text x="${at(tick)}" y="${end + 14}" text-anchor="middle">${tick}</text>`);
  return framed(title, at(1000) + 60, end + 26, [...drawn, line, ...ticks]);
}
