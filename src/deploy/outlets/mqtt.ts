import type { AlarmChange, Outlet } from "../alarms.ts";
import { messageOf, type NamesOf } from "./message.ts";
import { RetainedTopics, type Publish } from "./retained-topics.ts";
import { topicOf } from "./topic.ts";

export interface MqttOutletOptions {
  readonly publish: Publish;
  readonly namesOf: NamesOf;
  /** Topics begin with this. */
  readonly prefix?: string;
  /** Before a failed publish is tried again, milliseconds. */
  readonly retryAfter?: number;
}

/**
 * Alarms as retained MQTT messages, one topic an asset and wheel. After a restart, hand in the alarms that are open:
 * `tell` them again.
 */
export class MqttOutlet implements Outlet {
  readonly #options: MqttOutletOptions & { readonly prefix: string };
  readonly #topics: RetainedTopics;

  constructor(options: MqttOutletOptions) {
    this.#options = { prefix: "millrace/alarms", ...options };
    this.#topics = new RetainedTopics(options.publish, options.retryAfter);
  }

  /** Topics whose newest state is not published, and why. */
  get undelivered(): { readonly waiting: number; readonly error: Error | null } {
    return this.#topics.undelivered;
  }

  facts(): readonly [] {
    return [];
  }

  tell(change: AlarmChange): void {
    const { namesOf, prefix } = this.#options;
    this.#topics.set(topicOf(prefix, change.event, namesOf(change.event)), JSON.stringify(messageOf(change, namesOf)));
  }

  close(): void {
    this.#topics.close();
  }
}
