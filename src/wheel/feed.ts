/** One thing that happened, numbered without gaps while the site is up. */
export interface Numbered<T> {
  readonly number: number;
  readonly at: number;
  readonly what: T;
}

/**
 * What happens, for any number of listeners: the newest are remembered, so that one who was cut off
 * can catch up. A listener that does not keep up with what is remembered is told by a gap in the numbers.
 */
export class Feed<T> {
  readonly #remembered: Numbered<T>[] = [];
  readonly #most: number;
  readonly #now: () => number;
  readonly #wake = new Set<() => void>();
  #last: number;

  constructor(most: number, now: () => number) {
    this.#most = most;
    this.#now = now;
    this.#last = Math.floor(now() / 1000); // beyond every number of an earlier life
  }

  tell(what: T): void {
    this.#remembered.push({ number: ++this.#last, at: this.#now(), what });
    // A quarter more before the oldest go: to move all of them each time would cost more than what they take.
    if (this.#remembered.length > 1.25 * this.#most) this.#remembered.splice(0, this.#remembered.length - this.#most);
    for (const wake of this.#wake) wake();
  }

  /** The number of what happened last; numbers begin at the milliseconds since 1970 of the start. */
  get last(): number {
    return this.#last;
  }

  /** What is remembered of all after `after`, from now on for `null`, and then what happens, until `stop` aborts. */
  async *follow(after: number | null, stop: AbortSignal): AsyncGenerator<Numbered<T>> {
    let seen = after ?? this.#last;
    if (seen > this.#last) seen = 0; // of no life of this site: everything remembered is new
    while (!stop.aborted) {
      const first = this.#last - this.#remembered.length + 1;
      seen = Math.max(seen, first - 1); // what is forgotten cannot be told
      for (let next = Math.max(seen + 1, first); next <= this.#last && !stop.aborted; next++) {
        const one = this.#remembered[next - (this.#last - this.#remembered.length + 1)];
        if (one === undefined) break; // forgotten while the listener was busy
        seen = next;
        yield one;
      }
      if (seen < this.#last) continue;
      await this.#more(stop);
    }
  }

  async #more(stop: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#wake.delete(done);
        stop.removeEventListener("abort", done);
        resolve();
      };
      this.#wake.add(done);
      stop.addEventListener("abort", done);
      if (stop.aborted) done();
    });
  }
}
