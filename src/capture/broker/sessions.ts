import { Readable } from "node:stream";
import { FilterTree } from "./filters.ts";
import type { Journal } from "./journal.ts";
import type { KeptMessage } from "./keeper.ts";
import { bytesOf, Retained, type RetainedLimits } from "./retained.ts";

export interface SessionLimits extends RetainedLimits {
  readonly sessions: number;
  /** Messages and bytes that wait for one client; the oldest go first. */
  readonly queued: number;
  readonly queuedBytes: number;
}

/** A message as it goes from hand to hand in the broker. */
export interface Message {
  readonly cmd: "publish";
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
  /** Together they name a message: a client with two filters for it gets it once. */
  readonly brokerId: string;
  readonly brokerCounter: number;
}

interface ClientName {
  readonly id: string;
  readonly clean?: boolean;
}

interface Subscription {
  readonly topic: string;
  readonly qos: number;
}

interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
}

/** A message that waits for one client, or for its answer. */
interface Waiting {
  readonly message: Message;
  readonly number: number;
  readonly qos: number;
  messageId: number;
  /** The client has it (QoS 2) and only the release is open. */
  released: boolean;
}

interface Session {
  user: string;
  /** Begun by the connection that is being made: the client is told that there was none. */
  isNew: boolean;
  readonly subscriptions: Map<string, number>;
  readonly queue: Map<string, Waiting>; // by message
  readonly byId: Map<number, Waiting>;
  bytes: number;
}

/** Stands for the session of a client that subscribed to nothing; nobody can subscribe to it. */
export const sessionMark = "$session";

/** Who a session is of, and who may say so. */
export interface SessionPorts {
  isOnline(client: string): boolean;
  userOf(client: string): string;
  /** Whether a client may have what a filter wants. */
  allows(client: string, filter: string): boolean;
  /** Counts what was dropped to stay within bounds. */
  dropped(what: "retained" | "queued" | "session"): void;
}

/**
 * What the broker remembers: retained messages, sessions of clients that come back, what waits for
 * them, wills. In memory, written to the journal as it changes; what a sender is told waits for that.
 * It is what aedes calls a persistence, as far as aedes is used here: messages come in through `keep`.
 */
export class Sessions {
  readonly #journal: Journal;
  readonly #limits: SessionLimits;
  readonly #ports: SessionPorts;
  readonly #retained: Retained;
  readonly #sessions = new Map<string, Session>();
  readonly #tree = new FilterTree<number>();
  /** QoS 2 messages taken in and not released, by client: the promise settles once the message is durable. */
  readonly #incoming = new Map<string, Map<number, Promise<unknown>>>();
  readonly #wills = new Map<string, Will & { user: string }>();
  #number = 0;
  #queued = 0;

  constructor(journal: Journal, limits: SessionLimits, ports: SessionPorts) {
    this.#journal = journal;
    this.#limits = limits;
    this.#ports = ports;
    this.#retained = new Retained(journal, limits, () => ports.dropped("retained"));
    this.#recall();
  }

  counts(): { retained: number; retainedBytes: number; sessions: number; queued: number } {
    return { retained: this.#retained.size, retainedBytes: this.#retained.bytes, sessions: this.#sessions.size, queued: this.#queued };
  }

  /** Whose session a client's is; `null` when there is none. */
  owner(client: string): string | null {
    return this.#sessions.get(client)?.user ?? null;
  }

  /** Remembers a message as far as it must be; whether the journal has to settle before its sender is answered. */
  keep(message: Message): boolean {
    const isRetained = message.retain && this.#retained.keep(message);
    if (message.qos === 0) return isRetained;
    const wishes = new Map<string, number>();
    this.#tree.match(message.topic, (client, qos) => wishes.set(client, Math.max(qos, wishes.get(client) ?? 0)));
    for (const [client, qos] of wishes) this.#enqueue(client, message, Math.min(qos, message.qos));
    return isRetained || wishes.size > 0;
  }

  /** Begins the session of a client that wants to find it again. */
  begin(client: string, user: string): void {
    const session = this.#sessions.get(client);
    if (session?.user === user) return;
    if (session === undefined) this.#makeRoom();
    this.#sessions.set(client, session ?? newSession(user, true));
    this.#journal.write(["session", client, user]);
  }

  /** The wills of clients that were there when the process ended without a word; they are due now. */
  takeWills(): (Will & { client: string; user: string })[] {
    const wills = [...this.#wills].map(([client, will]) => ({ client, ...will }));
    for (const { client } of wills) this.#dropWill(client);
    return wills;
  }

  /** Notes that a QoS 2 message is on its way in: until `stored` settles, one like it is neither new nor known. */
  expectIncoming(client: ClientName, messageId: number, stored: Promise<unknown>): void {
    const known = this.#incoming.get(client.id);
    if (known?.has(messageId) !== true) return;
    known.set(messageId, stored);
    stored.catch(() => known.delete(messageId));
  }

  /** Remembers that a QoS 2 message is here: its readings are stored, and it goes into one commit with what is kept of it. */
  keepIncoming(client: ClientName, messageId: number): void {
    if (client.clean === false) this.#journal.write(["incoming", client.id, messageId]);
  }

  // What aedes calls, by its names.

  async setup(): Promise<void> {}

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    return this.#retained.stream(filters);
  }

  async addSubscriptions(client: ClientName, subscriptions: readonly Subscription[]): Promise<void> {
    const session = this.#sessions.get(client.id);
    if (session === undefined) return;
    for (const { topic, qos } of subscriptions) {
      if (!this.#ports.allows(client.id, topic) || session.subscriptions.get(topic) === qos) continue;
      session.subscriptions.set(topic, qos);
      if (qos > 0) this.#tree.set(topic, client.id, qos);
      else this.#tree.delete(topic, client.id);
      this.#journal.write(["subscribe", client.id, topic, qos]);
    }
    await this.#journal.settled();
  }

  async removeSubscriptions(client: ClientName, filters: readonly string[]): Promise<void> {
    const session = this.#sessions.get(client.id);
    if (session === undefined) return;
    for (const filter of filters) {
      if (!session.subscriptions.delete(filter)) continue;
      this.#tree.delete(filter, client.id);
      this.#journal.write(["unsubscribe", client.id, filter]);
    }
    await this.#journal.settled();
  }

  /**
   * What a client that comes back had. aedes tells it "session present" when this is not empty, so a
   * session without subscriptions has one that is always refused: a sender of QoS 2 that is told its
   * session is gone would use numbers again which we still know.
   */
  async subscriptionsByClient(client: ClientName): Promise<Subscription[]> {
    const session = this.#sessions.get(client.id);
    if (session === undefined) return [];
    const { isNew } = session;
    session.isNew = false;
    const subscriptions = [...session.subscriptions].map(([topic, qos]) => ({ topic, qos }));
    return isNew || subscriptions.length > 0 ? subscriptions : [{ topic: sessionMark, qos: 0 }];
  }

  /** A client comes without a session: what it had is over. */
  async cleanSubscriptions(client: ClientName): Promise<void> {
    this.#end(client.id);
    await this.#journal.settled();
  }

  /** A message goes out under `messageId`, or is released (QoS 2). A second sending keeps the first one's number. */
  async outgoingUpdate(client: ClientName, packet: { cmd: string; messageId: number; brokerId?: string; brokerCounter?: number }): Promise<void> {
    const session = this.#sessions.get(client.id);
    if (session === undefined) return;
    if (packet.cmd === "pubrel") {
      const waiting = session.byId.get(packet.messageId);
      if (waiting === undefined || waiting.released) return;
      waiting.released = true;
      this.#journal.write(["sent", client.id, waiting.number, waiting.messageId, 1]);
      return await this.#journal.settled();
    }
    const waiting = session.queue.get(nameOf(packet));
    if (waiting === undefined) return;
    if (waiting.messageId !== 0) {
      packet.messageId = waiting.messageId;
      return;
    }
    waiting.messageId = packet.messageId;
    session.byId.set(packet.messageId, waiting);
    if (waiting.qos < 2) return; // sent again under another number it is still at least once
    this.#journal.write(["sent", client.id, waiting.number, waiting.messageId, 0]);
    await this.#journal.settled();
  }

  async outgoingClearMessageId(client: ClientName, packet: { messageId?: number }): Promise<unknown> {
    const session = this.#sessions.get(client.id);
    const waiting = packet.messageId === undefined ? undefined : session?.byId.get(packet.messageId);
    if (session === undefined || waiting === undefined) return undefined;
    this.#unqueue(client.id, session, waiting);
    return waiting.message;
  }

  outgoingStream(client: ClientName): Readable {
    const waiting = this.#sessions.get(client.id)?.queue ?? new Map<string, Waiting>();
    return Readable.from(
      (function* () {
        for (const { message, qos, messageId, released } of waiting.values()) {
          const { brokerId, brokerCounter } = message;
          if (released) yield { cmd: "pubrel", brokerId, brokerCounter, messageId };
          else yield { ...message, payload: Buffer.from(message.payload), qos, dup: messageId !== 0, ...(messageId !== 0 && { messageId }) };
        }
      })(),
    );
  }

  async incomingStorePacket(client: ClientName, packet: { messageId: number }): Promise<void> {
    const known = this.#incoming.get(client.id) ?? new Map<number, Promise<unknown>>();
    known.set(packet.messageId, Promise.resolve());
    this.#incoming.set(client.id, known);
  }

  /** Whether a QoS 2 message is here already; waits until that is durable. Rejects when it is not. */
  async incomingGetPacket(client: ClientName, packet: { messageId: number }): Promise<unknown> {
    const stored = this.#incoming.get(client.id)?.get(packet.messageId);
    if (stored === undefined) throw new Error("no such packet");
    await stored;
    return packet;
  }

  async incomingDelPacket(client: ClientName, packet: { messageId: number }): Promise<void> {
    if (this.#incoming.get(client.id)?.delete(packet.messageId) !== true) throw new Error("no such packet");
    if (client.clean !== false) return;
    // Were it forgotten after the client may use the number again, its next message would pass for this one.
    this.#journal.write(["released", client.id, packet.messageId]);
    await this.#journal.settled();
  }

  async cleanIncoming(client: ClientName): Promise<void> {
    this.#incoming.delete(client.id);
  }

  async putWill(client: ClientName, { topic, payload, qos, retain }: Will): Promise<void> {
    const will = { topic, payload: new Uint8Array(payload), qos, retain, user: this.#ports.userOf(client.id) };
    this.#wills.set(client.id, will);
    this.#journal.write(["will", client.id, will.user, topic, will.payload, qos, retain ? 1 : 0]);
    await this.#journal.settled();
  }

  async delWill(client: ClientName): Promise<void> {
    this.#dropWill(client.id);
  }

  /** For brokers that share a memory; this one has its own. */
  streamWill(): Readable {
    return Readable.from([]);
  }

  #recall(): void {
    const { sessions, subscriptions, queue, incoming, wills } = this.#journal.kept;
    for (const { client, user } of sessions) this.#sessions.set(client, newSession(user, false));
    for (const { client, filter, qos } of subscriptions) {
      this.#sessions.get(client)?.subscriptions.set(filter, qos);
      if (qos > 0) this.#tree.set(filter, client, qos);
    }
    for (const message of queue) this.#recallWaiting(message);
    for (const { client, messageId } of incoming) void this.incomingStorePacket({ id: client }, { messageId });
    for (const { client, retain, ...will } of wills) this.#wills.set(client, { ...will, retain: retain === 1 });
  }

  #recallWaiting({ client, number, topic, payload, qos, retain, messageId, released }: KeptMessage): void {
    const session = this.#sessions.get(client);
    if (session === undefined) return;
    const message: Message = { cmd: "publish", topic, payload, qos, retain: retain === 1, brokerId: "kept", brokerCounter: number };
    const waiting: Waiting = { message, number, qos, messageId, released: released === 1 };
    session.queue.set(nameOf(message), waiting);
    if (messageId !== 0) session.byId.set(messageId, waiting);
    session.bytes += bytesOf(topic, payload);
    this.#queued++;
    this.#number = Math.max(this.#number, number);
  }

  #enqueue(client: string, message: Message, qos: number): void {
    const session = this.#sessions.get(client);
    if (session === undefined) return;
    const { topic, brokerId, brokerCounter } = message;
    const payload = new Uint8Array(message.payload);
    const waiting: Waiting = { message: { cmd: "publish", topic, payload, qos, retain: false, brokerId, brokerCounter }, number: ++this.#number, qos, messageId: 0, released: false };
    session.queue.set(nameOf(message), waiting);
    session.bytes += bytesOf(topic, payload);
    this.#queued++;
    this.#journal.write(["queue", client, waiting.number, topic, payload, qos, 0]);
    while (session.queue.size > this.#limits.queued || (session.bytes > this.#limits.queuedBytes && session.queue.size > 1)) {
      const [oldest] = session.queue.values();
      this.#unqueue(client, session, oldest);
      this.#ports.dropped("queued");
    }
  }

  #unqueue(client: string, session: Session, waiting: Waiting): void {
    session.queue.delete(nameOf(waiting.message));
    if (session.byId.get(waiting.messageId) === waiting) session.byId.delete(waiting.messageId);
    session.bytes -= bytesOf(waiting.message.topic, waiting.message.payload);
    this.#queued--;
    this.#journal.write(["unqueue", client, waiting.number]);
  }

  #end(client: string): void {
    this.#incoming.delete(client);
    const session = this.#sessions.get(client);
    if (session === undefined) return;
    for (const filter of session.subscriptions.keys()) this.#tree.delete(filter, client);
    this.#queued -= session.queue.size;
    this.#sessions.delete(client);
    this.#journal.write(["end", client]);
  }

  #makeRoom(): void {
    if (this.#sessions.size < this.#limits.sessions) return;
    for (const client of this.#sessions.keys()) {
      if (this.#ports.isOnline(client)) continue;
      this.#end(client);
      this.#ports.dropped("session");
      return;
    }
  }

  #dropWill(client: string): void {
    if (this.#wills.delete(client)) this.#journal.write(["unwill", client]);
  }
}

const newSession = (user: string, isNew: boolean): Session => ({ user, isNew, subscriptions: new Map(), queue: new Map(), byId: new Map(), bytes: 0 });
const nameOf = ({ brokerId, brokerCounter }: { brokerId?: string; brokerCounter?: number }): string => `${brokerId} ${brokerCounter}`;
