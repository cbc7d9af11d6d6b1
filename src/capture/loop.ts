import { setTimeout as delay } from "node:timers/promises";
import { MillraceError } from "../errors.ts";
import type { Micros } from "../schema/time.ts";
import type { Batch, Connector } from "./connector.ts";

/** How a source is doing. `waiting`: the link broke, and is tried again at `retryAt`. */
export interface SourceState {
  readonly name: string;
  readonly state: "connecting" | "connected" | "waiting" | "stopped";
  readonly since: Micros;
  readonly lastError: { readonly code: string; readonly message: string; readonly at: Micros } | null;
  readonly retryAt: Micros | null;
  /** Failures since it last was connected for a while. */
  readonly failures: number;
}

export interface LoopPorts {
  /** Stores a batch; resolves once it is durable. `Inlet.takeInTurn`. */
  take(batch: Batch): Promise<unknown>;
  now(): Micros;
  /** From [0, 1): spreads sources that lost the same broker. */
  random(): number;
  onState?(state: SourceState): void;
}

export interface RunningSource {
  state(): SourceState;
  /** Ends the source; resolves when its last batch was answered, or after 5 seconds. */
  stop(): Promise<void>;
}

/** Batches of one source that may wait to be answered, whatever it allows itself. */
const mostOpen = 64;
const firstWait = 500; // ms
const longestWait = 60_000;
/** A link that held this long starts over with short waits. */
const heldLong = 30_000_000; // µs

/**
 * Runs a source for as long as the site is up: opens it, hands its batches on, answers them, and opens
 * it again when the link breaks, after 0.25 to 0.5 s, then up to twice as long each time, a minute at
 * most. What a source throws is its state, never the end of others.
 *
 * Throws `capture.bad-options` when the connector does not take the options.
 */
export function runSource<Options>(name: string, connector: Connector<Options>, options: unknown, ports: LoopPorts): RunningSource {
  const parsed = connector.options.safeParse(options);
  if (!parsed.success) throw badOptions(name, connector.name, parsed.error.issues);
  const stopping = new AbortController();
  const source = new Source(name, () => connector.open(parsed.data, stopping.signal), ports, stopping.signal);
  const running = source.run();
  return {
    state: () => source.state,
    async stop() {
      stopping.abort();
      await Promise.race([running, delay(5000, undefined, { ref: false })]);
    },
  };
}

class Source {
  state: SourceState;
  readonly #open: () => AsyncIterable<Batch>;
  readonly #ports: LoopPorts;
  readonly #stop: AbortSignal;
  readonly #unanswered = new Set<Promise<void>>();

  constructor(name: string, open: () => AsyncIterable<Batch>, ports: LoopPorts, stop: AbortSignal) {
    this.#open = open;
    this.#ports = ports;
    this.#stop = stop;
    this.state = { name, state: "connecting", since: ports.now(), lastError: null, retryAt: null, failures: 0 };
  }

  async run(): Promise<void> {
    while (!this.#stop.aborted) {
      try {
        await this.#readAll();
        if (this.#stop.aborted) break;
        this.#failed(new MillraceError("capture.link-ended", `Cannot read from ${this.state.name}: it ended by itself`, { hint: "It is opened again by itself." }));
      } catch (error) {
        this.#failed(error);
      }
      await this.#pause();
    }
    await Promise.all(this.#unanswered);
    this.#become({ state: "stopped", retryAt: null });
  }

  async #readAll(): Promise<void> {
    this.#become({ state: "connecting", retryAt: null });
    for await (const batch of this.#open()) {
      if (this.state.state !== "connected") this.#become({ state: "connected" });
      if (batch.readings.length === 0 && batch.rejected.length === 0) {
        batch.ack();
        continue;
      }
      const answer = this.#answer(batch);
      this.#unanswered.add(answer);
      void answer.then(() => this.#unanswered.delete(answer));
      if (this.#unanswered.size >= mostOpen) await Promise.race(this.#unanswered);
    }
  }

  async #answer(batch: Batch): Promise<void> {
    try {
      await this.#ports.take(batch);
    } catch (error) {
      batch.refuse(asError(error));
      return;
    }
    batch.ack();
  }

  #failed(cause: unknown): void {
    const now = this.#ports.now();
    const error = asError(cause);
    const code = error instanceof MillraceError ? error.code : "internal";
    const held = this.state.state === "connected" && now - this.state.since > heldLong;
    const failures = held ? 1 : this.state.failures + 1;
    const wait = Math.min(longestWait, firstWait * 2 ** Math.min(failures - 1, 20)) * (0.5 + this.#ports.random() / 2);
    this.#become({ state: "waiting", lastError: { code, message: error.message, at: now }, failures, retryAt: now + Math.round(wait * 1000) });
  }

  async #pause(): Promise<void> {
    const wait = ((this.state.retryAt ?? 0) - this.#ports.now()) / 1000;
    await delay(Math.max(0, wait), undefined, { signal: this.#stop }).catch(() => {}); // aborted: the loop ends
  }

  #become(change: Partial<SourceState>): void {
    const since = change.state === this.state.state ? this.state.since : this.#ports.now();
    this.state = { ...this.state, ...change, since };
    this.#ports.onState?.(this.state);
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

function badOptions(name: string, connector: string, issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): MillraceError {
  const [{ path, message }] = issues;
  return new MillraceError("capture.bad-options", `Cannot open source ${JSON.stringify(name.slice(0, 80))}: ${path.map(String).join(".") || "its options"}: ${message}`, {
    hint: `See the options of the connector ${connector} in docs/reference/connectors.md.`,
  });
}
