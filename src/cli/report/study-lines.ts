import type { Figure, FigureName, NamedFigure } from "../../prove/figure.ts";
import type { StudyReport } from "../../wheel/study-report.ts";
import { numberText, unitText } from "./format.ts";

/** One figure of a study as text, beside its interval and what knowing nothing would get. */
export interface StudyLine {
  readonly name: string;
  readonly value: string;
  /** "91.2 to 95.0 %"; "–" where there is none. */
  readonly interval: string;
  readonly chance: string;
  readonly meaning: string;
}

/** How a figure is written: a share in percent, a plain number from 0 to 1, one in the target's unit, or a sum. */
type Written = "share" | "plain" | "unit" | "sum";

interface FigureWords {
  readonly name: string;
  readonly written: Written;
  readonly meaning: string;
}

const words: Readonly<Record<FigureName, FigureWords>> = {
  accuracy: { name: "Accuracy", written: "share", meaning: "share of the decisions that are right" },
  balancedAccuracy: { name: "Balanced accuracy", written: "share", meaning: "mean over classes of the share found: each class counts as much as any other" },
  macroF1: { name: "Macro F1", written: "plain", meaning: "mean over classes of F1; 1 is best" },
  worstRecall: { name: "Worst-class recall", written: "share", meaning: "share found of the class that fares worst" },
  rejected: { name: "None of these", written: "share", meaning: "share of the decisions that name no class" },
  f1: { name: "F1", written: "plain", meaning: "balance of found and false of this class; 1 is best; chance: always saying so" },
  precision: { name: "Precision", written: "share", meaning: "share of the times it was said that were right" },
  recall: { name: "Recall", written: "share", meaning: "share of this class that was found" },
  rmse: { name: "RMSE", written: "unit", meaning: "root of the mean squared error; chance: always saying the training mean" },
  mae: { name: "MAE", written: "unit", meaning: "mean size of the error" },
  r2: { name: "R²", written: "plain", meaning: "share of the squared distance from the TRAINING mean that is explained; 1 is best" },
  r2OfJudged: { name: "R² about the judged mean", written: "plain", meaning: "the textbook's: held against the mean of the judged rows, which nobody knew" },
  bias: { name: "Bias", written: "unit", meaning: "mean of estimated minus true" },
  coverage: { name: "Interval coverage", written: "share", meaning: "share of the truths inside the interval that the model gave" },
  width: { name: "Interval width", written: "unit", meaning: "mean width of that interval" },
  rmseCapped: { name: "RMSE, capped truth", written: "unit", meaning: "root of the mean squared error" },
  rmseRaw: { name: "RMSE, raw truth", written: "unit", meaning: "the same with the truth as recorded" },
  scoreCapped: { name: "PHM08 score, capped truth", written: "sum", meaning: "sum of penalties, late worse than early; 0 is best; grows with the number of decisions" },
  scoreRaw: { name: "PHM08 score, raw truth", written: "sum", meaning: "the same with the truth as recorded" },
  maeCapped: { name: "MAE, capped truth", written: "unit", meaning: "mean size of the error" },
  maeRaw: { name: "MAE, raw truth", written: "unit", meaning: "the same with the truth as recorded" },
};

export const figureName = (name: FigureName): string => words[name].name;

/** The figures of a study in reading order; those of nothing left out, raw truth too where there is no cap. */
export function studyLines({ figures, asked }: Pick<StudyReport, "figures" | "asked">): StudyLine[] {
  const uncapped = asked.cap === null;
  return figures.flatMap((figure): StudyLine[] => {
    if (figure.value === null || (uncapped && figure.name.endsWith("Capped"))) return [];
    const { meaning } = words[figure.name];
    const chance = figure.chance === null ? "–" : valueText(figure, figure.chance, asked.target.unit);
    return [{ name: nameOf(figure, asked), value: valueText(figure, figure.value, asked.target.unit), interval: intervalText(figure, asked.target.unit), chance, meaning }];
  });
}

function nameOf({ name }: NamedFigure, { positive, cap }: StudyReport["asked"]): string {
  const plain = figureName(name);
  if (positive !== null && (name === "f1" || name === "precision" || name === "recall")) return `${plain} of ${positive}`;
  return cap === null ? plain.replace(", raw truth", "") : plain;
}

/** A figure's value, or its chance level, with its unit: `93.4 %`, `0.812`, `12.31 cycles`. */
export function valueText(figure: NamedFigure, value: number, unit: string | null): string {
  const { written } = words[figure.name];
  return `${bare(written, value, figure)}${tailOf(written, unit)}`;
}

/** `91.2 to 95.0 %`; `–` without an interval. */
export function intervalText(figure: NamedFigure, unit: string | null): string {
  if (figure.low === null || figure.high === null) return "–";
  const { written } = words[figure.name];
  return `${bare(written, figure.low, figure)} to ${bare(written, figure.high, figure)}${tailOf(written, unit)}`;
}

const tailOf = (written: Written, unit: string | null): string => (written === "share" ? " %" : written === "unit" && unit !== null && unit !== "" ? ` ${unitText(unit)}` : "");

function bare(written: Written, value: number, like: Figure): string {
  if (written === "share") return (100 * value).toFixed(1);
  if (written === "plain") return value.toFixed(3);
  // The ends of an interval and chance get as many decimals as the value: four digits of the largest of value and ends.
  const size = Math.max(...[like.value, like.low, like.high].map((end) => Math.abs(end ?? 0)));
  if (size === 0 || Math.abs(value) >= 1e9) return numberText(value);
  const decimals = Math.min(9, Math.max(0, 3 - Math.floor(Math.log10(size))));
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
