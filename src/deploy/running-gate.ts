import type { Micros } from "../schema/time.ts";
import type { Wheel } from "../schema/wheel.ts";

/** Whether the asset runs, row by row: 0 it stands still, 1 it runs, 2 unknown. */
export type RunningRows = Uint8Array;

/** What the gate says of rows that follow each other, one reading of its signal a row. */
export function runningRows(when: Wheel["when"], times: Float64Array, values: Float64Array): RunningRows {
  const gate = new RunningGate(when);
  return Uint8Array.from(values, (value, row) => codeOf(gate.next(times[row], value)));
}

const codeOf = (running: boolean | null): number => (running === null ? 2 : Number(running));

/**
 * Whether the asset is running, by the wheel's `when`: a signal above a value for a span.
 *
 * It runs from the row at which the span is full, and no more from the first row at or below the value.
 * A row without a reading is unknown; it neither counts nor breaks the span.
 */
export class RunningGate {
  readonly #when: Wheel["when"];
  /** Time of the row from which the signal has been above; `null` while it is not. */
  aboveSince: Micros | null = null;

  constructor(when: Wheel["when"]) {
    this.#when = when;
  }

  /** `null` for unknown. Without a `when` it always runs. */
  next(time: Micros, value: number): boolean | null {
    if (this.#when === null) return true;
    if (Number.isNaN(value)) return null;
    if (value > this.#when.above) this.aboveSince ??= time;
    else this.aboveSince = null;
    return this.aboveSince !== null && time - this.aboveSince >= this.#when.for;
  }
}
