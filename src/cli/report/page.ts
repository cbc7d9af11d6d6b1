import type { Recording } from "../../capture/recording.ts";
import type { Trial, TrialEvent } from "../../wheel/trial.ts";
import { spanText } from "../output.ts";
import { blameBars, closeUp, overview, signalTitle } from "./charts.ts";
import { figureLines } from "./figures.ts";
import { clockText, counted, countText, numberText, timeText, unitText, type Clock } from "./format.ts";
import { html, type Markup } from "./markup.ts";
import { blamed, caveats, headline, lastedText, peakText, thresholdText } from "./words.ts";
import { style } from "./style.ts";

/** By this a file is known as a report that may be written over. */
export const reportMark = '<meta name="generator" content="Millrace report">';

/**
 * A trial as one HTML page that needs nothing else: no script, no request, charts drawn as SVG, light
 * or dark as the reader's screen is, fit to print. All text of the recording is escaped.
 */
export function reportPage(recording: Recording, trial: Trial, clock: Clock, told: readonly string[]): string {
  const title = `What would it have caught? ${recording.file.name}`;
  const page = html`<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
${{ markup: reportMark }}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ markup: style }}</style>
</head>
<body><main>
<header><p class="over">Millrace, a trial without answers</p><h1>What would it have caught?</h1><p class="file">${recording.file.name}</p>
<p class="headline">${headline(trial)}</p><p>${thresholdText(trial)}</p></header>
${tiles(trial)}
<section><h2>Before you believe it</h2><ul>${caveats(trial).map((line) => html`<li>${line}</li>`)}</ul></section>
${truthSection(trial)}
<section><h2>The recording</h2><p class="key"><span class="swatch training"></span>taught, assumed normal <span class="swatch event"></span>event ${trial.truth === null ? null : html`<span class="swatch fault"></span>recorded fault `}<span class="swatch unknown"></span>unknown: no score. Dashed: threshold, or usual level. ${clockText(clock)}.</p>
<div class="wide">${overview(trial, clock)}</div></section>
${eventSection(trial, clock)}
<section><h2>Signals</h2><div class="wide"><table><thead><tr><th>signal</th><th>unit</th><th>role</th><th class="number">usual level</th><th class="number">usual spread</th></tr></thead><tbody>${trial.signals.map(
    ({ name, unit, role, centre, spread }) =>
      html`<tr><td>${name}</td><td>${unit === null ? "?" : unitText(unit)}</td><td>${role}</td><td class="number">${numberText(centre, spread)}</td><td class="number">${numberText(spread)}</td></tr>`,
  )}</tbody></table></div>${trial.leftOut.length === 0 ? null : html`<p>Left out: ${trial.leftOut.map(({ name, reason }) => `${name} (${reason})`).join("; ")}.</p>`}</section>
<section><h2>How this was read</h2><pre>${told.map((line) => html`${line}
`)}</pre><p>Model ${trial.model.digest.slice(0, 16)}, recipe ${trial.model.recipe.name}, window of ${trial.window} rows. File SHA-256 ${recording.file.digest.slice(0, 16)}.</p></section>
</main></body>`;
  return `<!doctype html>\n<html lang="en">\n${page.markup}\n</html>\n`;
}

function tiles(trial: Trial): Markup {
  const { events, judged, training, period } = trial;
  const known = (judged.rows - judged.unknownRows) * period;
  const tile = (value: string, what: string) => html`<div class="tile"><b>${value}</b><span>${what}</span></div>`;
  return html`<div class="tiles">${tile(countText(events.length), events.length === 1 ? "event" : "events")}${tile(spanText(known), "judged")}${tile(spanText(training.rows * period), "taught")}${tile(countText(trial.signals.length), "signals")}</div>`;
}

function truthSection({ truth }: Trial): Markup | null {
  if (truth === null) return null;
  const lines = figureLines(truth);
  if (lines.length === 0) return html`<section><h2>Against the recorded truth</h2><p>The judged rows hold nothing to hold the alarms against.</p></section>`;
  return html`<section><h2>Against the recorded truth</h2><div class="wide"><table><thead><tr><th>figure</th><th class="number">value</th><th class="number">by chance</th><th>what it means</th></tr></thead><tbody>${lines.map(
    ({ name, value, chance, meaning }) => html`<tr><td>${name}</td><td class="number">${value}</td><td class="number">${chance}</td><td>${meaning}</td></tr>`,
  )}</tbody></table></div></section>`;
}

function eventSection(trial: Trial, clock: Clock): Markup {
  const { events, period } = trial;
  if (events.length === 0) return html`<section><h2>Events</h2><p>None.</p></section>`;
  const rows = events.slice(0, 200).map(
    (event, at) =>
      html`<tr><td class="number">${at + 1}</td><td>${timeText(clock, event.start, period)}</td><td class="number">${lastedText(event)}</td><td class="number">${peakText(event.peak)}</td><td>${blamed(event).map(({ signal, share }) => `${trial.signals[signal].name} ${Math.round(100 * share)} %`).join(", ")}</td></tr>`,
  );
  const more = events.length > 200 ? html`<p>${counted(events.length - 200, "more event")} not listed.</p>` : null;
  const close = events.flatMap((event, at) => (event.closeUp === null ? [] : [eventCard(trial, event, at, clock)]));
  return html`<section><h2>Events</h2><div class="wide"><table><thead><tr><th class="number">#</th><th>start</th><th class="number">lasted</th><th class="number">peak</th><th>to blame</th></tr></thead><tbody>${rows}</tbody></table></div>${more}</section><section><h2>The highest events from close by</h2>${close}</section>`;
}

function eventCard(trial: Trial, event: TrialEvent, at: number, clock: Clock): Markup {
  const [first] = event.blame;
  return html`<article><h3>Event ${at + 1}: ${timeText(clock, event.start, trial.period)}, ${lastedText(event)}, peak ${peakText(event.peak)}</h3><p>Most to blame at the peak: ${first === undefined ? "no single signal" : signalTitle(trial, first.signal)}.</p>${blameBars(trial, event)}${closeUp(trial, event, clock)}</article>`;
}
