import type { WheelState } from "../schema/happening.ts";
import type { Id } from "../schema/id.ts";
import type { TargetAnswer } from "../schema/target-answer.ts";
import type { Micros } from "../schema/time.ts";
import type { EventChange } from "./event-tracker.ts";
import type { Mark } from "./live-grid.ts";

/** Why a row is unknown: the block's own baseline is being taken, too few rows, a signal, a doubtful signal, or the model failed. */
export type UnknownReason = "no-block" | "warm-up" | "window" | "signal" | "doubtful-signal" | "failed";

/** A stretch of production that is under way. */
export interface LiveBlock {
  readonly id: Id;
  readonly start: Micros;
}

/** A row as the wheel judged it. */
export interface ScoredRow {
  readonly time: Micros;
  /** One a signal of the wheel, NaN for unknown. */
  readonly values: Float64Array;
  readonly mark: Mark;
  /** Alarms from 1 on; NaN for unknown. */
  readonly score: number;
  readonly state: WheelState;
  /** `null` unless the state is `unknown`. */
  readonly reason: UnknownReason | null;
  readonly block: Id | null;
  readonly due: Micros;
  /** Of a wheel of a target what its model says; `null` where it can say nothing. */
  readonly answer?: TargetAnswer | null;
}

/** What scoring came to. */
export interface Scored {
  readonly rows: readonly ScoredRow[];
  readonly changes: readonly EventChange[];
  /** Why the model could not be run, if it could not: the rows are unknown. */
  readonly failure: Error | null;
}
