import { Readable } from "node:stream";
import { wants } from "./filters.ts";
import type { Journal } from "./journal.ts";

export interface RetainedLimits {
  readonly retained: number;
  readonly retainedBytes: number;
}

/** The last message of each topic that was to be kept for those who subscribe later. The oldest go first when there are too many. */
export class Retained {
  readonly #journal: Journal;
  readonly #limits: RetainedLimits;
  readonly #dropped: () => void;
  readonly #messages = new Map<string, { payload: Uint8Array; qos: number }>(); // oldest first
  #bytes = 0;

  constructor(journal: Journal, limits: RetainedLimits, dropped: () => void) {
    this.#journal = journal;
    this.#limits = limits;
    this.#dropped = dropped;
    for (const { topic, payload, qos } of journal.kept.retained) this.#set(topic, payload, qos);
  }

  get size(): number {
    return this.#messages.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a message; an empty one clears its topic. Whether anything changed. */
  keep({ topic, payload, qos }: { readonly topic: string; readonly payload: Uint8Array; readonly qos: number }): boolean {
    const isKnown = this.#delete(topic);
    if (payload.length === 0) {
      if (isKnown) this.#journal.write(["unretain", topic]);
      return isKnown;
    }
    const copy = new Uint8Array(payload); // the payload is a part of what the socket read: kept, it would hold all of it
    this.#set(topic, copy, qos);
    this.#journal.write(["retain", topic, copy, qos]);
    while (this.#messages.size > this.#limits.retained || this.#bytes > this.#limits.retainedBytes) {
      const [oldest] = this.#messages.keys();
      this.#delete(oldest);
      this.#journal.write(["unretain", oldest]);
      this.#dropped();
    }
    return true;
  }

  /** Clears topics that are about something; how many there were. */
  forget(isAbout: (topic: string) => boolean): number {
    const about = [...this.#messages.keys()].filter(isAbout);
    for (const topic of about) {
      this.#delete(topic);
      this.#journal.write(["unretain", topic]);
    }
    return about.length;
  }

  /** What one of the filters wants, as aedes takes it. */
  stream(filters: readonly string[]): Readable {
    return Readable.from(wanted(this.#messages, filters));
  }

  #set(topic: string, payload: Uint8Array, qos: number): void {
    this.#messages.set(topic, { payload, qos });
    this.#bytes += bytesOf(topic, payload);
  }

  #delete(topic: string): boolean {
    const known = this.#messages.get(topic);
    if (known === undefined) return false;
    this.#bytes -= bytesOf(topic, known.payload);
    return this.#messages.delete(topic);
  }
}

function* wanted(messages: ReadonlyMap<string, { payload: Uint8Array; qos: number }>, filters: readonly string[]): Generator<object> {
  for (const [topic, { payload, qos }] of messages) {
    if (filters.some((filter) => wants(filter, topic))) yield { cmd: "publish", topic, payload: Buffer.from(payload), qos, retain: true };
  }
}

/** What a kept message costs, about. */
export const bytesOf = (topic: string, payload: Uint8Array): number => 2 * topic.length + payload.length + 100;
