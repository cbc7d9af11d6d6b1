import type { Bursts } from "./table-bursts.ts";

/** The questions that `millrace try` can put to recorded tables. */
export type StudyKind = "condition" | "classify" | "estimate" | "remaining-life";

/** A column by row: numbers with NaN for unknown, or of a text its place in `levels`, NaN unknown. */
export interface StudyColumn {
  readonly name: string;
  readonly values: Float64Array;
  /** `null` for numbers. The same list, in the same order, in the sets that teach and judge. */
  readonly levels: readonly string[] | null;
}

/** A file that rows came from. `digest` is the SHA-256 of its bytes on disk. */
export interface StudyFile {
  readonly name: string;
  readonly digest: string;
}

/** Rows that followed each other when they were recorded: of one file, and of one group. Past values are looked for here only. */
export interface Stretch {
  readonly start: number;
  /** The row after the last. */
  readonly end: number;
  /** Place in `files`. */
  readonly file: number;
}

/**
 * Rows of one or more tables put one under the other, in the order of files and of rows in them.
 *
 * Every array has one entry a row. Rows whose target is unknown (NaN) stay, for they are the past of
 * others; they teach nothing and are not judged.
 */
export interface TableSet {
  readonly rows: number;
  /** What a model may look at: never the target, the group, the order or the time. */
  readonly inputs: readonly StudyColumn[];
  /**
   * `condition`: 1 where something was wrong, 0 where not. `classify`: a class, with `levels`.
   * `estimate`: a number. `remaining-life`: what is left of the group's life, in units of its order, not
   * capped. `null` when nothing of the kind was recorded (`condition` only).
   */
  readonly target: StudyColumn | null;
  /** UTC microseconds; `null` when the tables hold no times. */
  readonly times: Float64Array | null;
  /** What rows of a group are ordered by (cycles, hours); its count of rows where no column was named. `null` without groups. */
  readonly order: Float64Array | null;
  /** Number of the group, a place in `groupNames`; `null` when no group was named. Rows of a group belong together: never split them. */
  readonly groups: Int32Array | null;
  readonly groupNames: readonly string[];
  /** Number of the block, from 0, rising with the rows: the unit of learning and of evidence. */
  readonly blocks: Int32Array;
  readonly blockCount: number;
  readonly stretches: readonly Stretch[];
  readonly files: readonly StudyFile[];
  /** Number of the row in its file, from 1, header not counted. */
  readonly rowNumbers: Float64Array;
}

/** Which rows judge and which teach when there is no set aside for judging: each fold is judged by a model of the others. */
export interface Folds {
  readonly count: number;
  /** Fold of each row of `train`, from 0; -1 for rows without a known target. */
  readonly of: Int32Array;
  /** Whether rows were dealt out by class; else whole blocks (and groups) were. */
  readonly stratified: boolean;
}

/** One question about recorded rows, read, checked and split: all that a study needs to know. */
export interface StudyRequest {
  readonly kind: StudyKind;
  readonly train: TableSet;
  /** What judges: other files, or the exam at the end of the recorded blocks. `null` when `folds` judge. */
  readonly test: TableSet | null;
  readonly folds: Folds | null;
  /** How training and judging were kept apart, and why so, in a sentence. */
  readonly split: string;
  /** `group`: one decision a group (`classify`), or one at the last row of each group (`remaining-life` with a given truth). */
  readonly judgedBy: "row" | "group";
  /** Past rows of the inputs that a model may look at; 0 for none. */
  readonly lag: number;
  /** Past values of the target that a model may look at: a forecast, no longer a soft sensor. */
  readonly targetLags: number;
  /** Remaining life above this counts as this, for learning and for the capped figures; `null` for no cap. */
  readonly cap: number | null;
  readonly seed: number;
  readonly budgetSeconds: number;
  /** Where rows are bursts of fast signals: what they are made of. A model is then given these. */
  readonly bursts?: Bursts | undefined;
  /** What was noticed while files were read and rows put together, in sentences to be shown. */
  readonly remarks: readonly string[];
}

/** What was said of judged rows, and what was so. One entry a judged row, or a judged group by its last row. */
export interface StudyPredictions {
  /** Row of the judging set: `test`, or `train` where folds judged. */
  readonly rows: Int32Array;
  /** A score (`condition`), a place in the target's levels (`classify`; NaN for "none of these"), or a number. */
  readonly values: Float64Array;
  /** The interval, where the kind has one. */
  readonly low: Float64Array | null;
  readonly high: Float64Array | null;
  /** As `values`; NaN where it is unknown. For `condition` 0 or 1. */
  readonly truth: Float64Array;
}
