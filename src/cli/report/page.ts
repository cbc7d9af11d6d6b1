import type { Recording } from "../../capture/recording.ts";
import type { TriedDetector } from "../../wheel/condition-teach.ts";
import type { Trial } from "../../wheel/trial.ts";
import { spanText } from "../output.ts";
import { detectorSection, detectorText } from "./detectors.ts";
import { documentOf } from "./document.ts";
import { figureLines } from "./figures.ts";
import { clockText, countText, counted, shareText, timeText, unitText, type Clock } from "./format.ts";
import { html, type Markup } from "./markup.ts";
import { hatching } from "./plot.ts";
import { scoreChart } from "./score-chart.ts";
import { closeUpCharts, rangeText, signalChart, usualText } from "./signal-charts.ts";
import { style } from "./style.ts";
import { timeAxis } from "./time-axis.ts";
import { alarmShare, blamed, blameText, caveats, headline, knownTime, lastedText, peakText, thresholdText } from "./words.ts";

/** What is told of the recording beside the trial of it. */
export type ReportedRecording = Pick<Recording, "file" | "rows" | "grid" | "remarks">;

/** Events listed in a table; the highest have a close look. */
const mostListed = 300;

/**
 * A trial as one page that needs nothing else: no script, no font, no picture from elsewhere, and a
 * policy that would refuse them. Everything that came from the file is text, whatever it holds.
 *
 * Pure. Cost: about 25 kB a signal.
 */
export function reportPage(recording: ReportedRecording, trial: Trial, clock: Clock, tried: readonly TriedDetector[] = []): string {
  const body = html`<header>
<p class="brand">Millrace trial</p>
<h1>What would it have caught?<small>${recording.file.name}</small></h1>
<p class="lead">${headline(trial)}</p>
</header>
<main>
${tiles(trial)}
${notes(trial)}
${overview(trial, clock)}
${truthSection(trial)}
${eventCards(trial, clock)}
${signalSection(trial, clock)}
${detectorSection(tried)}
${making(recording, trial, clock)}
</main>
<footer><p>Made on this machine by Millrace from ${recording.file.name} alone. This page loads nothing and sends nothing.</p></footer>`;
  return documentOf(`${recording.file.name}: what would it have caught?`, style, body);
}

function notes(trial: Trial): Markup {
  return html`<section class="notes" aria-labelledby="h-notes"><h2 id="h-notes">Before you believe it</h2><ul>${[thresholdText(trial), ...caveats(trial)].map((line) => html`<li>${line}</li>`)}</ul></section>`;
}

function tiles(trial: Trial): Markup {
  const { events, judged, model } = trial;
  const tile = (name: string, value: string, more: string) => html`<div><dt>${name}</dt><dd>${value}<small>${more}</small></dd></div>`;
  const known = knownTime(trial);
  return html`<dl class="tiles">
${tile("Events", countText(events.length), events.length > 1 ? `1 every ${spanText(known / events.length)}` : "that would have alarmed")}
${tile("Judged", spanText(known), `${countText(judged.rows - judged.unknownRows)} rows of ${spanText(trial.period)}`)}
${tile("In alarm", known === 0 ? "–" : shareText(alarmShare(trial)), "of the judged time")}
${tile("Unknown", shareText(judged.unknownRows / judged.rows), "of the rows to judge")}
${tile("Threshold", model.provisional ? "provisional" : "calibrated", model.provisional && model.groups === 0 ? "a stated guess" : `on ${model.groups} held-out parts`)}
</dl>`;
}

function overview(trial: Trial, clock: Clock): Markup {
  return html`<section aria-labelledby="h-score"><h2 id="h-score">The score, and what would have alarmed</h2>
<p class="soft">How far each row lies from the training stretch, as a multiple of the threshold. Three rows in a run at or above it raise an alarm, three below it clear it. The scale is in powers; ${clockText(clock)}.</p>
<figure><div class="wide">${scoreChart(trial, timeAxis(trial.stretches), clock)}</div>${legend(trial)}</figure>
${eventTable(trial, clock)}</section>`;
}

function legend({ truth, unknown }: Trial): Markup {
  const key = (kind: string, text: string) => html`<li><svg viewBox="0 0 26 12" aria-hidden="true"><rect class="${kind}" width="26" height="12"/></svg>${text}</li>`;
  const line = (kind: string, text: string) => html`<li><svg viewBox="0 0 26 12" aria-hidden="true"><line class="${kind}" x1="0" x2="26" y1="6" y2="6"/></svg>${text}</li>`;
  return html`<ul class="legend">${line("score-line", "score")}${line("threshold", "threshold")}${key("event", "would have alarmed")}${unknown.length === 0 ? null : html`<li><svg viewBox="0 0 26 12" aria-hidden="true">${hatching(0, 26, 0, 12)}</svg>unknown</li>`}${key("taught", "training stretch, not judged")}${truth === null ? null : key("truth", `recorded as a fault (${truth.name})`)}</ul>`;
}

function eventTable({ events, signals, period }: Trial, clock: Clock): Markup | null {
  if (events.length === 0) return null;
  const listed = events.slice(0, mostListed);
  const row = (event: Trial["events"][number], at: number) => html`<tr><td class="number">${at + 1}</td><td class="still">${timeText(clock, event.start, period)}</td><td class="still">${lastedText(event)}</td><td class="number">${peakText(event.peak)}</td><td>${blamed(event).map(({ signal, share }, place) => `${place === 0 ? "" : ", "}${signals[signal].name} ${blameText(share)}`)}</td></tr>`;
  const more = events.length > listed.length ? html`<p class="soft">And ${countText(events.length - listed.length)} more, later on.</p>` : null;
  return html`<div class="wide"><table><thead><tr><th class="number" scope="col">Event</th><th scope="col">Alarm from</th><th scope="col">Lasted</th><th class="number" scope="col">Peak</th><th scope="col">To blame, by share of the score at the peak</th></tr></thead><tbody>${listed.map(row)}</tbody></table></div>${more}`;
}

function truthSection({ truth }: Trial): Markup | null {
  if (truth === null) return null;
  const lines = figureLines(truth);
  const { faultShare, counts } = truth.figures;
  const known = counts.truePositive + counts.falsePositive + counts.trueNegative + counts.falseNegative;
  const body =
    known === 0
      ? html`<p>No judged row has both a score and a known truth.</p>`
      : html`<p class="soft">Held against ${truth.name} on ${counted(known, "row")}, ${shareText(faultShare)} of them in a fault; ${counted(counts.unknown, "row")} of unknown score or truth left out. A figure means something only beside its chance level.</p>
<div class="wide"><table class="figures"><thead><tr><th scope="col">Figure</th><th class="number" scope="col">This trial</th><th class="number" scope="col">95 % interval</th><th class="number" scope="col">Chance</th><th scope="col">What it is</th></tr></thead><tbody>${lines.map(
          ({ name, value, interval, chance, meaning }) => html`<tr><th scope="row">${name}</th><td class="number">${value}</td><td class="number">${interval}</td><td class="number">${chance}</td><td class="soft">${meaning}</td></tr>`,
        )}</tbody></table></div>`;
  return html`<section aria-labelledby="h-truth"><h2 id="h-truth">Against the recorded truth</h2>${body}</section>`;
}

function eventCards(trial: Trial, clock: Clock): Markup | null {
  const cards = trial.events.flatMap((event, at) => (event.closeUp === null ? [] : [eventCard(trial, at, clock)]));
  if (cards.length === 0) return null;
  const which = cards.length < trial.events.length ? `The ${cards.length} highest of ${countText(trial.events.length)}. ` : "";
  return html`<section aria-labelledby="h-events"><h2 id="h-events">Event by event</h2><p class="soft">${which}A share is the part of the score that a signal accounts for: where to look first, not a proof of cause. The shaded level is what was usual in the training stretch.</p>${cards}</section>`;
}

function eventCard(trial: Trial, at: number, clock: Clock): Markup {
  const event = trial.events[at];
  const rows = event.blame.slice(0, 6).map(
    ({ signal, share, shareAtStart }) =>
      html`<tr><th scope="row">${trial.signals[signal].name}<span class="bar" aria-hidden="true"><span style="width:${(100 * share).toFixed(1)}%"></span></span></th><td class="number">${blameText(share)}</td><td class="number">${blameText(shareAtStart)}</td></tr>`,
  );
  return html`<article class="card" id="event-${at + 1}" aria-labelledby="event-${at + 1}-h"><header><h3 id="event-${at + 1}-h"><span class="number-mark">${at + 1}</span> ${timeText(clock, event.start, trial.period)}</h3><span class="soft">lasted ${lastedText(event)}; peak ${peakText(event.peak)} the threshold at ${timeText(clock, event.peakAt, trial.period)}</span></header>
<div class="wide"><table class="blame"><thead><tr><th scope="col">To blame</th><th class="number" scope="col">At the peak</th><th class="number" scope="col">At first</th></tr></thead><tbody>${rows}</tbody></table></div>
<div>${event.closeUp === null ? null : closeUpCharts(trial, at, event.closeUp, clock)}</div></article>`;
}

function signalSection(trial: Trial, clock: Clock): Markup {
  const axis = timeAxis(trial.stretches);
  const strips = byBlame(trial).map((place) => {
    const signal = trial.signals[place];
    const unit = signal.unit === null ? "unit unknown" : unitText(signal.unit);
    return html`<article class="strip"><header><h3>${signal.name}</h3><span class="soft">${unit}; usual ${usualText(signal)}; in all ${rangeText(signal)}</span></header><div class="wide">${signalChart(trial, place, axis, clock)}</div></article>`;
  });
  return html`<section aria-labelledby="h-signals"><h2 id="h-signals">${counted(trial.signals.length, "signal")}</h2><p class="soft">The most blamed first. The shaded level is what was usual in the training stretch; upright bands are the events.</p>${strips}</section>`;
}

/** Places of the signals by the largest share they ever had in an event, then as in the file. */
function byBlame({ signals, events }: Trial): number[] {
  const largest = new Float64Array(signals.length);
  for (const { blame } of events) for (const { signal, share } of blame) largest[signal] = Math.max(largest[signal], share);
  return Array.from(signals.keys()).toSorted((a, b) => largest[b] - largest[a] || a - b);
}

function making(recording: ReportedRecording, trial: Trial, clock: Clock): Markup {
  const { file, grid, remarks } = recording;
  const { training, judged, model, leftOut, window, stretches } = trial;
  const fact = (name: string, value: Markup | string) => html`<dt>${name}</dt><dd>${value}</dd>`;
  const spanOf = ({ start, end }: { start: number; end: number }) => `${timeText(clock, start, trial.period)} to ${timeText(clock, end, trial.period)}`;
  return html`<section aria-labelledby="h-made"><h2 id="h-made">How this was made, and what it cannot say</h2>
<p>${training.from === "head of the recording" ? "The head of the recording" : "What --train names"} was taken as normal and a small model was taught on it: ${model.detectors.map(({ name }) => detectorText[name] ?? name).join(", and ")}. The rest was judged row by row, each row from its window alone, as it would have been on the line.</p>
<p>It cannot say what is wrong, only that something is unlike what it was taught. A fault that was there from the first row is normal to it. One recording shows one stretch of a machine's life: what it did not show, another product or season, will alarm. Operators' answers are what mends this.</p>
<dl class="facts">
${fact("Recording", `${file.name}, ${counted(recording.rows, "row")}, ${countText(file.bytes)} bytes`)}
${fact("SHA-256", html`<code>${file.digest}</code>`)}
${fact("Grid", `a row every ${spanText(grid.period)}, a value held for ${spanText(grid.hold)}${stretches.length > 1 ? `; ${counted(stretches.length - 1, "pause")} that no window reaches across` : ""}`)}
${fact("Taught", `${spanOf(training)}: ${counted(training.rows, "row")}, ${counted(training.items, "window")} of ${window} rows in ${counted(training.blocks, "block")}`)}
${fact("Judged", `${spanOf(judged)}: ${counted(judged.rows, "row")}`)}
${fact("Model", html`recipe ${model.recipe.name}, ${countText(model.bytes.length)} bytes of ONNX, SHA-256 <code>${model.digest}</code>`)}
${fact("Thresholds", `${model.detectors.map(({ name, threshold }) => `${name} ${threshold.toPrecision(4)}`).join(", ")}${model.provisional ? "; provisional" : ""}; the largest over its threshold is the score`)}
</dl>
${leftOut.length === 0 ? null : html`<h3>Columns left out</h3><div class="wide"><table><tbody>${leftOut.map(({ name, reason }) => html`<tr><th scope="row">${name}</th><td>${reason}</td></tr>`)}</tbody></table></div>`}
${remarks.length === 0 ? null : html`<h3>Remarks on the file</h3><ul>${remarks.map(({ text }) => html`<li>${text}</li>`)}</ul>`}
</section>`;
}
