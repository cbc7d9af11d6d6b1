import { join } from "node:path";
import { dataDirectory } from "./recordings.ts";

/** What one set is asked, in the words of the command line, and which figures of the answer count. */
export interface AccuracySet {
  readonly key: string;
  readonly words: readonly string[];
  /** Of the answer's JSON. */
  readonly figures: (answer: StudyAnswer) => Record<string, number | null>;
  readonly goals: readonly { readonly figure: string; readonly atLeast?: number; readonly atMost?: number; readonly cause?: string }[];
  /** Whether the peers learn from the same rows, to be beaten or to be shown beside. */
  readonly peers: "goal" | "beside" | null;
}

/** The parts of `--json` that are read here; see docs/reference/try.md. */
export interface StudyAnswer {
  readonly enough: boolean;
  readonly figures: Readonly<Record<string, { readonly value: number | null; readonly low: number | null; readonly high: number | null; readonly chance: number | null } | undefined>>;
  readonly model: { readonly fitSeconds: number; readonly parts: readonly { readonly learner: string; readonly map: string; readonly weight: number }[] };
  readonly perClass?: readonly { readonly name: string; readonly recall: number | null }[];
  readonly asked: { readonly split: { readonly judgedBlocks: number } };
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

const at = (path: string): string => join(dataDirectory, path);
const value = (answer: StudyAnswer, name: string): number | null => answer.figures[name]?.value ?? null;
const intervalOf = (answer: StudyAnswer, name: string) => ({ low: answer.figures[name]?.low ?? null, high: answer.figures[name]?.high ?? null });
const years = (...of: number[]): string[] => of.map((year) => at(`gas-turbine-emissions/gt_${year}.csv`));

/** Faults of the Tennessee Eastman process that are hardly visible, and the normal run: by common practice left out of means. Files say 03, classes 3. */
const invisible = [0, 3, 9, 15];

function lifeSet(name: string, rmse: number, score?: number): AccuracySet {
  const file = (part: string): string => at(`cmapss/${part}_${name}.txt.gz`);
  return {
    key: name.toLowerCase(),
    words: ["remaining-life", "--train", file("train"), "--test", file("test"), "--truth", file("RUL"), "--group", "c1", "--order", "c2", "--cap", "125"],
    figures: (answer) => ({ rmse: value(answer, "rmseCapped"), rmseRaw: value(answer, "rmseRaw"), score: value(answer, "scoreCapped"), scoreRaw: value(answer, "scoreRaw"), ...intervalOf(answer, "rmseCapped"), chance: answer.figures.rmseCapped?.chance ?? null, fitSeconds: answer.model.fitSeconds }),
    goals: [{ figure: "rmse", atMost: rmse }, { figure: "fitSeconds", atMost: 5, cause: "boosted trees on two cores; the speed bench tells where their time goes" }, ...(score === undefined ? [] : [{ figure: "score", atMost: score }])],
    peers: null,
  };
}

function estimateSet(key: string, words: readonly string[], peers: AccuracySet["peers"] = "goal"): AccuracySet {
  return {
    key,
    words: ["estimate", ...words],
    figures: (answer) => ({ rmse: value(answer, "rmse"), ...intervalOf(answer, "rmse"), chance: answer.figures.rmse?.chance ?? null, coverage: value(answer, "coverage") }),
    goals: [],
    peers,
  };
}

/** One set of defaults for all: what a set is asked says what its data are, never how to learn them. */
export const accuracySets: readonly AccuracySet[] = [
  {
    key: "tepClassify",
    // Rows 161 on of the files that judge: the fault is there from then on. Twenty past rows are an hour.
    words: ["classify", "--train", at("tennessee-eastman/d??.dat"), "--test", at("tennessee-eastman/d??_te.dat"), "--rows", "test:161..", "--target", "file:d(\\d+)", "--lag", "20"],
    figures(answer) {
      const recalls = (answer.perClass ?? []).filter(({ recall }) => recall !== null);
      const mean = (of: typeof recalls) => (of.length === 0 ? null : of.reduce((sum, { recall }) => sum + (recall ?? 0), 0) / of.length);
      return { recall: mean(recalls.filter(({ name }) => !invisible.includes(Number(name)))), recallAll: mean(recalls), chance: answer.figures.balancedAccuracy?.chance ?? null };
    },
    goals: [{ figure: "recall", atLeast: 0.9 }],
    peers: null,
  },
  lifeSet("FD001", 12.3, 230),
  lifeSet("FD003", 11.8),
  {
    key: "steelPlates",
    words: ["classify", "--train", at("steel-plates-faults/faults.csv"), "--target", "failure.type", "--exclude", "target", "--folds", "10", "--stratified"],
    figures: (answer) => ({ accuracy: value(answer, "accuracy"), ...intervalOf(answer, "accuracy"), chance: answer.figures.accuracy?.chance ?? null }),
    goals: [{ figure: "accuracy", atLeast: 0.8 }],
    peers: null,
  },
  {
    key: "ai4i",
    words: ["classify", "--train", at("ai4i-2020/ai4i2020.csv"), "--target", "Machine_failure", "--exclude", "UDI,Product ID,TWF,HDF,PWF,OSF,RNF", "--folds", "5", "--stratified"],
    figures: (answer) => ({ f1: value(answer, "f1"), ...intervalOf(answer, "f1"), chance: answer.figures.f1?.chance ?? null }),
    goals: [{ figure: "f1", atLeast: 0.89 }],
    peers: null,
  },
  estimateSet("debutanizer", ["--train", at("debutanizer/debutanizer_data.txt"), "--test", at("debutanizer/debutanizer_data.txt"), "--rows", "train:1..1197,test:1198..", "--target", "c8", "--lag", "16"]),
  estimateSet("kamyr", ["--train", at("kamyr-digester/kamyr-digester.csv"), "--test", at("kamyr-digester/kamyr-digester.csv"), "--rows", "train:1..226,test:227..", "--target", "Y-Kappa", "--exclude", "Observation", "--time", "none"]),
  estimateSet("turbineNox", ["--train", ...years(2011, 2012, 2013), "--test", ...years(2014), "--target", "NOX", "--exclude", "CO"]),
  estimateSet("turbineCo", ["--train", ...years(2011, 2012, 2013), "--test", ...years(2014), "--target", "CO", "--exclude", "NOX"]),
  estimateSet("uniwear", ["--train", at("uniwear-tool-wear/uniwear.csv"), "--target", "tool_wear", "--group", "experiment_tag", "--order", "timestamp", "--exclude", "column 1,dataset_tag", "--folds", "12"], "beside"),
  {
    key: "cwru",
    // One recording a class: blocks held out of each, never windows among their neighbours. Files of two channels beside files of three: two are looked at.
    words: ["classify", "--train", at("cwru-bearing/*.csv.gz"), "--target", "file", "--window", "2048", "--folds", "5"],
    figures: (answer) => ({ accuracy: value(answer, "accuracy"), ...intervalOf(answer, "accuracy"), chance: answer.figures.accuracy?.chance ?? null }),
    goals: [{ figure: "accuracy", atLeast: 1 }],
    peers: null,
  },
  {
    key: "pronostia",
    // A snapshot is a burst; the life of a bearing is counted in snapshots of 10 s. Each bearing is judged by the others.
    words: ["remaining-life", "--train", at("pronostia-bearing/Learning_set/*/acc_*.csv.gz"), "--group", "folder", "--order", "file:acc_(\\d+)", "--exclude", "c1,c2,c3,c4", "--time", "none", "--window", "2560", "--folds", "6"],
    figures: (answer) => ({ rmse: value(answer, "rmseRaw"), ...intervalOf(answer, "rmseRaw"), chance: answer.figures.rmseRaw?.chance ?? null }),
    goals: [],
    peers: "beside",
  },
];
