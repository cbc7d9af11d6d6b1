import { Readable } from "node:stream";
import { Arrivals } from "./arrivals.ts";
import { FilterTree } from "./filters.ts";
import type { Journal } from "./journal.ts";
import type { Message, Will } from "./message.ts";
import { Outbox, type Name, type Receiver, type Waiting } from "./outbox.ts";
import { Retained, type RetainedLimits } from "./retained.ts";

export interface SessionLimits extends RetainedLimits {
  readonly sessions: number;
  /** Messages and bytes that wait for one client; the oldest go first. */
  readonly queued: number;
  readonly queuedBytes: number;
}

interface ClientName {
  readonly id: string;
  readonly clean?: boolean;
}

interface Subscription {
  readonly topic: string;
  readonly qos: number;
}

/** A packet that is about to be written; what is known of its message is set in it. */
type Outgoing = Partial<Name> & { cmd: string; messageId: number; qos?: number };

interface Session {
  user: string;
  /** Begun by the connection that is being made: the client is told that there was none. */
  isNew: boolean;
  readonly subscriptions: Map<string, number>;
  readonly outbox: Outbox;
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
  /** Messages that were kept and are not due yet, with where they wait. */
  readonly #kept = new WeakMap<Message, { readonly client: string; readonly waiting: Waiting }[]>();
  readonly #arrivals = new Arrivals();
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
    const waiting: { readonly client: string; readonly waiting: Waiting }[] = [];
    for (const [client, qos] of wishes) {
      const outbox = this.#sessions.get(client)?.outbox;
      if (outbox !== undefined) waiting.push({ client, waiting: this.#enqueue(client, outbox, { ...message, retain: false }, Math.min(qos, message.qos)) });
    }
    if (waiting.length > 0) this.#kept.set(message, waiting);
    return isRetained || wishes.size > 0;
  }

  /** A message that was kept is durable, and goes to subscribers from now on, under a name. */
  makeDue(message: Message, name: Name): void {
    for (const { client, waiting } of this.#kept.get(message) ?? []) this.#sessions.get(client)?.outbox.makeDue(waiting, name);
    this.#kept.delete(message);
  }

  /** A message that was kept could not be stored: its sender, who was told nothing, will send it again. */
  forgo(message: Message): void {
    for (const { client, waiting } of this.#kept.get(message) ?? []) {
      const outbox = this.#sessions.get(client)?.outbox;
      if (outbox !== undefined) this.#unqueue(client, outbox, waiting);
    }
    this.#kept.delete(message);
  }

  /** Whether a message of QoS 1 or 2 may be written to a connection now: what waits for it goes first. */
  reaches(client: ClientName & Receiver, packet: Partial<Name> & { readonly messageId?: number; readonly retain: boolean }): boolean {
    if (client.clean !== false || (packet.retain && packet.brokerId === null)) return true;
    return this.#sessions.get(client.id)?.outbox.reaches(client, packet) ?? true;
  }

  /**
   * Whether a message that was retained, and now meets a subscription, waits for its client as any other does: then it
   * comes again if the line is lost, under a number that no crash takes back, where aedes would give it one that nobody
   * remembers. When the queue is full it does not, rather than take the place of others.
   */
  keepRetained(client: ClientName & Receiver, { topic, payload, qos }: Pick<Message, "topic" | "payload" | "qos">): boolean {
    const outbox = client.clean === false ? this.#sessions.get(client.id)?.outbox : undefined;
    if (outbox === undefined || outbox.size >= this.#limits.queued || outbox.bytes + payload.length > this.#limits.queuedBytes) return false;
    const waiting = this.#enqueue(client.id, outbox, { topic, payload, retain: true }, qos);
    outbox.giveNextId(waiting, client);
    this.#writeSent(client.id, waiting);
    outbox.makeDue(waiting, { brokerId: "retained", brokerCounter: waiting.number });
    const sendNow = (): void => {
      if (!outbox.isLeftOver(waiting, client)) return;
      waiting.wasSent = true;
      client.deliverQoS?.({ cmd: "publish", topic, payload, qos, retain: true, dup: false, brokerId: null, messageId: waiting.messageId }, () => {});
    };
    this.#journal.settled().then(sendNow).catch(() => {}); // the broker closes
    return true;
  }

  /** Begins the session of a client that wants to find it again. */
  begin(client: string, user: string): void {
    const session = this.#sessions.get(client);
    if (session?.user === user) return;
    if (session === undefined) this.#makeRoom();
    else session.user = user;
    this.#sessions.set(client, session ?? newSession(user, true));
    this.#journal.write(["session", client, user]);
  }

  /** The wills of clients that were there when the process ended without a word; they are due now. */
  takeWills(): (Will & { client: string; user: string })[] {
    const wills = [...this.#wills].map(([client, will]) => ({ client, ...will }));
    for (const { client } of wills) this.#dropWill(client);
    return wills;
  }

  /** Takes away what is kept and what waits of topics that are about something; how many messages there were. */
  forget(isAbout: (topic: string) => boolean): number {
    const waiting = [...this.#sessions].flatMap(([client, { outbox }]) => outbox.about(isAbout).map((one) => ({ client, outbox, one })));
    const wills = [...this.#wills].filter(([, { topic }]) => isAbout(topic));
    for (const { client, outbox, one } of waiting) this.#unqueue(client, outbox, one);
    for (const [client] of wills) this.#dropWill(client);
    return this.#retained.forget(isAbout) + waiting.length + wills.length;
  }

  /** Notes that a QoS 2 message is taken in, durable once `stored` settles; for a repeat, when that which it repeats is durable. */
  takeIncoming(client: ClientName, messageId: number, stored: Promise<unknown>): Promise<unknown> | null {
    return this.#arrivals.begin(client.id, messageId, stored);
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

  /**
   * A message goes out under `messageId`, or is released (QoS 2); resolves once that may be written to the
   * line. What the client then knows must be durable first, whoever noted it: were a message sent under
   * an id that a crash takes back, or released to a client while a crash can still take that back, it
   * would be sent again and pass for another one.
   */
  async outgoingUpdate(client: Receiver, packet: Outgoing): Promise<void> {
    const outbox = this.#sessions.get(client.id)?.outbox;
    if (outbox === undefined) return;
    const waiting = packet.cmd === "pubrel" ? outbox.withId(packet.messageId) : outbox.named(packet);
    if (waiting !== undefined) this.#noteOutgoing(client.id, outbox, waiting, packet);
    // Sent again under another number QoS 1 is still at least once.
    if (packet.cmd === "pubrel" || waiting?.qos === 2) await this.#journal.settled().finally(() => waiting !== undefined && outbox.left(waiting));
    else if (waiting !== undefined) outbox.left(waiting);
  }

  /** Tells nothing: what it told aedes would put into a stream that nobody reads, until that is full. */
  async outgoingClearMessageId(client: ClientName, packet: { messageId?: number }): Promise<void> {
    const outbox = this.#sessions.get(client.id)?.outbox;
    const waiting = outbox?.withId(packet.messageId);
    if (outbox !== undefined && waiting !== undefined) this.#unqueue(client.id, outbox, waiting);
  }

  outgoingStream(client: Receiver): Readable {
    const outbox = this.#sessions.get(client.id)?.outbox;
    return Readable.from(outbox === undefined ? [] : outbox.resend(client, (waiting) => this.#writeSent(client.id, waiting)));
  }

  async incomingStorePacket(client: ClientName, packet: { messageId: number }): Promise<void> {
    this.#arrivals.note(client.id, packet.messageId);
  }

  /** Whether a QoS 2 message is here already; waits until that is durable. Rejects when it is not. */
  async incomingGetPacket(client: ClientName, packet: { cmd?: string; messageId: number }): Promise<unknown> {
    const stored = this.#arrivals.stored(client.id, packet.messageId);
    if (stored === undefined) {
      // A release that is sent again is answered no sooner than the one before.
      if (packet.cmd === "pubrel") await this.#journal.settled();
      throw new Error("no such packet");
    }
    await stored;
    return packet;
  }

  async incomingDelPacket(client: ClientName, packet: { messageId: number }): Promise<void> {
    if (!this.#arrivals.release(client.id, packet.messageId)) throw new Error("no such packet");
    if (client.clean !== false) return;
    // Were it forgotten after the client may use the number again, its next message would pass for this one.
    this.#journal.write(["released", client.id, packet.messageId]);
    await this.#journal.settled();
  }

  async cleanIncoming(client: ClientName): Promise<void> {
    this.#arrivals.forget(client.id);
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
    for (const message of queue) {
      this.#number = Math.max(this.#number, message.number);
      const outbox = this.#sessions.get(message.client)?.outbox;
      if (outbox === undefined) continue;
      outbox.recall(message);
      this.#queued++;
    }
    for (const { client, messageId } of incoming) {
      this.#arrivals.note(client, messageId);
      void this.#arrivals.begin(client, messageId, Promise.resolve());
    }
    for (const { client, retain, ...will } of wills) this.#wills.set(client, { ...will, retain: retain === 1 });
  }

  #enqueue(client: string, outbox: Outbox, message: Pick<Message, "topic" | "payload" | "retain">, qos: number): Waiting {
    const { topic, retain } = message;
    const payload = new Uint8Array(message.payload);
    const waiting = outbox.add({ topic, payload, retain }, qos, ++this.#number);
    this.#queued++;
    this.#journal.write(["queue", client, waiting.number, topic, payload, qos, retain ? 1 : 0]);
    while (outbox.size > this.#limits.queued || (outbox.bytes > this.#limits.queuedBytes && outbox.size > 1)) {
      const { oldest } = outbox;
      if (oldest === undefined) break;
      this.#unqueue(client, outbox, oldest);
      this.#ports.dropped("queued");
    }
    return waiting;
  }

  #noteOutgoing(client: string, outbox: Outbox, waiting: Waiting, packet: Outgoing): void {
    if (packet.cmd === "pubrel") {
      if (waiting.released) return;
      waiting.released = true;
      return this.#writeSent(client, waiting);
    }
    if (waiting.messageId === 0) {
      outbox.giveId(waiting, packet.messageId);
      if (waiting.qos === 2) this.#writeSent(client, waiting);
    }
    waiting.wasSent = true;
    packet.messageId = waiting.messageId;
    packet.qos = waiting.qos;
    // The client said meanwhile, of its own accord, that it has the message.
    if (waiting.released) Object.assign(packet, { cmd: "pubrel", dup: false });
  }

  #writeSent(client: string, { number, messageId, released }: Waiting): void {
    this.#journal.write(["sent", client, number, messageId, released ? 1 : 0]);
  }

  #unqueue(client: string, outbox: Outbox, waiting: Waiting): void {
    if (!outbox.remove(waiting)) return;
    this.#queued--;
    this.#journal.write(["unqueue", client, waiting.number]);
  }

  #end(client: string): void {
    this.#arrivals.forget(client);
    const session = this.#sessions.get(client);
    if (session === undefined) return;
    for (const filter of session.subscriptions.keys()) this.#tree.delete(filter, client);
    this.#queued -= session.outbox.size;
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

const newSession = (user: string, isNew: boolean): Session => ({ user, isNew, subscriptions: new Map(), outbox: new Outbox() });
