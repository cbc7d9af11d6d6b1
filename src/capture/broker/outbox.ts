import type { KeptMessage } from "./keeper.ts";
import { bytesOf } from "./retained.ts";

/** A message that waits for one client, or for its answer. */
export interface Waiting {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  /** It was kept for its topic, and is for a subscription that came later. */
  readonly retain: boolean;
  /** Its place in the queue, and in the journal. */
  readonly number: number;
  /** What the client knows it by; 0: none yet. */
  messageId: number;
  /** The client has it (QoS 2) and only the release is open. */
  released: boolean;
  /** It may have gone out before. */
  wasSent: boolean;
  /** What aedes knows it by, once it is due. */
  name: Name | null;
}

/** Together they name a message: a client with two filters for it gets it once. */
export interface Name {
  readonly brokerId: string;
  readonly brokerCounter: number;
}

/** Where aedes keeps the message id that a connection gives next. */
export const nextId = "_nextId";

/** A connection, as aedes keeps it. */
export interface Receiver {
  readonly id: string;
  [nextId]?: number;
  /** Writes a message to the line, once it was asked whether that may be. */
  deliverQoS?(packet: object, done: () => void): void;
}

/** A packet as aedes takes it out of a session. */
export type Resent = Name & { readonly cmd: string; readonly messageId?: number };

const mostIds = 65_535;

/** As many QoS 2 messages as get their ids in one commit when a client comes back. */
const together = 64;

/**
 * What waits for one client. Whatever its sender was answered for is due; a due message goes out once on
 * each connection until the client confirms it. A client that comes back gets what waited first, in
 * order, with what becomes due meanwhile at the end of the line; only then do messages reach it at once.
 * Were both ways open together, a message could take both, and the second would come when the client
 * has forgotten the first.
 */
export class Outbox {
  /** By number: those not due yet too. */
  readonly #queue = new Map<number, Waiting>();
  /** By name, in the order they became due. */
  readonly #due = new Map<string, Waiting>();
  readonly #byId = new Map<number, Waiting>();
  #bytes = 0;
  /** The newest connection. */
  #receiver: Receiver | null = null;
  /** It has had what waited: messages reach it as they become due. */
  #isLive = false;
  /** What is on its way to the newest connection out of the queue, and what to call when it has left. */
  #leaving: { readonly waiting: Waiting; readonly left: () => void } | null = null;

  get size(): number {
    return this.#queue.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get oldest(): Waiting | undefined {
    return this.#queue.values().next().value;
  }

  /** What waits under topics that are about something. */
  about(isAbout: (topic: string) => boolean): Waiting[] {
    return [...this.#queue.values()].filter(({ topic }) => isAbout(topic));
  }

  add({ topic, payload, retain }: Pick<Waiting, "topic" | "payload" | "retain">, qos: number, number: number): Waiting {
    const waiting: Waiting = { topic, payload, qos, retain, number, messageId: 0, released: false, wasSent: false, name: null };
    this.#put(waiting);
    return waiting;
  }

  /** Takes up a message of an earlier life of the broker. */
  recall({ topic, payload, qos, retain, number, messageId, released }: KeptMessage): void {
    const waiting: Waiting = { topic, payload, qos, retain: retain === 1, number, messageId, released: released === 1, wasSent: messageId !== 0, name: null };
    this.#put(waiting);
    if (messageId !== 0) this.#byId.set(messageId, waiting);
    this.makeDue(waiting, { brokerId: "kept", brokerCounter: number });
  }

  /** From now on the message may go out; nothing when it had to make room for others. */
  makeDue(waiting: Waiting, name: Name): void {
    if (this.#queue.get(waiting.number) !== waiting) return;
    waiting.name = name;
    this.#due.set(keyOf(name), waiting);
  }

  named(name: Partial<Name>): Waiting | undefined {
    return this.#due.get(keyOf(name));
  }

  withId(messageId: number | undefined): Waiting | undefined {
    return messageId === undefined ? undefined : this.#byId.get(messageId);
  }

  /** Gives a message an id that no other has here: `wanted` or the next free one. */
  giveId(waiting: Waiting, wanted: number): void {
    let id = wanted;
    while (this.#byId.has(id)) id = (id % mostIds) + 1;
    waiting.messageId = id;
    this.#byId.set(id, waiting);
  }

  /** Gives a message the next id that is free here. */
  giveNextId(waiting: Waiting, receiver: Receiver): void {
    this.giveId(waiting, receiver[nextId] ?? 1);
    receiver[nextId] = (waiting.messageId % mostIds) + 1;
  }

  /** Whether a message that is due has to be written to a connection by itself: it is not of those that the queue gives out. */
  isLeftOver(waiting: Waiting, receiver: Receiver): boolean {
    return this.#isLive && this.#receiver === receiver && !waiting.wasSent && this.#queue.get(waiting.number) === waiting;
  }

  /** Takes a message out; whether it was there. */
  remove(waiting: Waiting): boolean {
    if (!this.#queue.delete(waiting.number)) return false;
    if (waiting.name !== null) this.#due.delete(keyOf(waiting.name));
    if (this.#byId.get(waiting.messageId) === waiting) this.#byId.delete(waiting.messageId);
    this.#bytes -= bytesOf(waiting.topic, waiting.payload);
    this.left(waiting);
    return true;
  }

  /** Whether a packet may go to a connection: it came out of the queue and is still there, or the queue is through. */
  reaches(receiver: Receiver, packet: Partial<Name> & { readonly messageId?: number }): boolean {
    if (packet.messageId !== undefined) return this.named(packet) !== undefined;
    return this.#isLive && this.#receiver === receiver;
  }

  /** Notes that a message is written to the line, or needs no more to be: the next one follows. */
  left(waiting: Waiting): void {
    if (this.#leaving?.waiting === waiting) this.#leaving.left();
  }

  /**
   * What waits for a connection that begins, one after the other: the next follows once `left` was told
   * of the one before. `number` is told which get an id, all of them before the first goes out.
   */
  async *resend(receiver: Receiver, number: (waiting: Waiting) => void): AsyncGenerator<Resent> {
    this.#receiver = receiver;
    this.#isLive = false;
    this.#leaving?.left();
    for (const waiting of this.#due.values()) {
      if (waiting.qos === 2 && waiting.messageId === 0) this.#giveIds(receiver, number);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#leaving = { waiting, left: resolve };
      yield packetOf(waiting);
      await promise;
      if (this.#receiver !== receiver) return;
      this.#leaving = null;
    }
    this.#isLive = true;
  }

  #giveIds(receiver: Receiver, number: (waiting: Waiting) => void): void {
    let left = together;
    for (const waiting of this.#due.values()) {
      if (waiting.qos < 2 || waiting.messageId !== 0) continue;
      this.giveNextId(waiting, receiver);
      number(waiting);
      if (--left === 0) return;
    }
  }

  #put(waiting: Waiting): void {
    this.#queue.set(waiting.number, waiting);
    this.#bytes += bytesOf(waiting.topic, waiting.payload);
  }
}

function packetOf({ topic, payload, qos, retain, messageId, released, wasSent, name }: Waiting): Resent {
  const { brokerId, brokerCounter } = name as Name;
  if (released) return { cmd: "pubrel", brokerId, brokerCounter, messageId };
  const packet = { cmd: "publish", topic, payload: Buffer.from(payload), qos, retain, dup: wasSent, brokerId, brokerCounter };
  return messageId === 0 ? packet : { ...packet, messageId };
}

const keyOf = ({ brokerId, brokerCounter }: Partial<Name>): string => `${brokerId} ${brokerCounter}`;
