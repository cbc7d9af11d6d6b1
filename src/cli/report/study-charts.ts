import type { ClassPicture, LifePicture, NumberPart, NumberPicture } from "../../wheel/study-report.ts";
import { counted, countText, numberText, shareText, unitText } from "./format.ts";
import { html, type Markup } from "./markup.ts";
import { courseTicks, cut, thinCourse, valueRange, type Ends } from "./study-courses.ts";
import { axes, dots, drawing, frame, rangeOf, ribbon, strokes, type Frame, type Range } from "./xy-plot.ts";

/** Classes shown as a table of all against all; of more, only the pairs that are mixed up most. */
const mostInMatrix = 24;
const mostPairs = 12;
const mostDots = 3000;
const mostParts = 8;

/** Which class was taken for which: a row a truth, shaded by its share of the row. */
export function confusionTable({ classes, counts, perClass }: ClassPicture): Markup {
  if (classes.length > mostInMatrix) return confusedPairs({ classes, counts, perClass });
  const width = classes.length + 1;
  const none = counts.some((count, at) => count > 0 && (at % width === classes.length || at >= classes.length * width));
  const names = none ? [...classes, "none of these"] : [...classes];
  const cell = (row: number, column: number) => {
    const [count, rows] = [counts[row * width + column], perClass[row].rows];
    const share = rows === 0 ? 0 : count / rows;
    const kind = row === column ? "heat right" : "heat wrong";
    return html`<td class="${count === 0 ? "heat none" : kind}" style="--heat:${(0.08 + 0.72 * share).toFixed(3)}">${count === 0 ? "·" : countText(count)}</td>`;
  };
  const truths = names.flatMap((name, row) => (perClass[row].rows > 0 ? [{ name, row }] : []));
  const body = truths.map(({ name, row }) => html`<tr><th scope="row">${name}</th>${names.map((_, column) => cell(row, column))}<td class="number soft">${countText(perClass[row].rows)}</td></tr>`);
  return html`<div class="wide"><table class="confusion"><thead><tr><th scope="col">True, down; said, across</th>${names.map((name) => html`<th class="number" scope="col">${name}</th>`)}<th class="number" scope="col">All</th></tr></thead><tbody>${body}</tbody></table></div>`;
}

function confusedPairs({ classes, counts, perClass }: Pick<ClassPicture, "classes" | "counts" | "perClass">): Markup {
  const width = classes.length + 1;
  const nameOf = (at: number) => classes[at] ?? "none of these";
  const wrong = Array.from(counts.keys()).filter((at) => counts[at] > 0 && Math.floor(at / width) !== at % width);
  const pairs = wrong.toSorted((a, b) => counts[b] - counts[a]).slice(0, mostPairs);
  const row = (at: number) => {
    const truth = Math.floor(at / width);
    return html`<tr><td>${nameOf(truth)}</td><td>${nameOf(at % width)}</td><td class="number">${countText(counts[at])}</td><td class="number">${shareText(counts[at] / perClass[truth].rows)}</td></tr>`;
  };
  return html`<p class="soft">${counted(classes.length, "class", "classes")}: the ${pairs.length} pairs mixed up most.</p><div class="wide"><table><thead><tr><th scope="col">True</th><th scope="col">Taken for</th><th class="number" scope="col">Decisions</th><th class="number" scope="col">Of the class</th></tr></thead><tbody>${pairs.map(row)}</tbody></table></div>`;
}

/** How each class fared, as bars beside the numbers. */
export function classBars({ perClass, classes }: ClassPicture): Markup {
  const shown = perClass.filter(({ rows }, at) => at < classes.length || rows > 0);
  const bar = (share: number | null) => (share === null ? html`<td class="number soft">–</td>` : html`<td class="measure"><span class="bar" aria-hidden="true"><span style="width:${(100 * share).toFixed(1)}%"></span></span>${(100 * share).toFixed(1)} %</td>`);
  const row = ({ name, rows, recall, precision, f1 }: (typeof shown)[number]) => html`<tr><th scope="row">${name}</th><td class="number">${countText(rows)}</td>${bar(recall)}${bar(precision)}<td class="number">${f1 === null ? "–" : f1.toFixed(3)}</td></tr>`;
  return html`<div class="wide"><table class="classes"><thead><tr><th scope="col">Class</th><th class="number" scope="col">Decisions</th><th scope="col">Found (recall)</th><th scope="col">Right when said (precision)</th><th class="number" scope="col">F1</th></tr></thead><tbody>${shown.map(row)}</tbody></table></div>`;
}

/** True and estimated values over time, a chart a file, and one against the other. */
export function numberCharts({ parts, zone }: NumberPicture, target: { readonly name: string; readonly unit: string | null }): Markup {
  const charts = parts.slice(0, mostParts).map((part, at) => html`<figure>${part.name === "" ? null : html`<figcaption>${part.name}</figcaption>`}<div class="wide">${courseChart(part, `course-${at}`, 1060, 290, { x: zone === null ? "row" : `time, ${zone}`, y: named("", target.unit) || "value" }, zone)}</div></figure>`);
  const more = parts.length > mostParts ? html`<p class="soft">And ${countText(parts.length - mostParts)} more files.</p>` : null;
  const [truth, predicted] = [join(parts.map((part) => part.truth)), join(parts.map((part) => part.predicted))];
  return html`${charts}${courseLegend("estimated")}${more}<div class="pair"><figure><figcaption>Estimated against true: on the diagonal they agree.</figcaption>${agreement("scatter", truth, predicted, null, { x: named("true", target.unit), y: named("estimated", target.unit) })}</figure>${errorFigure(truth, predicted, named("estimated − true", target.unit))}</div>`;
}

/** Where each group was judged, and a few of them over their life. */
export function lifeCharts({ judged, courses }: LifePicture, unit: string | null, cap: number | null): Markup {
  const of = (pick: (one: LifePicture["judged"][number]) => number) => Float64Array.from(judged, pick);
  const ends: Ends = { low: of(({ low }) => low), high: of(({ high }) => high) };
  const [truth, predicted] = [of((one) => one.truth), of((one) => one.predicted)];
  const names = { x: named("true remaining life", unit), y: named("predicted", unit) };
  const small = courses.map((part, at) => html`<figure class="close"><figcaption>${part.name}</figcaption>${courseChart(part, `course-${at}`, 520, 240, { x: "age", y: named("remaining life", unit) }, null)}</figure>`);
  const course = courses.length === 0 ? null : html`<h3>Over life</h3><p class="soft">A few groups of different length, from young to old${cap === null ? "" : `; answers are capped at ${countText(cap)}`}.</p><div class="pair">${small}</div>${courseLegend("predicted")}`;
  return html`<div class="pair"><figure><figcaption>Predicted against true, with the interval the model gave. Above the diagonal it was too hopeful: late, which is the dear side.</figcaption>${agreement("life", truth, predicted, ends, names)}</figure>${errorFigure(truth.map((value) => Math.min(value, cap ?? Infinity)), predicted, named(cap === null ? "predicted − true" : "predicted − capped truth", unit))}</div>${course}`;
}

function courseChart(part: NumberPart, id: string, width: number, height: number, names: { x: string; y: string }, zone: string | null): Markup {
  const course = thinCourse(part);
  const span: Range = rangeOf([course.at], 0);
  const at = frame(width, height, span, valueRange(course));
  const clipped = (values: Float64Array) => cut(values, at.range.y);
  const draw = ({ low, high }: Ends, kind: string) => ribbon(at, course.at, course.thinned ? clipped(low) : clipped(high), clipped(high), course.thinned ? `${kind} filled` : kind, course.breaks);
  const line = ({ low, high }: Ends, kind: string) => (course.thinned ? draw({ low, high }, kind) : lineOf(at, course.at, clipped(high), kind, course.breaks));
  const description = `${countText(part.at.length)} decisions; true and predicted values with the interval given.`;
  return drawing(id, at, part.name === "" ? "True and estimated values" : part.name, description, [
    axes(at, names, courseTicks(at.range.x, zone)),
    ribbon(at, course.at, clipped(course.band.low), clipped(course.band.high), "interval", course.breaks),
    line(course.predicted, "said"),
    line(course.truth, "score-line"),
  ]);
}

/** A line is a band whose sides are the same. */
const lineOf = (at: Frame, xs: Float64Array, ys: Float64Array, kind: string, breaks: ReadonlySet<number>): Markup => ribbon(at, xs, ys, ys, kind, breaks);

/** Dots of answers against truths on one scale, and the diagonal. */
function agreement(id: string, truth: Float64Array, predicted: Float64Array, interval: Ends | null, names: { x: string; y: string }): Markup {
  const step = Math.max(1, Math.ceil(truth.length / mostDots));
  const kept = (values: Float64Array) => values.filter((_, at) => at % step === 0);
  const [x, y] = [kept(truth), kept(predicted)];
  const range = rangeOf([x, y]);
  const at = frame(560, 480, range, range);
  const description = `${countText(x.length)} decisions${step > 1 ? `, every ${step}th` : ""}.`;
  const { least, most } = at.range.x;
  return drawing(id, at, "Predicted against true values", description, [
    axes(at, names),
    html`<path class="diagonal" d="M${at.x(least)} ${at.y(least)}L${at.x(most)} ${at.y(most)}"/>`,
    ...(interval === null ? [] : [strokes(at, x, cut(kept(interval.low), range), cut(kept(interval.high), range), "whisker")]),
    dots(at, x, y, x.length > 500 ? "dot many" : "dot"),
  ]);
}

/** How often errors of which size were made. */
function errorFigure(truth: Float64Array, predicted: Float64Array, name: string): Markup {
  const errors = predicted.map((value, at) => value - truth[at]).filter((error) => Number.isFinite(error)).sort();
  // The outermost half percent at either end is put in the last bar, so that one outlier does not flatten the rest.
  const [least, most] = [errors[Math.floor(0.005 * errors.length)] ?? -1, errors[Math.ceil(0.995 * errors.length) - 1] ?? 1];
  const reach = Math.max(Math.abs(least), Math.abs(most)) || 1;
  const bars = Math.min(41, Math.max(9, 2 * Math.floor(Math.sqrt(errors.length) / 2) + 1));
  const counts = new Float64Array(bars);
  for (const error of errors) counts[Math.min(bars - 1, Math.max(0, Math.floor(((error + reach) / (2 * reach)) * bars)))]++;
  const at = frame(560, 480, { least: -reach, most: reach }, { least: 0, most: 1.06 * Math.max(1, ...counts) });
  const wide = (at.right - at.left) / bars;
  const columns = Array.from(counts, (count, bar) => html`<rect class="column" x="${(at.left + bar * wide + 0.5).toFixed(1)}" y="${at.y(count).toFixed(1)}" width="${(wide - 1).toFixed(1)}" height="${(at.bottom - at.y(count)).toFixed(1)}"/>`);
  const middle = html`<path class="diagonal" d="M${at.x(0)} ${at.top}V${at.bottom}"/>`;
  return html`<figure><figcaption>Errors by size: how many of ${countText(errors.length)} decisions.</figcaption>${drawing("errors", at, "Errors by size", `Half of them lie within ${numberText(quantileOf(errors.map(Math.abs).sort(), 0.5))} of the truth, nine of ten within ${numberText(quantileOf(errors.map(Math.abs).sort(), 0.9))}.`, [axes(at, { x: name, y: "decisions" }), ...columns, middle])}</figure>`;
}

const quantileOf = (sorted: Float64Array, share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;

function courseLegend(said: string): Markup {
  const key = (kind: string, text: string) => html`<li><svg viewBox="0 0 26 12" aria-hidden="true">${kind === "interval" ? html`<rect class="interval" width="26" height="12"/>` : html`<line class="${kind}" x1="0" x2="26" y1="6" y2="6"/>`}</svg>${text}</li>`;
  return html`<ul class="legend">${key("score-line", "true")}${key("said", said)}${key("interval", "interval the model gave")}</ul>`;
}

const named = (name: string, unit: string | null): string => [name, unit === null || unit === "" ? "" : unitText(unit)].filter((part) => part !== "").join(", ");

function join(arrays: readonly Float64Array[]): Float64Array {
  const joined = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const values of arrays) {
    joined.set(values, at);
    at += values.length;
  }
  return joined;
}
