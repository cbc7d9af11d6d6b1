import { unknownRow, type AlarmRule } from "../learn/alarms.ts";

/** Where an alarm stands between two rows. */
export interface MachineState {
  readonly alarm: boolean;
  /** Known rows in a run that speak for a change. */
  readonly run: number;
}

/**
 * Alarm rows one at a time, as they come: the same codes as `alarmsOf` gives for the whole, which is
 * where the rule is written.
 */
export class AlarmMachine {
  readonly #rule: Required<AlarmRule>;
  #alarm = false;
  #run = 0;

  constructor({ threshold, on, off, clearBelow = threshold }: AlarmRule) {
    this.#rule = { threshold, on, off, clearBelow };
  }

  get state(): MachineState {
    return { alarm: this.#alarm, run: this.#run };
  }

  set state({ alarm, run }: MachineState) {
    this.#alarm = alarm;
    this.#run = run;
  }

  /** As at the start of a block: no alarm, no run. */
  reset(): void {
    this.state = { alarm: false, run: 0 };
  }

  /** The code of the next row: 0 quiet, 1 in alarm, 2 unknown. */
  next(score: number): number {
    const isUnknown = Number.isNaN(score);
    if (!isUnknown) {
      const { threshold, clearBelow, on, off } = this.#rule;
      const isChange = this.#alarm ? score < clearBelow : score >= threshold;
      this.#run = isChange ? this.#run + 1 : 0;
      if (this.#run >= (this.#alarm ? off : on)) {
        this.#alarm = !this.#alarm;
        this.#run = 0;
      }
    }
    return this.#alarm ? 1 : isUnknown ? unknownRow : 0;
  }
}
