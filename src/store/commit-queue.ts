import { inspect, type Appended, type Batch, type Counts } from "./batch.ts";
import type { SampleFiles } from "./sample-files.ts";
import { storageError } from "./storage-error.ts";
import { writeSamples, type Numbered } from "./writer.ts";

/** Samples that go into one commit at most, so that one caller's flood does not hold up the others. */
const mostInCommit = 1_000_000;

interface Waiting {
  readonly batch: Batch;
  readonly counts: Counts;
  readonly resolve: (appended: Omit<Appended, "late">) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Batches on their way to the disk, one commit after the other: at once when idle; what arrives while
 * a commit runs shares the next one. Gives each stored sample the next sequence number.
 */
export class CommitQueue {
  readonly #files: SampleFiles;
  #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
  #sequence = 0;
  #committed = 0;

  constructor(files: SampleFiles) {
    this.#files = files;
  }

  /** Every number up to this one is either committed or will never be. */
  get committed(): number {
    return this.#committed;
  }

  /** No number up to `floor` is given again. */
  raise(floor: number): void {
    this.#sequence = Math.max(this.#sequence, floor);
    if (this.#draining === undefined) this.#committed = this.#sequence;
  }

  async append(batch: Batch): Promise<Omit<Appended, "late">> {
    const counts = inspect(batch);
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ batch, counts, resolve, reject });
      if (this.#draining === undefined) this.#startAfter(Promise.resolve());
    });
  }

  /** Runs `work` while nothing is committed; batches wait meanwhile. */
  async alone(work: () => Promise<void>): Promise<void> {
    const done = (this.#draining ?? Promise.resolve()).then(work);
    this.#startAfter(done.catch(() => {}));
    await done;
  }

  #startAfter(before: Promise<void>): void {
    const draining = before.then(() => this.#drain());
    this.#draining = draining;
    void draining.finally(() => {
      if (this.#draining !== draining) return;
      this.#draining = undefined;
      if (this.#waiting.length > 0) this.#startAfter(Promise.resolve()); // came in just now
    });
  }

  async settled(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    await new Promise(setImmediate); // calls that have arrived already join the first commit
    while (this.#waiting.length > 0) {
      let samples = 0;
      const filled = this.#waiting.findIndex(({ counts }) => (samples += counts.numbers + counts.texts) >= mostInCommit);
      await this.#commit(this.#waiting.splice(0, filled < 0 ? this.#waiting.length : filled + 1));
      this.#committed = this.#sequence;
      await this.#files.tidy(); // once those of the commit were told
    }
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const numbers: Numbered[] = [];
    const texts: Numbered[] = [];
    const appended = group.map(({ batch, counts }) => {
      const firstSequence = this.#sequence + 1;
      const accepted = counts.numbers + counts.texts;
      this.#sequence += accepted; // a commit that fails leaves a gap, never a number twice
      numbers.push({ received: batch.received, series: batch.series ?? [], mixed: batch.mixed, firstSequence });
      texts.push({ received: batch.received, series: batch.texts ?? [], firstSequence: firstSequence + counts.numbers });
      return { accepted, unknown: counts.unknown, firstSequence, sequence: this.#sequence };
    });
    const total = (kind: "numbers" | "texts"): number => group.reduce((sum, { counts }) => sum + counts[kind], 0);
    try {
      if (total("numbers") + total("texts") > 0) {
        await this.#files.durably(this.#sequence, async (connection) => {
          await writeSamples(connection, "samples", numbers, total("numbers"));
          await writeSamples(connection, "texts", texts, total("texts"));
        });
      }
      group.forEach(({ resolve }, index) => resolve(appended[index]));
    } catch (error) {
      const failure = storageError(`store ${total("numbers") + total("texts")} samples`, error);
      for (const { reject } of group) reject(failure);
    }
  }
}
