import type { AlarmChange, Outlet } from "../alarms.ts";
import { messageOf, type NamesOf } from "./message.ts";
import { topicOf } from "./topic.ts";

/** Publishes on a broker; resolves once the broker has it. */
export type Publish = (topic: string, payload: string, options: { readonly qos: 1; readonly retain: true }) => Promise<void>;

export interface MqttOutletOptions {
  readonly publish: Publish;
  readonly namesOf: NamesOf;
  /** Topics begin with this. */
  readonly prefix?: string;
  /** Before a failed publish is tried again, milliseconds. */
  readonly retryAfter?: number;
}

/** Topics of which the newest state may wait to be published. */
const mostWaiting = 10_000;

/**
 * Alarms as retained MQTT messages, one topic an asset and wheel: who subscribes later still gets the
 * last state. What could not be published is tried again, and then only the newest state of a topic.
 * After a restart, hand in the alarms that are open: `tell` them again.
 */
export class MqttOutlet implements Outlet {
  readonly #options: Required<MqttOutletOptions>;
  readonly #waiting = new Map<string, string>();
  #isPublishing = false;
  #timer: NodeJS.Timeout | undefined;
  #error: Error | null = null;

  constructor(options: MqttOutletOptions) {
    this.#options = { prefix: "millrace/alarms", retryAfter: 5000, ...options };
  }

  /** Topics whose newest state is not published, and why. */
  get undelivered(): { readonly waiting: number; readonly error: Error | null } {
    return { waiting: this.#waiting.size, error: this.#error };
  }

  facts(): readonly [] {
    return [];
  }

  tell(change: AlarmChange): void {
    const { namesOf, prefix } = this.#options;
    const topic = topicOf(prefix, change.event, namesOf(change.event));
    this.#waiting.delete(topic);
    this.#waiting.set(topic, JSON.stringify(messageOf(change, namesOf)));
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
        await this.#options.publish(topic, payload, { qos: 1, retain: true });
        this.#error = null;
        if (this.#waiting.get(topic) === payload) this.#waiting.delete(topic);
      }
    } catch (error) {
      this.#error = error instanceof Error ? error : new Error(String(error));
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        void this.#publishAll();
      }, this.#options.retryAfter).unref();
    } finally {
      this.#isPublishing = false;
    }
  }
}

const first = <K, V>(map: ReadonlyMap<K, V>): [K, V] | undefined => map.entries().next().value;
