import type { CloseUp, Trial, TrialEvent, TrialSignal } from "../../wheel/trial.ts";
import type { Series } from "../../wheel/trial-series.ts";
import { numberText, timeText, unitText, type Clock } from "./format.ts";
import { html, type Markup } from "./markup.ts";
import { band, drawSeries, picture, roundValues, straight, tickText, timeGrid, unknownBand, valueGrid, type Buckets, type Plot } from "./plot.ts";
import { leastScore, scoreScale, scoreValues, taughtBand } from "./score-chart.ts";
import { ticksOf, timeAxis, type TimeAxis } from "./time-axis.ts";
import { lastedText, peakText, within } from "./words.ts";

/** One signal over the whole recording, what was usual for it, and when something would have alarmed. */
export function signalChart(trial: Trial, place: number, axis: TimeAxis, clock: Clock): Markup {
  const signal = trial.signals[place];
  const plot = signalPlot(signal, signal.series, axis, 8, 96);
  const buckets = { stretches: trial.stretches, span: trial.rowsPerBucket * trial.period };
  const description = `Usual in the training stretch: ${usualText(signal)}. In all: ${rangeText(signal)}.`;
  return picture(`signal-${place}`, axis, 118, `${signal.name} over time`, description, [
    taughtBand(plot, trial, false),
    timeGrid(plot, ticksOf(axis, clock)),
    ...trial.events.map((event, at) => band(plot, event, "event", `Event ${at + 1}: ${timeText(clock, event.start, trial.period)}, ${lastedText(event)}`)),
    ...signalParts(plot, signal, signal.series, buckets),
  ]);
}

/** An event from near: the score, and under it the signals most to blame, on one axis. */
export function closeUpCharts(trial: Trial, at: number, closeUp: CloseUp, clock: Clock): Markup {
  const axis = timeAxis([closeUp], 700);
  const event = trial.events[at];
  const buckets = { stretches: [{ start: closeUp.start, end: closeUp.end, buckets: closeUp.score.least.length }], span: closeUp.rowsPerBucket * trial.period };
  const charts = closeUp.signals.map(({ signal: place, series }) => {
    const signal = trial.signals[place];
    const plot = signalPlot(signal, series, axis, 6, 78);
    const description = `Around event ${at + 1}. Usual in the training stretch: ${usualText(signal)}.`;
    const chart = picture(`event-${at + 1}-${place}`, axis, 98, signal.name, description, [...around(plot, trial, event, closeUp, clock), ...signalParts(plot, signal, series, buckets)]);
    return html`<figure class="close"><figcaption>${titleOf(signal)}</figcaption><div class="wide">${chart}</div></figure>`;
  });
  return html`<figure class="close"><figcaption>Score, × the threshold</figcaption><div class="wide">${closeUpScore(trial, at, closeUp, axis, buckets, clock)}</div></figure>${charts}`;
}

function closeUpScore(trial: Trial, at: number, closeUp: CloseUp, axis: TimeAxis, buckets: Buckets, clock: Clock): Markup {
  const event = trial.events[at];
  const highest = closeUp.score.most.reduce((most, score) => (score > most ? score : most), leastScore);
  const plot = scoreScale(axis, 6, 88, highest);
  return picture(`event-${at + 1}-score`, axis, 108, `Score around event ${at + 1}`, `Highest ${peakText(event.peak)} the threshold.`, [
    ...around(plot, trial, event, closeUp, clock),
    valueGrid(plot, scoreValues(plot, highest)),
    drawSeries(plot, closeUp.score, buckets, closeUp.rowsPerBucket > 1 ? "score-line filled" : "score-line"),
    html`<line class="threshold" x1="${axis.left}" x2="${axis.right}" y1="${plot.y(1)}" y2="${plot.y(1)}"/>`,
  ]);
}

/** What lies under every close look: the training stretch, ticks, this event and its neighbours, and what was unknown. */
function around(plot: Plot, trial: Trial, event: TrialEvent, view: CloseUp, clock: Clock): Markup[] {
  const cut = <T extends { start: number; end: number }>(span: T): T => ({ ...span, start: Math.max(span.start, view.start), end: Math.min(span.end, view.end) });
  return [
    ...(within(trial.training, view) ? [band(plot, cut(trial.training), "taught", "Training stretch: taught as normal, not judged")] : []),
    timeGrid(plot, ticksOf(plot.axis, clock)),
    ...trial.unknown.filter((span) => within(span, view)).map((span) => unknownBand(plot, cut(span), "Unknown: no score")),
    ...trial.events.filter((other) => within(other, view)).map((other) => band(plot, cut(other), other === event ? "event" : "event other", other === event ? "This event" : "Another event")),
  ];
}

function signalPlot({ centre, spread }: TrialSignal, { least, most }: Series, axis: TimeAxis, top: number, bottom: number): Plot {
  const low = least.reduce((so, value) => (value < so ? value : so), centre - spread);
  const high = most.reduce((so, value) => (value > so ? value : so), centre + spread);
  const room = 0.05 * (high - low);
  return { ...straight(axis, top, bottom, low - room, high + room) };
}

function signalParts(plot: Plot, signal: TrialSignal, series: Series, buckets: Buckets): Markup[] {
  const { axis, y } = plot;
  const [low, high] = [signal.centre - signal.spread, signal.centre + signal.spread];
  const values = roundValues(valueAt(plot, plot.bottom, signal), valueAt(plot, plot.top, signal));
  const step = values.length > 1 ? values[1] - values[0] : Math.abs(values[0] ?? 1);
  return [
    valueGrid(plot, values.map((value) => ({ value, text: tickText(value, step) }))),
    html`<rect class="usual" x="${axis.left}" width="${axis.right - axis.left}" y="${y(high).toFixed(1)}" height="${Math.max(1, y(low) - y(high)).toFixed(1)}"><title>Usual in the training stretch: ${usualText(signal)}</title></rect>`,
    drawSeries(plot, series, buckets, series.least.some((value, at) => value < series.most[at]) ? "area filled" : "area"),
  ];
}

/** The value at a height of a straight scale, found from two points of it. */
function valueAt({ y }: Plot, height: number, { centre, spread }: TrialSignal): number {
  const [a, b] = [y(centre), y(centre + spread)];
  return centre + (spread * (height - a)) / (b - a);
}

/** A signal's name, with its unit where the name does not say it. */
function titleOf({ name, unit }: TrialSignal): string {
  const text = unit === null ? "" : unitText(unit);
  return name.toLowerCase().includes(text.toLowerCase()) ? name : `${name}, ${text}`;
}

/** `79.2 ± 0.4 °C`. */
export const usualText = ({ centre, spread, unit }: TrialSignal): string =>
  `${numberText(centre, spread)} ± ${numberText(spread, spread)}${unit === null ? "" : ` ${unitText(unit)}`}`;

/** From the lowest to the highest reading, in the signal's unit. */
export function rangeText({ series: { least, most }, spread, unit }: TrialSignal): string {
  const low = least.reduce((so, value) => (value < so ? value : so), Infinity);
  const high = most.reduce((so, value) => (value > so ? value : so), -Infinity);
  return `${numberText(low, spread)} to ${numberText(high, spread)}${unit === null ? "" : ` ${unitText(unit)}`}`;
}
