import { fork, type ChildProcess } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as wait } from "node:timers/promises";
import { MillraceError } from "../errors.ts";
import { processLine, remote, type Remote } from "../thread.ts";
import type { Sessions } from "./worker.ts";

/** One life of the process: sessions that were opened in it are gone with it. */
export interface Life {
  readonly child: ChildProcess;
  readonly sessions: Remote<Sessions>;
}

export interface ScoringProcessOptions {
  /** Threads of a session. */
  readonly threads: number;
  /** A call that is not answered for this long, in milliseconds, ends the process: it hangs. */
  readonly patience: number;
  /** Hears that the process was lost and how it ended, and when it works again. */
  readonly onLost: (why: string) => void;
  readonly onBack: () => void;
}

/** Waits before a start, by how many lives were lost since one was of use, milliseconds. */
const pauses = [0, 200, 1000, 3000, 10_000];
/** Starts that are tried for one call. */
const mostStarts = 3;
/** Times that a call may end the process while it is the only one. */
const mostAlone = 2;

/**
 * A process that runs models, started when first asked, and again whenever it is lost: a crash of native
 * code, want of memory, a kill, a run that never ends.
 *
 * Calls that were under way then are asked again in its next life, one at a time while all others wait,
 * so that none is lost and the one that ends the process is known. It is told so when it has done that
 * twice alone: `engine.model-crashes`. When the process cannot be started, calls get `thread.lost`.
 */
export class ScoringProcess {
  readonly #options: ScoringProcessOptions;
  #life: Promise<Life> | null = null;
  #losses = 0;
  #isLost = false;
  #again = 0; // calls that are to be asked alone
  #queue: Promise<unknown> = Promise.resolve();
  /** The one that is started or works. */
  #child: ChildProcess | null = null;
  readonly #closing = new AbortController();

  constructor(options: ScoringProcessOptions) {
    this.#options = options;
  }

  /** Whether it has been started and works. */
  get hasLife(): boolean {
    return this.#life !== null && !this.#isLost;
  }

  /** Does `work` in the life that is, or in the next when that ends meanwhile: `work` may be called again. */
  async call<T>(work: (life: Life) => Promise<T>): Promise<T> {
    while (this.#again > 0) await this.#queue;
    try {
      return await this.#ask(work);
    } catch (error) {
      if (!isLost(error) || this.#isClosed) throw error;
    }
    this.#again++;
    const alone = this.#queue.then(() => this.#askAlone(work)).finally(() => this.#calledAgain());
    this.#queue = alone.catch(() => {});
    return await alone;
  }

  /** Ends it: what is under way, and what is asked from now on, gets `thread.lost`. */
  async close(): Promise<void> {
    this.#closing.abort();
    const child = this.#child;
    if (child === null || hasEnded(child)) return;
    const ended = new Promise((resolve) => void child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #askAlone<T>(work: (life: Life) => Promise<T>): Promise<T> {
    for (let time = 1; ; time++) {
      const life = await this.#living();
      try {
        return await this.#ask(work, life);
      } catch (cause) {
        if (!isLost(cause) || this.#isClosed) throw cause;
        if (time < mostAlone) continue;
        throw new MillraceError("engine.model-crashes", `Cannot run a model: it has ended the process that runs it ${mostAlone + 1} times`, {
          hint: "Put another model in force with `millrace rollback`; the other wheels go on.",
          cause,
        });
      }
    }
  }

  async #ask<T>(work: (life: Life) => Promise<T>, given?: Life): Promise<T> {
    const life = given ?? (await this.#living());
    const hangs = setTimeout(() => life.child.kill("SIGKILL"), this.#options.patience);
    try {
      const answer = await work(life);
      this.#losses = 0;
      return answer;
    } finally {
      clearTimeout(hangs);
    }
  }

  #calledAgain(): void {
    if (--this.#again === 0) this.#tellBack();
  }

  #tellBack(): void {
    if (!this.#isLost || this.#again > 0) return;
    this.#isLost = false;
    this.#options.onBack();
  }

  /** The life that is, or a new one. */
  async #living(): Promise<Life> {
    return await (this.#life ??= this.#start());
  }

  async #start(): Promise<Life> {
    for (let tries = 1; ; tries++) {
      await wait(pauses[Math.min(this.#losses, pauses.length - 1)], undefined, { signal: this.#closing.signal }).catch(() => {});
      if (this.#isClosed) throw new MillraceError("thread.lost", "Cannot reach the scoring process: it was ended", { hint: "Open the site again." });
      const life = this.#fork();
      try {
        await life.sessions.ready();
        return life;
      } catch (error) {
        if (tries < mostStarts && !this.#isClosed) continue;
        this.#life = null; // the next call tries anew
        throw error;
      }
    }
  }

  #fork(): Life {
    const child = fork(fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url)), [String(this.#options.threads)], { serialization: "advanced", execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#child = child;
    const line = processLine(child);
    let [isReady, isGone] = [false, false];
    const sessions = remote<Sessions>("the scoring process", {
      post: (message) => line.post(message),
      // Before its calls are told: they are asked again at once, and not in this life.
      listen: (onMessage, onLost) => line.listen(
        (message) => {
          isReady = true;
          onMessage(message);
        },
        (why) => {
          if (isReady && !isGone) this.#life = null;
          isGone = true; // told of the cut line, and of the end
          onLost(why);
        },
      ),
    });
    child.once("exit", (code, signal) => this.#ended(signal ?? `code ${code}`, isReady));
    return { child, sessions };
  }

  #ended(how: string, wasReady: boolean): void {
    if (this.#isClosed) return;
    this.#losses++;
    this.#isLost = true;
    this.#options.onLost(`it ended with ${how}${wasReady ? "" : " while it started"}`);
    // Also when nobody asks for anything just now.
    if (wasReady) this.#living().then(() => this.#tellBack(), () => {});
  }
}

const isLost = (error: unknown): boolean => error instanceof MillraceError && error.code === "thread.lost";

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;
