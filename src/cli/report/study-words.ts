import type { NamedFigure } from "../../prove/figure.ts";
import type { StudyReport, StudyTried } from "../../wheel/study-report.ts";
import { harmless, table } from "../table.ts";
import { counted, countText, shareText } from "./format.ts";
import { figureName, intervalText, studyLines, valueText } from "./study-lines.ts";

/** What came of a study, in a sentence or two: not a number where there is not enough evidence for one. */
export function studyHeadline(report: StudyReport): string {
  const { skill, figures, asked } = report;
  if (!skill.enough) return skill.words;
  const lead = figures.find(({ value }) => value !== null);
  if (lead === undefined || lead.value === null) return "Nothing could be judged.";
  const { unit } = asked.target;
  const range = lead.low === null ? "" : ` (95 % interval ${intervalText(lead, unit)})`;
  const chance = lead.chance === null ? "" : `; knowing nothing gets ${valueText(lead, lead.chance, unit)}`;
  const of = asked.positive !== null && lead.name === "f1" ? ` of ${asked.positive}` : "";
  return `${figureName(lead.name)}${of} ${valueText(lead, lead.value, unit)}${range} on ${judgedText(report)}${chance}.`;
}

/** `1,234 held-out rows in 40 blocks`. */
export function judgedText({ asked, skill }: StudyReport): string {
  const { split } = asked;
  if (split.judges === "group") return counted(split.judged, "held-out group");
  // Rows that were dealt out one by one are each a block of their own.
  const units = skill.blocks === split.judged ? "" : ` in ${counted(skill.blocks, asked.group === null ? "block" : "group")}`;
  return `${counted(split.judged, "held-out row")}${units}`;
}

/** What the model is, in words. */
export function modelText({ model: { parts } }: StudyReport): string {
  return parts.map(({ learner, map, weight }) => `${parts.length === 1 ? "" : `${shareText(weight)} `}${learner} on ${map}`).join(", ");
}

export const triedText = ({ learner, map, params }: StudyTried): string => `${learner} on ${map}${params === "" ? "" : `, ${params}`}`;

/** How it went, or why it did not. */
export function triedFigure({ figure, stopped }: StudyTried, unit: string | null): string {
  return stopped ?? (figure.value === null ? "unknown" : valueText(figure, figure.value, unit));
}

/** What is printed of a study, made harmless for a terminal. */
export function studyText(report: StudyReport): string[] {
  const { asked, tried, mattered, caveats, picture } = report;
  const { unit } = asked.target;
  const figures = studyLines(report).map(({ name, value, interval, chance }) => [name, value, interval, chance]);
  return [
    harmless(studyHeadline(report), 600),
    ...(report.skill.enough ? [harmless(report.skill.words, 600)] : []),
    ...caveats.filter(({ code }) => code !== "not-enough-evidence").map(({ text }) => `- ${harmless(text, 600)}`),
    "",
    ...table([report.skill.enough ? "figure" : "figure (not known from chance)", "value", "95 % interval", "chance"], figures),
    harmless(`On ${judgedText(report)}${asked.split.unknown === 0 ? "" : `; ${countText(asked.split.unknown)} unknown`}. ${asked.split.words}`, 600),
    ...(picture.kind === "classify" ? ["", ...confusionText(picture)] : []),
    "",
    ...table(["tried", heldOut(tried), "95 % interval", "seconds", "CPU s", "MiB", ""], tried.map((one) => [triedText(one), triedFigure(one, unit), one.stopped === null ? intervalText(one.figure, unit) : "", one.seconds.toFixed(1), one.cpuSeconds.toFixed(1), String(Math.round(one.peakMiB)), one.chosen ? "chosen" : ""])),
    harmless(`Model: ${modelText(report)}; the last fit took ${report.model.fitSeconds.toFixed(1)} s, all of it ${report.seconds.toFixed(1)} s.`, 600),
    ...(mattered.length === 0 ? [] : ["", ...table(["what it leans on", "share"], mattered.slice(0, 8).map(({ name, share }) => [name, shareText(share)]))]),
  ];
}

function heldOut(tried: readonly StudyTried[]): string {
  const first = tried[0];
  return first === undefined ? "held out" : `${figureName(first.figure.name)}, held out of training`;
}

// A wider table than this is read in the report.
const mostClasses = 10;

function confusionText({ classes, counts, perClass }: Extract<StudyReport["picture"], { kind: "classify" }>): string[] {
  const width = classes.length + 1;
  if (classes.length > mostClasses) {
    const worst = perClass.filter(({ recall }) => recall !== null).toSorted((a, b) => (a.recall ?? 0) - (b.recall ?? 0)).slice(0, 5);
    return table(["classes that fare worst", "rows", "found"], worst.map(({ name, rows, recall }) => [name, countText(rows), shareText(recall ?? NaN)]));
  }
  const none = counts.some((count, at) => count > 0 && (at % width === classes.length || at >= classes.length * width));
  const names = none ? [...classes, "none of these"] : classes;
  const truths = names.flatMap((name, row) => (perClass[row].rows > 0 ? [{ name, row }] : []));
  return table(["true \\ said", ...names.map((name) => harmless(name, 14)), "found"], truths.map(({ name, row }) => [name, ...names.map((_, column) => countText(counts[row * width + column])), shareText(perClass[row].recall ?? NaN)]));
}

/** What `--json` prints of a study: everything but the courses that pictures are drawn from. */
export function studyFacts(report: StudyReport) {
  const { kind, asked, tried, model, figures, skill, mattered, picture, caveats, seconds, cpuSeconds, peakMiB } = report;
  return {
    kind,
    headline: studyHeadline(report),
    enough: skill.enough,
    asked,
    figures: Object.fromEntries(figures.map((figure) => [figure.name, plainFigure(figure)])),
    evidence: skill,
    tried: tried.map(({ figure, ...one }) => ({ ...one, figure: { name: figure.name, ...plainFigure(figure) } })),
    model,
    mattered,
    ...(picture.kind === "classify" ? { confusion: { classes: picture.classes, counts: rowsOf(picture.counts, picture.classes.length + 1) }, chance: picture.chance, perClass: picture.perClass } : {}),
    ...(picture.kind === "remaining-life" ? { judged: picture.judged } : {}),
    caveats,
    seconds,
    cpuSeconds,
    peakMiB,
  };
}

const plainFigure = ({ value, low, high, chance }: NamedFigure) => ({ value, low, high, chance });
const rowsOf = (counts: Float64Array, width: number): number[][] => Array.from({ length: width }, (_, row) => Array.from(counts.subarray(row * width, (row + 1) * width)));
