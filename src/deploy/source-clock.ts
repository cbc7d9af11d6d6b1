import type { Micros } from "../schema/time.ts";

/**
 * The clock of a source: the newest time it has told, carried on by ours while it is silent, and never
 * ahead of ours. A recording played at twenty times its speed so runs on its own clock.
 *
 * `now` is the wall clock and may be set back; `steady` never steps, and only measures the silence.
 */
export class SourceClock {
  #newest: Micros = -Infinity;
  #heardAt = 0;

  /** The newest time told; `-Infinity` before the first. */
  get newest(): Micros {
    return this.#newest;
  }

  heard(time: Micros, steady: Micros): void {
    if (time <= this.#newest) return;
    this.#newest = time;
    this.#heardAt = steady;
  }

  /** `-Infinity` before the source was heard. */
  at(now: Micros, steady: Micros): Micros {
    return Math.min(now, this.#newest + Math.max(0, steady - this.#heardAt));
  }

  /** When this clock showed, or will show, `time`: on the steady clock, if the source stays silent. */
  when(time: Micros, now: Micros, steady: Micros): Micros {
    return Math.max(this.#heardAt + Math.max(0, time - this.#newest), steady + (time - now));
  }
}
