import type { Trial } from "../../wheel/trial.ts";
import { vusBuffer, type Figure } from "../../wheel/trial-truth.ts";
import { spanText } from "../output.ts";
import { countText, shareText } from "./format.ts";

/** One figure of a trial with recorded truth, as text, beside what knowing nothing would get. */
export interface FigureLine {
  readonly name: string;
  readonly value: string;
  /** 95 %; "–" where nobody can say. */
  readonly interval: string;
  readonly chance: string;
  readonly meaning: string;
}

/** The figures in reading order. Empty when the judged rows hold no fault and no normal row to hold alarms against. */
export function figureLines(truth: NonNullable<Trial["truth"]>): FigureLine[] {
  const { faults, found, falseAlarms, falseAlarmsPerDay, delay, f1, alwaysF1, falseAlarmRate, missedAlarmRate, vusPr, aucPr } = truth.figures;
  const line = (name: string, { value, low, high, chance }: Figure, text: (value: number) => string, meaning: string): FigureLine[] =>
    value === null ? [] : [{ name, value: text(value), interval: low === null || high === null ? "–" : `${text(low).replace(/ of \d+$/, "")} to ${text(high).replace(/ of \d+$/, "")}`, chance: chance === null ? "–" : text(chance), meaning }];
  const plain = (value: number) => value.toFixed(3);
  const rate = (value: number) => (value >= 10 ? countText(Math.round(value)) : String(Number(value.toFixed(1))));
  return [
    ...(faults === 0 ? [] : line("Faults found", found, (value) => `${Number(value.toFixed(1))} of ${faults}`, "recorded faults in which an alarm stood; chance: the same alarms at random times")),
    ...line("False alarms a day", falseAlarmsPerDay, rate, `${countText(falseAlarms)} in all; chance: the same alarms at random times`),
    ...line("Delay", delay, spanText, "from the start of a found fault to its alarm, mean; chance: the same alarms at random times"),
    ...line("F1 of rows", f1, plain, `1 is best; chance: as many alarm rows strewn at random${alwaysF1 === null ? "" : `; an alarm that always stands gets ${plain(alwaysF1)}`}`),
    ...line("False alarm rate", falseAlarmRate, shareText, "share of the normal rows in alarm; chance: as many alarm rows strewn at random"),
    ...line("Missed alarm rate", missedAlarmRate, shareText, "share of the fault rows without an alarm; chance: as many alarm rows strewn at random"),
    ...line("VUS-PR", vusPr, plain, `how well scores rank the rows, without any threshold, borders softened by up to ${vusBuffer} rows; 1 is best; chance: random scores`),
    ...line("AUC-PR", aucPr, plain, "the same with hard borders, which is harsh on labels that are off by some rows; 1 is best; chance: the share of fault rows"),
  ];
}
