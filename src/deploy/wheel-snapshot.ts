import type { Event } from "../schema/event.ts";
import type { Id } from "../schema/id.ts";
import type { TargetAnswer } from "../schema/target-answer.ts";
import type { Micros } from "../schema/time.ts";
import type { MachineState } from "./alarm-machine.ts";

/** What a live wheel knows beside its rows, as plain JSON: a few kilobytes. */
export interface WheelSnapshot {
  readonly version: 1;
  readonly wheel: Id;
  readonly revision: number;
  /** Of the last row that was judged; `null` before the first. */
  readonly time: Micros | null;
  /** The block of that row; `baseline` once its warm-up was whole, with `null` for unknown. */
  readonly block: { readonly id: Id; readonly start: Micros; readonly baseline: SnapshotBaseline | null } | null;
  /** `null` for a wheel that raises no alarms. */
  readonly machine: MachineState | null;
  readonly aboveSince: Micros | null;
  /** The event that stood. */
  readonly event: Event | null;
  /** What was answered last, of a target. */
  readonly answer?: TargetAnswer | null;
}

export interface SnapshotBaseline {
  readonly centre: readonly (number | null)[];
  readonly spread: readonly (number | null)[];
  readonly noise: readonly (number | null)[];
}
