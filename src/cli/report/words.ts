import type { Interval } from "../../schema/time.ts";
import type { Trial, TrialEvent, UnknownSpan } from "../../wheel/trial.ts";
import { spanText } from "../output.ts";
import { counted, countText, shareText } from "./format.ts";

/** Judged time with a score, in microseconds. */
export const knownTime = ({ judged, period }: Trial): number => (judged.rows - judged.unknownRows) * period;

/** Share of the judged rows with a score that stood in alarm. */
export const alarmShare = ({ judged }: Trial): number => Math.min(1, judged.alarmRows / Math.max(1, judged.rows - judged.unknownRows));

/** From this share on, an alarm says more about the training stretch than about the machine. */
const mostlyInAlarm = 0.3;

/**
 * Windows side by side from which a calibrated threshold is steady. On calm made-up recordings, 16 of each
 * length, 11 windows alarmed at 0 to 16 % of the judged rows, 23 at up to 18 %, 70 and more at up to 5 %.
 */
const steadyWindows = 50;

/** What came of a trial, in one sentence. */
export function headline(trial: Trial): string {
  const known = knownTime(trial);
  const events = trial.events.length;
  if (known === 0) return "Nothing could be judged: no row has a score.";
  if (events === 0) return `No event: nothing would have alarmed in ${spanText(known)} of judged recording.`;
  const rate = events > 1 ? `, 1 every ${spanText(known / events)}` : "";
  return `${counted(events, "event")} would have alarmed in ${spanText(known)} of judged recording${rate}; in alarm ${shareText(alarmShare(trial))} of that time.`;
}

/** How far the threshold can be trusted. */
export function thresholdText({ model, training }: Trial): string {
  const taught = training.from === "head of the recording" ? `${spanText(training.end - training.start)} at the head of the recording` : counted(training.rows, "row");
  if (!model.provisional) return `The threshold was calibrated on ${model.groups} parts of ${taught}, each held out once.`;
  return training.from !== "head of the recording" && model.groups > 0
    ? `The threshold is provisional: it was calibrated on ${model.groups} parts of ${taught}, each held out once, and they are too few to bear it out.`
    : `The threshold is provisional, a stated guess: ${taught} taught, too little to hold any of it out.`;
}

/** What a reader must know before believing the headline; most weighty first. */
export function caveats(trial: Trial): string[] {
  const { judged, training, truth, unknown, signals } = trial;
  const share = alarmShare(trial);
  const lines: string[] = [];
  const sideBySide = Math.floor(training.rows / trial.window);
  if (!trial.model.provisional && sideBySide < steadyWindows) {
    lines.push(`The training stretch is short: ${sideBySide} windows side by side. With fewer than ${steadyWindows} the threshold is rough, and up to a fifth of calm rows may alarm.`);
  }
  if (share > mostlyInAlarm) {
    lines.push(
      `In alarm ${shareText(share)} of the time: either the machine changed, or the training stretch does not span how it normally runs. Another --train, longer or over a calmer stretch, tells which.`,
    );
  }
  if (judged.unknownRows > 0) lines.push(`${shareText(judged.unknownRows / judged.rows)} of the judged rows (${countText(judged.unknownRows)}) have no score and are unknown, not normal${missingText(unknown, signals)}.`);
  if (training.faultRows > 0) lines.push(`${counted(training.faultRows, "row")} of the training stretch recorded as a fault taught nothing.`);
  lines.push("No answer was used: an event is something unlike the training stretch, which may be a fault, a new product or a new season.");
  if (truth !== null) lines.push(`The recorded truth (${truth.name}) was used for the figures only${training.faultRows > 0 ? ", and to keep those rows from teaching" : ""}; neither model nor threshold saw it.`);
  return lines;
}

/** An event's length, and whether it had an end. */
export const lastedText = ({ start, end, cutOff }: TrialEvent): string => `${spanText(end - start)}${cutOff ? ", to the end" : ""}`;

export const peakText = (peak: number): string => `${peak >= 100 ? peak.toFixed(0) : peak >= 10 ? peak.toFixed(1) : peak.toFixed(2)} ×`;

/** The signals to blame for an event: those with the largest shares, until they make up most of it. */
export function blamed({ blame }: TrialEvent, most = 3): readonly TrialEvent["blame"][number][] {
  let sum = 0;
  const enough = blame.findIndex(({ share }) => (sum += share) >= 0.8);
  return blame.slice(0, Math.min(most, enough < 0 ? most : enough + 1));
}

/** A signal's share of the score. Whole percents: more would say more than is known. */
export const blameText = (share: number): string => `${Math.round(100 * share)} %`;

/** Which signals were missing longest, in words to end a sentence with. */
export function missingText(unknown: readonly UnknownSpan[], signals: Trial["signals"]): string {
  const time = new Map<number, number>();
  for (const { start, end, missing } of unknown) for (const signal of missing) time.set(signal, (time.get(signal) ?? 0) + end - start);
  const longest = [...time].toSorted((a, b) => b[1] - a[1]).slice(0, 3);
  return longest.length === 0 ? " (too few rows since a pause)" : ` (no readings of ${longest.map(([signal]) => signals[signal].name).join(", ")})`;
}

export const within = (span: Interval, { start, end }: Interval): boolean => span.start < end && span.end > start;
