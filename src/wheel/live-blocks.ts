import type { BlockRule } from "../schema/block.ts";
import type { Micros } from "../schema/time.ts";

/** A stretch that is a block once it is over. */
export interface Stretch {
  readonly start: Micros;
  /** Not a row after this. */
  readonly end: Micros;
  /** What the block's signal said, for blocks that are cut by one. */
  readonly mark: string | null;
}

interface Open {
  readonly start: Micros;
  readonly mark: string | null;
  last: Micros;
  /** Where the rule ends it; Infinity while that is not known. */
  until: Micros;
}

/**
 * Cuts live samples into blocks by a wheel's rule: equal spans of the clock, wherever a signal changes,
 * or wherever samples pause. The same cuts as a recording of the same samples would get.
 *
 * An empty mark ("" or 0 for numbers) is the time between runs, and no block. Samples may be late by
 * what the grid allows; a stretch is over when the grid has passed its end. A wheel whose blocks are
 * whole files cuts nothing here.
 */
export class LiveBlocks {
  readonly #rule: BlockRule;
  readonly #period: number;
  readonly #open: Open[] = []; // in order of start
  #mark: string | null = null;

  constructor(rule: BlockRule, period: number) {
    this.#rule = rule;
    this.#period = period;
  }

  /** The block's signal has this value from `time` on. Marks come in order of time. */
  mark(time: Micros, value: string): void {
    if (this.#rule.by !== "change" || value === this.#mark) return;
    this.#mark = value;
    const current = this.#open.at(-1);
    if (current !== undefined && current.until > time) current.until = time;
    if (value !== "" && value !== "0") this.#open.push({ start: time, mark: value, last: -Infinity, until: Infinity });
  }

  /** Samples of the wheel's signals from `first` to `last`. */
  samples(first: Micros, last: Micros): void {
    if (this.#rule.by === "file") return;
    if (this.#rule.by === "change") return this.#extend(first, last);
    if (this.#rule.by === "gap") {
      const { longer } = this.#rule;
      const current = this.#open.at(-1);
      if (current !== undefined && current.until === Infinity && first - current.last > longer) current.until = current.last + this.#period;
      if (current === undefined || first >= current.until) this.#open.push({ start: first, mark: null, last: -Infinity, until: Infinity });
      return this.#extend(first, last);
    }
    const { length } = this.#rule;
    for (let cell = Math.floor(first / length); cell <= Math.floor(last / length); cell++) {
      const from = Math.max(first, cell * length);
      const to = Math.min(last, (cell + 1) * length - 1);
      const known = this.#open.find(({ until }) => until === (cell + 1) * length);
      if (known === undefined) this.#insert({ start: from, mark: null, last: to, until: (cell + 1) * length });
      else known.last = Math.max(known.last, to);
    }
  }

  /** The stretches that are over once the grid has closed `time`, oldest first; each is given once. */
  over(time: Micros): Stretch[] {
    if (this.#rule.by === "gap") {
      const current = this.#open.at(-1);
      if (current !== undefined && current.until === Infinity && time - current.last > this.#rule.longer) current.until = current.last + this.#period;
    }
    const done = this.#open.filter(({ until }) => until <= time);
    for (const one of done) this.#open.splice(this.#open.indexOf(one), 1);
    return done.filter(({ start, last }) => last >= start).map(({ start, mark, last, until }) => ({ start, end: Math.min(until, last + this.#period), mark }));
  }

  /** Where the stretch that holds `time` began; `null` between stretches. */
  startAt(time: Micros): Micros | null {
    return this.#open.findLast(({ start, until }) => start <= time && time < until)?.start ?? null;
  }

  #extend(first: Micros, last: Micros): void {
    for (const one of this.#open) {
      const to = Math.min(last, one.until - 1);
      if (first >= one.until || last < one.start) continue;
      one.last = Math.max(one.last, to);
    }
  }

  #insert(one: Open): void {
    const after = this.#open.findIndex(({ start }) => start > one.start);
    this.#open.splice(after < 0 ? this.#open.length : after, 0, one);
  }
}
