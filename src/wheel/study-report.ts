import type { TargetKind } from "../learn/learner.ts";
import type { ClassChance } from "../prove/class-evidence.ts";
import type { NamedFigure } from "../prove/figure.ts";
import type { Skill } from "../prove/skill.ts";

/** A file that was read. `digest` is the SHA-256 of its bytes. */
export interface ReportedFile {
  readonly name: string;
  readonly digest: string;
  readonly bytes: number;
  readonly rows: number;
  readonly use: "train" | "test" | "truth";
}

/** What was asked, and of which data. */
export interface StudyAsked {
  readonly files: readonly ReportedFile[];
  /** The unit of a number, "cycles" or "h" of a remaining life; `null` where nobody said, and of classes. */
  readonly target: { readonly name: string; readonly unit: string | null };
  /** Columns that were given to the learners. */
  readonly inputs: readonly string[];
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
  /** Names of columns; `null` where none was named. */
  readonly group: string | null;
  readonly order: string | null;
  /** Past values of the inputs, and of the target, that each row was given. Target lags make it a forecast. */
  readonly lags: number;
  readonly targetLags: number;
  /** Caps the truth of a remaining life; `null` for none and for other kinds. */
  readonly cap: number | null;
  /** The class whose F1, precision and recall are given apart; `null` for none and for other kinds. */
  readonly positive: string | null;
  readonly split: StudySplit;
  readonly seed: number;
  readonly budgetSeconds: number;
}

/** How rows were held out, and how many there were of what. */
export interface StudySplit {
  /** Files of their own, the last blocks of the time order, or every block held out once. */
  readonly how: "test-files" | "exam-at-the-end" | "folds";
  /** How many folds; `null` where there are none. */
  readonly folds: number | null;
  /** How training and judging were kept apart, and why so, in a sentence. */
  readonly words: string;
  /** What a block is, in words: "500 rows", "1 h", "a group of unit", "a row". */
  readonly block: string;
  /** Blocks come in time order and neighbours may resemble each other. */
  readonly ordered: boolean;
  readonly trainBlocks: number;
  readonly judgedBlocks: number;
  readonly trainRows: number;
  /** What one decision is about: a row, or a group of rows. */
  readonly judges: "row" | "group";
  /** Decisions held against a truth, and those of unknown truth or without an answer. */
  readonly judged: number;
  readonly unknown: number;
}

/** One learner on one feature map with one set of parameters, judged on held-out training blocks alone. */
export interface StudyTried {
  readonly learner: string;
  readonly map: string;
  /** Parameters in words, "" where there are none. */
  readonly params: string;
  /** Held out of the training blocks, with its interval over the folds (`foldInterval`), and its chance level among the same blocks. */
  readonly figure: NamedFigure;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly chosen: boolean;
  /** Why it was not finished or could not learn, in words; `null` when it was. */
  readonly stopped: string | null;
}

/** The model that was judged: one or several learners, whose answers are weighed and added. */
export interface StudyModel {
  readonly parts: readonly { readonly learner: string; readonly map: string; readonly params: string; readonly weight: number }[];
  /** Of the ONNX file. */
  readonly digest: string;
  readonly bytes: number;
  /** Rows that taught: fewer than could have where those were too many to hold. */
  readonly taughtRows: number;
  /** The last fit, on all training blocks, and a single decision through the ONNX file. */
  readonly fitSeconds: number;
  readonly decisionMicros: number | null;
}

/** How many of the rows of a truth were given which answer. */
export interface ClassPicture {
  readonly kind: "classify";
  readonly classes: readonly string[];
  /** Truth × answer, row-major, (classes + 1)²; the last of each is "none of these". */
  readonly counts: Float64Array;
  /** What those get who always say the class taught most often, and who draw one as often as it was taught. */
  readonly chance: { readonly mostFrequent: ClassChance; readonly byPrior: ClassChance };
  readonly perClass: readonly { readonly name: string; readonly rows: number; readonly precision: number | null; readonly recall: number | null; readonly f1: number | null }[];
}

/** Numbers over the order of the rows. All arrays of one part have one length; NaN where unknown. */
export interface NumberPart {
  /** What the part is of: a file, a group; "" where there is but one. */
  readonly name: string;
  /** Times in UTC microseconds, or row numbers: ascending. */
  readonly at: Float64Array;
  readonly truth: Float64Array;
  readonly predicted: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

export interface NumberPicture {
  readonly kind: "estimate";
  /** Whether `at` holds times; their zone, or `null` for row numbers. */
  readonly zone: string | null;
  readonly parts: readonly NumberPart[];
}

export interface LifePicture {
  readonly kind: "remaining-life";
  /** Each group at the point where it was judged; raw truth. NaN where unknown. */
  readonly judged: readonly { readonly group: string; readonly truth: number; readonly predicted: number; readonly low: number; readonly high: number }[];
  /** A few groups over their life: `at` is their age. */
  readonly courses: readonly NumberPart[];
}

/** Stable codes of what a reader must know before believing a figure. */
export type StudyCaveatCode =
  | "not-enough-evidence"
  | "leak-suspected"
  | "forecast"
  | "few-blocks"
  | "no-groups"
  | "drift"
  | "unseen-class"
  | "rare-class"
  | "budget-spent"
  | "rows-unknown"
  | "note";

export interface StudyCaveat {
  readonly code: StudyCaveatCode;
  /** A whole sentence. May hold names from the files: escape it. */
  readonly text: string;
}

/**
 * What `millrace try classify`, `estimate` and `remaining-life` found out. Plain data; the report, the
 * terminal and --json are made of it. What is found out of a machine's condition is a `Trial`.
 */
export interface StudyReport {
  readonly kind: TargetKind;
  readonly asked: StudyAsked;
  readonly tried: readonly StudyTried[];
  readonly model: StudyModel;
  /** In reading order: the one that matters most first. */
  readonly figures: readonly NamedFigure[];
  /** Whether the model is known to beat those who know nothing. */
  readonly skill: Skill;
  /** Shares of what the model leans on, the largest first; empty when it cannot say. */
  readonly mattered: readonly { readonly name: string; readonly share: number }[];
  readonly picture: ClassPicture | NumberPicture | LifePicture;
  readonly caveats: readonly StudyCaveat[];
  /** The whole study: reading, trying, judging. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}
