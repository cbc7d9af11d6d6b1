import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { remote, workerLine, type Remote } from "../../thread.ts";
import type { Change, Keeper, Kept } from "./keeper.ts";

export interface JournalOptions {
  /** Where `broker.sqlite` lies. */
  readonly directory: string;
  /** Told when the disk refuses, once until it takes again. */
  readonly onProblem: (error: Error) => void;
}

/** What the broker must not forget, on its way to the disk: everything that came while one commit ran goes as the next. */
export interface Journal {
  /** What was known when it was opened. */
  readonly kept: Kept;
  /** Notes a change; it is durable once `settled` resolves. */
  write(change: Change): void;
  /** Changes that are not durable yet. */
  readonly waiting: number;
  /** Resolves once all that was written before is durable; rejects when the journal is closed first. */
  settled(): Promise<void>;
  /** The same, and nothing of what was taken out stays in free pages or the log. */
  purge(): Promise<void>;
  close(): Promise<void>;
}

/** A journal in `broker.sqlite`, in a thread of its own: a commit waits for the disk, and must not hold up the main thread. */
export async function openJournal({ directory, onProblem }: JournalOptions): Promise<Journal> {
  const extension = import.meta.filename.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(join(import.meta.dirname, `worker.${extension}`), { workerData: { directory } });
  const keeper = remote<Keeper>("the broker's memory", workerLine(worker));
  try {
    const kept = await keeper.load();
    const queue = new Queue((changes) => keeper.commit(changes), onProblem);
    return {
      kept,
      write: (change) => queue.write(change),
      get waiting() {
        return queue.waiting;
      },
      settled: () => queue.settled(),
      purge: async () => {
        await queue.settled();
        await keeper.purge();
      },
      close: () => queue.close(() => end(keeper, worker)),
    };
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

/** A journal of nothing: what the broker is told is gone when the process ends. */
export function noJournal(): Journal {
  return {
    kept: { retained: [], sessions: [], subscriptions: [], queue: [], incoming: [], wills: [], problem: null },
    write: () => {},
    waiting: 0,
    settled: () => Promise.resolve(),
    purge: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

async function end(keeper: Remote<Keeper>, worker: Worker): Promise<void> {
  await keeper.close().catch(() => {}); // a thread that was lost has nothing left to close
  await worker.terminate();
}

class Queue {
  readonly #commit: (changes: readonly Change[]) => Promise<void>;
  readonly #onProblem: (error: Error) => void;
  #changes: Change[] = [];
  #settling: { resolve: () => void; reject: (error: Error) => void }[] = [];
  #running: Promise<void> | undefined;
  #inFlight = 0;
  #isClosed = false;
  #isTroubled = false;
  #wake: (() => void) | undefined;

  constructor(commit: (changes: readonly Change[]) => Promise<void>, onProblem: (error: Error) => void) {
    this.#commit = commit;
    this.#onProblem = onProblem;
  }

  get waiting(): number {
    return this.#changes.length + this.#inFlight;
  }

  write(change: Change): void {
    this.#changes.push(change);
    this.#running ??= this.#run();
  }

  settled(): Promise<void> {
    if (this.waiting === 0) return Promise.resolve();
    return new Promise((resolve, reject) => this.#settling.push({ resolve, reject }));
  }

  async close(after: () => Promise<void>): Promise<void> {
    this.#isClosed = true;
    this.#wake?.();
    await this.#running;
    await after();
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // changes of this turn of the loop go together
    // Who asked while a commit ran that has all they wrote is answered by the next round, of no changes.
    while (this.#changes.length > 0 || this.#settling.length > 0) {
      const changes = this.#changes;
      const settling = this.#settling;
      this.#changes = [];
      this.#settling = [];
      this.#inFlight = changes.length;
      const failure = changes.length === 0 ? null : await this.#insist(changes);
      this.#inFlight = 0;
      for (const { resolve, reject } of settling) {
        if (failure === null) resolve();
        else reject(failure);
      }
    }
    this.#running = undefined;
  }

  /** Tries until the disk takes it or the broker closes: a full disk gets room again. */
  async #insist(changes: readonly Change[]): Promise<Error | null> {
    for (let wait = 250; ; wait = Math.min(2 * wait, 5000)) {
      try {
        await this.#commit(changes);
        this.#isTroubled = false;
        return null;
      } catch (error) {
        const problem = error instanceof Error ? error : new Error(String(error));
        if (!this.#isTroubled) this.#onProblem(problem);
        this.#isTroubled = true;
        if (this.#isClosed) return problem;
        await this.#pause(wait);
      }
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
