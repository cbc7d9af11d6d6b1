import type { Trial, TrialEvent } from "../../wheel/trial.ts";
import { numberText, unitText, type Clock } from "./format.ts";
import { html, type Markup } from "./markup.ts";
import { band, drawSeries, powers, straight, timeGrid, type Buckets, type Plot } from "./plot.ts";
import { ticksOf, timeAxis, xOf, type TimeAxis } from "./time-axis.ts";
import { within } from "./words.ts";

const signalHeight = 84;
const scoreHeight = 150;
const footHeight = 24;

/** The whole recording on one time axis: the score over its threshold, then every signal, with events and recorded faults as bands. */
export function overview(trial: Trial, clock: Clock): Markup {
  const axis = timeAxis(trial.stretches);
  return html`<figure>${scoreChart(trial, axis, clock)}${trial.signals.map((_, signal) => signalChart(trial, signal, axis, clock))}</figure>`;
}

function scoreChart(trial: Trial, axis: TimeAxis, clock: Clock): Markup {
  const { score, unknown } = trial;
  const known = score.most.filter((value) => !Number.isNaN(value));
  const plot = powers(axis, 18, scoreHeight - footHeight, 0.1, Math.max(2, ...known) * 1.2);
  const levels = [0.1, 1, 10, 100, 1000].filter((level) => plot.y(level) >= plot.top);
  return html`<svg viewBox="0 0 ${axis.width} ${scoreHeight}" role="img" aria-labelledby="score-title">
<title id="score-title">Score over time, as a multiple of the threshold</title>
${timeGrid(plot, ticksOf(axis, clock))}${stateBands(trial, plot)}
${unknown.map((span) => band(plot, span, "unknown", "No score: unknown, which is not normal"))}
${levels.map((level) => html`<text class="tick" x="${axis.left - 6}" y="${plot.y(level) + 4}" text-anchor="end">${level}</text>`)}
<line class="threshold" x1="${axis.left}" x2="${axis.right}" y1="${plot.y(1)}" y2="${plot.y(1)}"/>
${drawSeries(plot, score, bucketsOf(trial), "score")}
<text class="name" x="${axis.left}" y="12">score, as a multiple of the threshold</text></svg>`;
}

function signalChart(trial: Trial, signal: number, axis: TimeAxis, clock: Clock): Markup {
  const { name, unit, series, centre } = trial.signals[signal];
  const values = [...series.least, ...series.most].filter((value) => !Number.isNaN(value));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const plot = straight(axis, 18, signalHeight - 8, least, most);
  const edge = (value: number) => html`<text class="tick" x="${axis.left - 6}" y="${plot.y(value) + 4}" text-anchor="end">${numberText(value, most - least)}</text>`;
  const title = `signal-${signal}`;
  return html`<svg viewBox="0 0 ${axis.width} ${signalHeight}" role="img" aria-labelledby="${title}">
<title id="${title}">${name} over time</title>
${timeGrid({ ...plot, bottom: signalHeight + footHeight }, ticksOf(axis, clock))}${stateBands(trial, plot)}
${least === most ? edge(least) : [edge(least), edge(most)]}
<line class="centre" x1="${axis.left}" x2="${axis.right}" y1="${plot.y(centre)}" y2="${plot.y(centre)}"><title>usual level</title></line>
${drawSeries(plot, series, bucketsOf(trial), "signal")}
<text class="name" x="${axis.left}" y="12">${name}${unit === null ? "" : `, ${unitText(unit)}`}</text></svg>`;
}

/** Training, recorded faults along the foot, and events. */
function stateBands({ training, events, truth }: Trial, plot: Plot): Markup {
  return html`${band(plot, training, "training", "Taught: assumed normal")}${events.map((event) => band(plot, event, "event", "Event: would have alarmed"))}${(truth?.faults ?? []).map((fault) => band(plot, fault, "fault", "Recorded fault", 5))}`;
}

const bucketsOf = ({ stretches, rowsPerBucket, period }: Trial): Buckets => ({ stretches, span: rowsPerBucket * period });

/** One event from close by: the score, and the signals to blame. Empty for an event without a close-up. */
export function closeUp(trial: Trial, event: TrialEvent, clock: Clock): Markup {
  const view = event.closeUp;
  if (view === null) return html``;
  const axis = timeAxis([view], 520);
  const buckets: Buckets = { stretches: [{ start: view.start, end: view.end, buckets: view.score.least.length }], span: view.rowsPerBucket * trial.period };
  const panels = [
    { title: "score", series: view.score, isScore: true },
    ...view.signals.map(({ signal, series }) => ({ title: signalTitle(trial, signal), series, isScore: false })),
  ];
  return html`<div class="close">${panels.map(({ title, series, isScore }) => {
    const values = [...series.least, ...series.most].filter((value) => !Number.isNaN(value));
    const [least, most] = [Math.min(...values, ...(isScore ? [0] : [])), Math.max(...values, ...(isScore ? [1.2] : []))];
    const plot = straight(axis, 18, 92, least, most);
    const faults = (trial.truth?.faults ?? []).filter((fault) => within(fault, view));
    return html`<svg viewBox="0 0 ${axis.width} 116" role="img"><title>${title}, around the event</title>${timeGrid(plot, ticksOf(axis, clock))}${band(plot, event, "event", "Event")}${faults.map((fault) => band(plot, { start: Math.max(fault.start, view.start), end: Math.min(fault.end, view.end) }, "fault", "Recorded fault", 5))}${isScore ? html`<line class="threshold" x1="${axis.left}" x2="${axis.right}" y1="${plot.y(1)}" y2="${plot.y(1)}"/>` : null}${drawSeries(plot, series, buckets, isScore ? "score" : "signal")}${[least, most].map((value) => html`<text class="tick" x="${axis.left - 6}" y="${plot.y(value) + 4}" text-anchor="end">${numberText(value, most - least)}</text>`)}<line class="peak" x1="${xOf(axis, event.peakAt)}" x2="${xOf(axis, event.peakAt)}" y1="${plot.top}" y2="${plot.bottom}"><title>Peak</title></line><text class="name" x="${axis.left}" y="12">${title}</text></svg>`;
  })}</div>`;
}

export const signalTitle = ({ signals }: Trial, signal: number): string => {
  const { name, unit } = signals[signal];
  return unit === null ? name : `${name}, ${unitText(unit)}`;
};

/** Shares of blame as bars, with the figures beside them. */
export function blameBars(trial: Trial, { blame }: TrialEvent): Markup {
  const shown = blame.slice(0, 6);
  const height = 22 * shown.length + 6;
  return html`<svg class="blame" viewBox="0 0 520 ${height}" role="img"><title>Signals to blame at the peak, by share of the score</title>${shown.map(
    ({ signal, share }, at) =>
      html`<text class="bar-name" x="196" y="${22 * at + 16}" text-anchor="end">${cut(trial.signals[signal].name)}</text><rect class="bar" x="204" y="${22 * at + 5}" width="${Math.max(1, 250 * share).toFixed(1)}" height="14"/><text class="bar-share" x="${(210 + 250 * share).toFixed(1)}" y="${22 * at + 16}">${Math.round(100 * share)} %</text>`,
  )}</svg>`;
}

const cut = (name: string): string => (name.length <= 30 ? name : `${name.slice(0, 29)}…`);
