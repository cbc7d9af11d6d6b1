/** Publishes on a broker; resolves once the broker has it. */
export type Publish = (topic: string, payload: string, options: { readonly qos: 1; readonly retain: true }) => Promise<void>;

/** Topics of which the newest state may wait to be published. */
const mostWaiting = 10_000;

/**
 * States as retained MQTT messages, one topic a state: who subscribes later still gets the last. What could not be
 * published is tried again, and then only the newest state of a topic.
 */
export class RetainedTopics {
  readonly #publish: Publish;
  readonly #retryAfter: number;
  readonly #waiting = new Map<string, string>();
  #isPublishing = false;
  #timer: NodeJS.Timeout | undefined;
  #error: Error | null = null;

  /** `retryAfter`: before a failed publish is tried again, milliseconds. */
  constructor(publish: Publish, retryAfter = 5000) {
    this.#publish = publish;
    this.#retryAfter = retryAfter;
  }

  /** Topics whose newest state is not published, and why. */
  get undelivered(): { readonly waiting: number; readonly error: Error | null } {
    return { waiting: this.#waiting.size, error: this.#error };
  }

  set(topic: string, payload: string): void {
    this.#waiting.delete(topic);
    this.#waiting.set(topic, payload);
    for (const oldest of this.#waiting.keys()) {
      if (this.#waiting.size <= mostWaiting) break;
      this.#waiting.delete(oldest);
    }
    if (this.#timer === undefined) void this.#publishAll();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
  }

  async #publishAll(): Promise<void> {
    if (this.#isPublishing) return;
    this.#isPublishing = true;
    try {
      for (let next = first(this.#waiting); next !== undefined; next = first(this.#waiting)) {
        const [topic, payload] = next;
        await this.#publish(topic, payload, { qos: 1, retain: true });
        this.#error = null;
        if (this.#waiting.get(topic) === payload) this.#waiting.delete(topic);
      }
    } catch (error) {
      this.#error = error instanceof Error ? error : new Error(String(error));
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        void this.#publishAll();
      }, this.#retryAfter).unref();
    } finally {
      this.#isPublishing = false;
    }
  }
}

const first = <K, V>(map: ReadonlyMap<K, V>): [K, V] | undefined => map.entries().next().value;
