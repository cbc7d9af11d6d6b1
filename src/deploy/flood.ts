import type { Id } from "../schema/id.ts";
import { minute, type Micros } from "../schema/time.ts";

const span = 10 * minute;

/**
 * Whether alarms come faster than one person can answer: from more than ten within ten minutes, until
 * fewer than five are.
 *
 * Source: ANSI/ISA-18.2, alarm flood.
 */
export class Flood {
  readonly #raised = new Map<Id, Micros>();
  #is = false;

  raised(alarm: Id, at: Micros): void {
    this.#raised.set(alarm, at);
  }

  is(now: Micros): boolean {
    for (const [alarm, at] of this.#raised) if (at <= now - span) this.#raised.delete(alarm);
    this.#is = this.#is ? this.#raised.size >= 5 : this.#raised.size > 10;
    return this.#is;
  }
}
