import type { StudyReport } from "../../wheel/study-report.ts";
import { documentOf } from "./document.ts";
import { countText, counted, shareText, unitText } from "./format.ts";
import { html, type Markup } from "./markup.ts";
import { classBars, confusionTable, lifeCharts, numberCharts } from "./study-charts.ts";
import { figureName, intervalText, studyLines, valueText } from "./study-lines.ts";
import { studyStyle } from "./study-style.ts";
import { judgedText, modelText, studyHeadline, triedFigure } from "./study-words.ts";

const questions = { classify: "Which state is this?", estimate: "What would the lab say?", "remaining-life": "How long until it needs service?" } as const;

/** Inputs, and columns left out, that are listed one by one. */
const mostListed = 40;

/**
 * A study as one page that needs nothing else: no script, no font, no picture from elsewhere, and a
 * policy that would refuse them. Everything that came from the files is text, whatever it holds.
 *
 * Pure. Cost: at most 60 kB a picture.
 */
export function studyPage(report: StudyReport): string {
  const { asked, kind } = report;
  const names = asked.files.map(({ name }) => name);
  const body = html`<header>
<p class="brand">Millrace trial: ${kind}</p>
<h1>${questions[kind]}<small>${asked.target.name}${unitIn(asked.target.unit)}, from ${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more files` : ""}</small></h1>
<p class="lead">${studyHeadline(report)}</p>
</header>
<main>
${verdict(report)}
${tiles(report)}
${notes(report)}
${figureSection(report)}
${pictureSection(report)}
${matteredSection(report)}
${triedSection(report)}
${making(report)}
</main>
<footer><p>Made on this machine by Millrace from the files named above alone. This page loads nothing and sends nothing.</p></footer>`;
  return documentOf(`${asked.target.name}: ${questions[kind]}`, studyStyle, body);
}

const unitIn = (unit: string | null): string => (unit === null || unit === "" ? "" : ` in ${unitText(unit)}`);

function verdict({ skill }: StudyReport): Markup {
  if (!skill.enough) return html`<section class="verdict not" aria-label="Evidence"><p><b>Not enough evidence.</b> The figures below do not stand out from what chance gives: do not act on them.</p></section>`;
  return html`<section class="verdict" aria-label="Evidence"><p>${skill.words}</p></section>`;
}

function tiles(report: StudyReport): Markup {
  const { figures, asked, tried, skill, model } = report;
  const tile = (name: string, value: string, more: string) => html`<div><dt>${name}</dt><dd>${value}<small>${more}</small></dd></div>`;
  const lead = figures.filter(({ value }) => value !== null).slice(0, 2);
  const { unit } = asked.target;
  const known = skill.enough ? lead.map((figure) => tile(figureName(figure.name), valueText(figure, figure.value ?? NaN, unit), figure.chance === null ? intervalText(figure, unit) : `chance ${valueText(figure, figure.chance, unit)}`)) : [];
  return html`<dl class="tiles">
${known}
${tile("Judged", countText(asked.split.judged), `held-out ${asked.split.judges === "group" ? "groups" : skill.blocks === asked.split.judged ? "rows" : `rows in ${counted(skill.blocks, asked.group === null ? "block" : "group")}`}`)}
${tile("Tried", countText(tried.length), `recipes in ${report.seconds.toFixed(1)} s`)}
${tile("Model", bytesText(model.bytes), model.decisionMicros === null ? "one ONNX file" : `of ONNX, ${countText(Math.round(model.decisionMicros))} µs a decision`)}
</dl>`;
}

const bytesText = (bytes: number): string => (bytes < 1e6 ? `${countText(Math.max(1, Math.round(bytes / 1000)))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

function notes({ caveats, asked }: StudyReport): Markup {
  const lines = [...caveats.filter(({ code }) => code !== "not-enough-evidence").map(({ text }) => text), asked.split.words].filter((text) => text !== "");
  return html`<section class="notes" aria-labelledby="h-notes"><h2 id="h-notes">Before you believe it</h2><ul>${lines.map((line) => html`<li>${line}</li>`)}</ul></section>`;
}

function figureSection(report: StudyReport): Markup {
  const lines = studyLines(report);
  const rows = lines.map(({ name, value, interval, chance, meaning }) => html`<tr><th scope="row">${name}</th><td class="number">${value}</td><td class="number">${interval}</td><td class="number">${chance}</td><td class="soft">${meaning}</td></tr>`);
  const unknown = report.asked.split.unknown;
  return html`<section aria-labelledby="h-figures"><h2 id="h-figures">${report.skill.enough ? "How well it does" : "Figures that do not stand out from chance"}</h2>
<p class="soft">On ${judgedText(report)}${unknown === 0 ? "" : `, ${countText(unknown)} of unknown truth or without an answer left out`}. Intervals come from resampling ${report.skill.blocks === report.asked.split.judged ? "them" : `whole ${report.asked.group === null ? "blocks" : "groups"}, as rows of one resemble each other`}. A figure means something only beside its chance level.</p>
<div class="wide"><table class="figures${report.skill.enough ? "" : " doubtful"}"><thead><tr><th scope="col">Figure</th><th class="number" scope="col">This model</th><th class="number" scope="col">95 % interval</th><th class="number" scope="col">Chance</th><th scope="col">What it is</th></tr></thead><tbody>${rows}</tbody></table></div>
${against(report)}</section>`;
}

function against(report: StudyReport): Markup | null {
  const { skill } = report;
  if (skill.against.length < 2) return null;
  const percent = (share: number | null) => (share === null ? "unknown" : `${Math.round(100 * share)} %`);
  return html`<h3 class="next">Against simpler answers</h3><div class="wide"><table><thead><tr><th scope="col">Its ${report.picture.kind === "classify" ? "error" : "squared error"} is below that of</th><th class="number" scope="col">By</th><th class="number" scope="col">95 % interval</th></tr></thead><tbody>${skill.against.map(({ over, gain, low, high }) => html`<tr><th scope="row">${over}</th><td class="number">${percent(gain)}</td><td class="number">${low === null ? "–" : `${percent(low)} to ${percent(high)}`}</td></tr>`)}</tbody></table></div>`;
}

function pictureSection({ picture, asked }: StudyReport): Markup {
  if (picture.kind === "classify") {
    return html`<section aria-labelledby="h-picture"><h2 id="h-picture">What was taken for what</h2><p class="soft">Decisions by truth and answer. The deeper the shade, the larger the share of that truth.</p>${confusionTable(picture)}<h3 class="next">Class by class</h3>${classBars(picture)}</section>`;
  }
  const charts = picture.kind === "estimate" ? numberCharts(picture, asked.target) : lifeCharts(picture, asked.target.unit, asked.cap);
  return html`<section aria-labelledby="h-picture"><h2 id="h-picture">${picture.kind === "estimate" ? "True and estimated" : "Predicted and true life"}</h2>${charts}</section>`;
}

function matteredSection({ mattered }: StudyReport): Markup | null {
  if (mattered.length === 0) return null;
  const most = Math.max(...mattered.map(({ share }) => share));
  const row = ({ name, share }: StudyReport["mattered"][number]) => html`<tr><th scope="row">${name}</th><td class="measure"><span class="bar" aria-hidden="true"><span style="width:${((100 * share) / most).toFixed(1)}%"></span></span>${shareText(share)}</td></tr>`;
  return html`<section aria-labelledby="h-mattered"><h2 id="h-mattered">What it leans on</h2><p class="soft">Share of what the model's answer hangs on. Inputs that say the same share it among them; leaning on something is no proof of cause.</p><div class="wide"><table class="shares"><tbody>${mattered.slice(0, 15).map(row)}</tbody></table></div></section>`;
}

function triedSection(report: StudyReport): Markup {
  const { tried, asked } = report;
  const outcome = (one: StudyReport["tried"][number]) => (one.stopped === null ? html`<td class="number">${triedFigure(one, asked.target.unit)}</td><td class="number">${intervalText(one.figure, asked.target.unit)}</td>` : html`<td class="soft" colspan="2">${one.stopped}</td>`);
  const row = (one: StudyReport["tried"][number]) => html`<tr class="${one.chosen ? "chosen" : "other"}"><th scope="row">${one.learner}${one.chosen ? html`<span class="chosen-mark">chosen</span>` : null}</th><td>${one.map}</td><td class="soft">${one.params}</td>${outcome(one)}<td class="number">${one.seconds.toFixed(1)}</td><td class="number">${one.cpuSeconds.toFixed(1)}</td><td class="number">${countText(Math.round(one.peakMiB))}</td></tr>`;
  const figure = tried[0] === undefined ? "Held out" : `${figureName(tried[0].figure.name)}, held out`;
  return html`<section aria-labelledby="h-tried"><h2 id="h-tried">What was tried</h2><p class="soft">Each was judged on blocks held out of the training data; the choice went by that alone and never saw what the figures above are of. Intervals are over the folds, widened because folds share most of what taught them.</p>
<div class="wide"><table class="tried"><thead><tr><th scope="col">Learner</th><th scope="col">Features</th><th scope="col">Parameters</th><th class="number" scope="col">${figure}</th><th class="number" scope="col">95 % interval</th><th class="number" scope="col">Seconds</th><th class="number" scope="col">CPU s</th><th class="number" scope="col">MiB</th></tr></thead><tbody>${tried.map(row)}</tbody></table></div></section>`;
}

function making(report: StudyReport): Markup {
  const { asked, model } = report;
  const { split } = asked;
  const fact = (name: string, value: Markup | string) => html`<dt>${name}</dt><dd>${value}</dd>`;
  const file = ({ name, rows, bytes, digest, use }: StudyReport["asked"]["files"][number]) => fact(`File, ${use}`, html`${name}, ${counted(rows, "row")}, ${countText(bytes)} bytes, SHA-256 <code>${digest}</code>`);
  const inputs = asked.inputs.slice(0, mostListed).join(", ") + (asked.inputs.length > mostListed ? ` and ${asked.inputs.length - mostListed} more` : "");
  return html`<section aria-labelledby="h-made"><h2 id="h-made">How this was made</h2>
<dl class="facts">
${asked.files.slice(0, mostListed).map(file)}
${asked.files.length > mostListed ? fact("And", `${countText(asked.files.length - mostListed)} more files`) : null}
${fact("Target", `${asked.target.name}${unitIn(asked.target.unit)}${asked.cap === null ? "" : `, capped at ${countText(asked.cap)}`}`)}
${fact(counted(asked.inputs.length, "input"), inputs)}
${asked.group === null ? null : fact("Group", `${asked.group}${asked.order === null ? "" : `, in the order of ${asked.order}`}`)}
${asked.lags + asked.targetLags === 0 ? null : fact("Past values", `${asked.lags} of the inputs${asked.targetLags === 0 ? "" : `, ${asked.targetLags} of the target: a forecast`}`)}
${fact("Taught", `${counted(split.trainRows, "row")} in ${counted(split.trainBlocks, "block")}; a block is ${split.block}`)}
${fact("Judged", `${judgedText(report)}${split.folds === null ? "" : `, in ${split.folds} folds`}`)}
${fact("Model", html`${modelText(report)}; ${countText(model.bytes)} bytes of ONNX, SHA-256 <code>${model.digest}</code>`)}
${fact("Cost", `the last fit ${model.fitSeconds.toFixed(2)} s; all ${report.seconds.toFixed(1)} s of ${countText(asked.budgetSeconds)} allowed, ${report.cpuSeconds.toFixed(1)} CPU seconds, ${countText(Math.round(report.peakMiB))} MiB at most`)}
${fact("Seed", String(asked.seed))}
</dl>
${leftOut(asked.leftOut)}
</section>`;
}

function leftOut(columns: StudyReport["asked"]["leftOut"]): Markup | null {
  if (columns.length === 0) return null;
  const more = columns.length > mostListed ? html`<p class="soft">And ${countText(columns.length - mostListed)} more.</p>` : null;
  return html`<h3>Columns left out</h3><div class="wide"><table><tbody>${columns.slice(0, mostListed).map(({ name, reason }) => html`<tr><th scope="row">${name}</th><td>${reason}</td></tr>`)}</tbody></table></div>${more}`;
}
