import type { Trial } from "../../wheel/trial.ts";
import { counted, numberText, timeText, type Clock } from "./format.ts";
import { html, type Markup } from "./markup.ts";
import { band, drawSeries, picture, powers, timeGrid, unknownBand, valueGrid, type Plot } from "./plot.ts";
import { ticksOf, xOf, type TimeAxis } from "./time-axis.ts";
import { lastedText, missingText, peakText } from "./words.ts";

/** Scores below a fifth of the threshold are all the same to a reader: they lie on the bottom. */
export const leastScore = 0.2;

/** A scale for scores: powers, from a fifth of the threshold to a little past the highest. */
export const scoreScale = (axis: TimeAxis, top: number, bottom: number, highest: number): Plot => powers(axis, top, bottom, leastScore, Math.max(3, highest * 1.15));

/** Values to write at a score's scale, no closer than can be read. */
export function scoreValues(plot: Plot, highest: number): { value: number; text: string }[] {
  const values = [0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000, 1e6].filter((value) => value <= Math.max(3, highest * 1.15));
  const kept: number[] = [1];
  for (const value of values) if (kept.every((other) => Math.abs(plot.y(other) - plot.y(value)) >= 18)) kept.push(value);
  return kept.toSorted((a, b) => a - b).map((value) => ({ value, text: value >= 1e4 ? numberText(value) : value.toLocaleString("en-US") }));
}

/** The score over the whole recording with what would have alarmed; beneath it what was recorded as a fault, if known. */
export function scoreChart(trial: Trial, axis: TimeAxis, clock: Clock): Markup {
  const bottom = 236;
  const highest = trial.score.most.reduce((most, score) => (score > most ? score : most), 0);
  const plot = scoreScale(axis, 30, bottom, highest);
  const truthHeight = trial.truth === null ? 0 : 26;
  const below: Plot = { ...plot, bottom: bottom + truthHeight };
  const buckets = { stretches: trial.stretches, span: trial.rowsPerBucket * trial.period };
  const title = `Score of ${counted(trial.judged.rows, "row")} against the threshold`;
  return picture("score", axis, below.bottom + 26, title, descriptionOf(trial, highest, clock), [
    taughtBand(plot, trial),
    timeGrid(below, ticksOf(axis, clock)),
    valueGrid(plot, scoreValues(plot, highest)),
    ...trial.unknown.map((span) => unknownBand(plot, span, `Unknown from ${timeText(clock, span.start, trial.period)}${missingText([span], trial.signals)}`)),
    ...trial.events.map((event, at) => band(plot, event, "event", `Event ${at + 1}: ${timeText(clock, event.start, trial.period)}, ${lastedText(event)}, peak ${peakText(event.peak)}`)),
    drawSeries(plot, trial.score, buckets, trial.rowsPerBucket > 1 ? "score-line filled" : "score-line"),
    html`<line class="threshold" x1="${axis.left}" x2="${axis.right}" y1="${plot.y(1)}" y2="${plot.y(1)}"/>`,
    html`<text class="threshold-text" x="${axis.left + 6}" y="${plot.y(1) - 6}">threshold</text>`,
    eventMarks(plot, trial),
    ...truthStrip(below, trial, clock),
  ]);
}

/** The training stretch, shaded: it was taught as normal and is not judged. */
export function taughtBand(plot: Plot, { training }: Trial, named = true): Markup {
  const [from, to] = [xOf(plot.axis, training.start), xOf(plot.axis, training.end)];
  const text = html`<text class="taught-text" x="${(from + to) / 2}" y="${plot.y(leastScore) - 12}" text-anchor="middle">taught as normal</text>`;
  return html`${band(plot, training, "taught", "Training stretch: taught as normal, not judged")}${named && to - from > 120 ? text : null}`;
}

/** Numbers over the events, as far as there is room. */
function eventMarks({ axis, top }: Plot, { events }: Trial): Markup {
  let last = -Infinity;
  const marks = events.flatMap((event, at): Markup[] => {
    const x = Math.min(axis.right - 9, (xOf(axis, event.start) + xOf(axis, event.end)) / 2);
    const label = String(at + 1);
    const half = 6 + 3.5 * label.length;
    if (x - half < last + 2) return [];
    last = x + half;
    const mark = html`<rect class="mark" x="${x - half}" y="${top - 21}" width="${2 * half}" height="17" rx="8.5"/><text class="mark-text" x="${x}" y="${top - 8.5}" text-anchor="middle">${label}</text>`;
    return [mark];
  });
  return html`${marks}`;
}

function truthStrip(plot: Plot, { truth, period }: Trial, clock: Clock): Markup[] {
  if (truth === null) return [];
  const y = plot.bottom - 6;
  return [html`<text class="tick" x="${plot.axis.left - 8}" y="${y}" text-anchor="end">recorded</text>`, ...truth.faults.map((fault) => band({ ...plot, bottom: plot.bottom - 5 }, fault, "truth", `Recorded as a fault from ${timeText(clock, fault.start, period)} to ${timeText(clock, fault.end, period)}`, 10))];
}

function descriptionOf(trial: Trial, highest: number, clock: Clock): string {
  const { judged, events, period } = trial;
  const span = `${timeText(clock, judged.start, period)} to ${timeText(clock, judged.end, period)}`;
  return `Judged from ${span}. Highest score ${peakText(highest)} the threshold. ${counted(events.length, "event")}; the table below lists them.`;
}
