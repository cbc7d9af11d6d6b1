import type { Micros } from "../schema/time.ts";

/** A sample that waits for its tick. */
export interface Waiting<T> {
  readonly time: Micros;
  readonly value: T;
  /** Its time lies too far ahead to be believed. */
  readonly isBadClock: boolean;
}

/**
 * One signal's samples that wait for their ticks: for each tick the newest, in whatever order they came.
 * Ticks are taken one after the other, so nothing is ever sorted: no order of arrival is expensive.
 */
export class PendingTicks<T> {
  readonly #byTick = new Map<Micros, Waiting<T>>();

  get size(): number {
    return this.#byTick.size;
  }

  /** The earliest tick that something waits for; `Infinity` when nothing does. Looks at all of them. */
  first(): Micros {
    let first = Infinity;
    for (const tick of this.#byTick.keys()) if (tick < first) first = tick;
    return first;
  }

  /** What waits for this tick. */
  at(tick: Micros): Waiting<T> | undefined {
    return this.#byTick.get(tick);
  }

  put(tick: Micros, waiting: Waiting<T>): void {
    this.#byTick.set(tick, waiting);
  }

  take(tick: Micros): Waiting<T> | undefined {
    if (this.#byTick.size === 0) return undefined;
    const taken = this.#byTick.get(tick);
    if (taken !== undefined) this.#byTick.delete(tick);
    return taken;
  }

  /** Takes all that wait for earlier ticks than this one, in no order. */
  takeBefore(tick: Micros): Waiting<T>[] {
    const taken: Waiting<T>[] = [];
    for (const [at, waiting] of this.#byTick) {
      if (at >= tick) continue;
      taken.push(waiting);
      this.#byTick.delete(at);
    }
    return taken;
  }
}
