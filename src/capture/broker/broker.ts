import { createServer as createPlain, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createServer as createSecure } from "node:tls";
import { Aedes, type AedesOptions } from "aedes";
import { shown } from "../name.ts";
import { cannotListen } from "./cannot-listen.ts";
import { Connections, type BrokerClient, type Link } from "./connections.ts";
import { filterProblem, topicProblem, wants } from "./filters.ts";
import { isAbout } from "./forget.ts";
import { noJournal, openJournal, type Journal } from "./journal.ts";
import type { Message } from "./message.ts";
import { brokerLimits, type Broker, type BrokerGuest, type BrokerLimits, type BrokerOptions, type BrokerStats } from "./options.ts";
import type { Name } from "./outbox.ts";
import { sessionMark, Sessions } from "./sessions.ts";

/**
 * An MQTT 3.1.1 broker for devices, on the main thread.
 *
 * QoS 0, 1 and 2 are served; PUBACK, and PUBREC for QoS 2, are sent only once the message is durable,
 * its readings in the store and what it means to absent subscribers in `broker.sqlite`. A QoS 2 message
 * that is sent again after a crash may give a reading without a time of its own twice; subscribers get
 * it once. A message that makes no sense or is not allowed is answered all the same, and counted: a
 * device that got no answer would send it for ever. MQTT 5 is refused with "unacceptable protocol".
 *
 * Nothing grows without bound: see `BrokerLimits`. A client that sends faster than the disk takes is
 * slowed down by not reading its socket. A subscriber that does not keep up misses QoS 0; one that
 * lets QoS 1 pile up, or reads nothing for 10 seconds, is sent away, and gets what it missed when it
 * comes back if it asked for a session.
 *
 * Throws `capture.cannot-listen`, and what opening `broker.sqlite` throws.
 */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const onProblem = options.onProblem ?? (() => {});
  const journal = options.directory === null ? noJournal() : await openJournal({
    directory: options.directory,
    onProblem: (error) => onProblem(`the broker cannot write what it must keep, and answers nobody who relies on it: ${error.message}`),
  });
  if (journal.kept.problem !== null) onProblem(journal.kept.problem);
  const hub = new Hub(options, journal);
  try {
    await hub.open();
    return hub;
  } catch (error) {
    await hub.close();
    throw error;
  }
}

/** The parts of aedes used here that its types leave out. */
interface Internal {
  counter: number;
  readonly clients: Readonly<Record<string, BrokerClient>>;
  readonly mq: { emit(message: Message & Name, done: () => void): void };
  publish(packet: Incoming, client: BrokerClient | null | ((error?: unknown) => void), done?: (error?: unknown) => void): void;
}

interface Incoming {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
  readonly retain: boolean;
  readonly messageId?: number;
  /** Noted on a message that was taken in before its answer, on its way through aedes. */
  [accepted]?: { readonly message: Accepted };
}

const accepted = Symbol("accepted");

/** What a message costs while it waits, beside its payload: measured, with aedes' part. */
const messageBytes = 2000;

type Forwarded = Partial<Name> & { readonly topic: string; readonly payload: string | Buffer; qos: number; readonly retain: boolean; readonly messageId?: number };
type Answer = (error?: Error | null) => void;
/** A message that was taken in; `null` for one that goes no further. */
type Accepted = Message | null;

class Hub implements Broker {
  readonly #options: BrokerOptions;
  readonly #limits: BrokerLimits;
  readonly #journal: Journal;
  readonly #sessions: Sessions;
  readonly #connections: Connections;
  readonly #aedes: Aedes;
  readonly #internal: Internal;
  readonly #server: Server;
  readonly #dropped: Record<string, number> = {};
  #received = 0;
  #sent = 0;
  #isClosing = false;

  constructor(options: BrokerOptions, journal: Journal) {
    this.#options = options;
    this.#limits = { ...brokerLimits, ...options.limits };
    this.#journal = journal;
    this.#sessions = new Sessions(journal, this.#limits, {
      isOnline: (client) => client in this.#internal.clients,
      userOf: (client) => this.#userOf(client),
      allows: (client, filter) => this.#mayHave(this.#userOf(client), filter),
      dropped: (what) => this.#drop(`${what}-full`),
    });
    this.#aedes = new Aedes(this.#hooks());
    this.#internal = this.#aedes as unknown as Internal;
    this.#internal.publish = (packet, client, done) => this.#publish(packet, client, done);
    this.#aedes.on("error" as "closed", () => {});
    this.#aedes.on("unsubscribe", (filters, client) => {
      const { subscriptions } = client as unknown as BrokerClient;
      for (const filter of filters) if (subscriptions[filter] === undefined) this.#connections.linkOf(client)?.granted.delete(filter);
    });
    this.#connections = new Connections(this.#limits, (socket) => this.#aedes.handle(socket));
    const admit = (socket: Socket): void => this.#connections.admit(socket);
    this.#server = options.tls === undefined ? createPlain(admit) : createSecure({ ...options.tls, minVersion: "TLSv1.2", handshakeTimeout: this.#limits.loginTime }, admit);
    // One that does not shake hands, or not in time, is only told of: its line would stay open for ever.
    this.#server.on("tlsClientError", (_error: Error, socket: Socket) => socket.destroy());
    this.#server.maxConnections = 2 * this.#limits.connections; // with those that have not shaken hands
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async open(): Promise<void> {
    await this.#aedes.listen();
    for (const { user, ...will } of this.#sessions.takeWills()) if (this.#mayPublish(user, will.topic)) await this.#takeOwn(will);
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error) => reject(cannotListen(host, port, error)));
      this.#server.listen(port, host, resolve);
    });
  }

  async publish(topic: string, payload: string | Uint8Array, { qos = 1, retain = false }: { readonly qos?: 0 | 1; readonly retain?: boolean } = {}): Promise<void> {
    const problem = topicProblem(topic);
    if (problem !== null) throw new RangeError(`Cannot publish to topic ${shown(topic)}: ${problem.why}`);
    await this.#takeOwn({ topic, payload: typeof payload === "string" ? Buffer.from(payload) : payload, qos, retain });
  }

  async forget(assets: readonly string[]): Promise<number> {
    const gone = this.#sessions.forget((topic) => isAbout(topic, assets));
    await this.#journal.purge();
    return gone;
  }

  stats(): BrokerStats {
    const { size: connections, held: heldBytes, refused } = this.#connections;
    return { connections, received: this.#received, sent: this.#sent, ...this.#sessions.counts(), heldBytes, refused: { ...refused }, dropped: { ...this.#dropped } };
  }

  readonly guests = (most: number): BrokerGuest[] => this.#connections.guests(most);

  disconnect(user: string): number {
    const links = this.#connections.of(user);
    for (const link of links) this.#connections.end(link, "revoked");
    return links.length;
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#connections.close();
    await new Promise<void>((resolve) => this.#aedes.close(resolve));
    await closed;
    await this.#journal.close();
  }

  #hooks(): AedesOptions {
    return {
      concurrency: 0, // what waits for slow subscribers is bounded by their sockets, and holds nobody else up
      queueLimit: 10_000, // of one chunk that came with CONNECT, which the gate bounds by bytes
      connectTimeout: this.#limits.loginTime,
      drainTimeout: this.#limits.drainTime,
      heartbeatInterval: 500_000_000, // it tells other brokers on the same memory; there are none
      maxClientsIdLength: 200,
      persistence: this.#sessions,
      preConnect: (client, packet, callback) => {
        const link = this.#connections.linkOf(client);
        if (link === undefined) return callback(new Error("no connection"), false);
        link.patience = (packet.keepalive ?? 0) * 1500;
        link.asked = { isNameless: packet.clientId === "", clean: packet.clean ?? true, will: packet.will ?? null };
        packet.keepalive = 0; // watched here: aedes would send away a client that it is we who do not read
        callback(null, true);
      },
      authenticate: (client, user, password, done) => {
        void this.#answerLogIn(client as unknown as BrokerClient, user ?? null, password ?? null, (code) => {
          if (code === 0) done(null, true);
          else done(Object.assign(new Error("login refused"), { returnCode: code }), null);
        });
      },
      authorizePublish: (client, packet, callback) => this.#receive(client as unknown as BrokerClient, packet as Incoming, callback),
      authorizeSubscribe: (client, subscription, callback) => {
        const isGranted = this.#maySubscribe(client as unknown as BrokerClient, subscription.topic);
        if (isGranted) this.#connections.linkOf(client)?.granted.set(subscription.topic, subscription.qos);
        // For aedes all filters want QoS 2: of several it would take the first at its QoS, not the best. `#forwardable` says which.
        callback(null, isGranted ? { ...subscription, qos: 2 } : null);
      },
      authorizeForward: (client, packet) => this.#forwardable(client as unknown as BrokerClient, packet),
    };
  }

  async #answerLogIn(client: BrokerClient, user: string | null, password: Buffer | null, answer: (code: number) => void): Promise<void> {
    let code = 3; // server unavailable
    try {
      code = await this.#logIn(client, user, password);
    } catch (error) {
      this.#options.onProblem?.(`a login to the broker could not be checked: ${error instanceof Error ? error.message : String(error)}`);
    }
    answer(code);
  }

  /** Lets a client in: 0, or the MQTT code that says why not. */
  async #logIn(client: BrokerClient, user: string | null, password: Buffer | null): Promise<number> {
    const link = this.#connections.linkOf(client);
    if (link === undefined || this.#isClosing) return 3;
    const { isNameless, clean, will } = link.asked;
    // oxlint-disable-next-line no-control-regex
    if ((isNameless && !clean) || client.id.length > 200 || /[\u0000-\u001f\u007f-\u009f\ufffd]/.test(client.id)) return 2;
    const known = this.#options.authenticate === undefined ? "" : await this.#options.authenticate(client.id, user, password);
    if (known === null) {
      await delay(500); // guessing takes a while
      return 4;
    }
    // Someone else's name: refused before the one who has it is sent away.
    const online = this.#internal.clients[client.id];
    const owner = online === undefined ? this.#sessions.owner(client.id) : this.#connections.linkOf(online)?.user;
    if (typeof owner === "string" && owner !== known && (online !== undefined || owner !== "")) return 5; // "" was before there were users
    if (will !== null && (topicProblem(will.topic) !== null || !this.#mayPublish(known, will.topic))) return 5;
    this.#connections.logIn(link, client, known);
    if (!clean) this.#sessions.begin(client.id, known);
    return 0;
  }

  /** A message from the wire or a will: QoS 0 and 1 are taken in before aedes answers, QoS 2 in `#publish`, which knows repeats. */
  #receive(client: BrokerClient | null, packet: Incoming, answer: Answer): void {
    const link = client === null ? undefined : this.#connections.linkOf(client);
    if (client === null || link === undefined || this.#isClosing) return answer(new Error("closing"));
    this.#received++;
    const problem = topicProblem(packet.topic);
    if (problem?.broken === true) {
      this.#connections.end(link, "malformed");
      return answer(new Error(problem.why));
    }
    const isRefused = problem !== null || !this.#mayPublish(link.user, packet.topic);
    if (isRefused) this.#options.messages.drop("not-allowed", 1);
    if (isRefused || packet.qos === 2) {
      if (isRefused) packet[accepted] = { message: null };
      return answer(null);
    }
    this.#take(packet, link, (error, message) => {
      if (error === null) packet[accepted] = { message };
      answer(error);
    });
  }

  /** What aedes does with a message once it was answered (QoS 0 and 1) or so that it can be (QoS 2). */
  #publish(packet: Incoming, client: BrokerClient | null | ((error?: unknown) => void), done?: (error?: unknown) => void): void {
    const finish = typeof client === "function" ? client : done;
    const known = packet[accepted];
    const link = client === null || typeof client === "function" ? undefined : this.#connections.linkOf(client);
    const { messageId } = packet;
    if (known !== undefined || link === undefined) {
      if (link !== undefined && packet.qos === 2 && messageId !== undefined) void this.#sessions.takeIncoming(client as BrokerClient, messageId, Promise.resolve());
      this.#forward(known?.message ?? null); // what aedes tells itself under $SYS is told to nobody
      finish?.();
      return;
    }
    const stored = Promise.withResolvers<void>();
    stored.promise.catch(() => {}); // a will has nobody who waits for it
    const before = messageId === undefined ? null : this.#sessions.takeIncoming(client as BrokerClient, messageId, stored.promise);
    if (before !== null) return void before.then(() => finish?.(), finish);
    this.#take(packet, link, (error, message) => {
      if (error === null) stored.resolve();
      else stored.reject(error);
      if (error === null) this.#forward(message);
      finish?.(error);
    });
  }

  /** Takes a message in; tells, with what subscribers are to get, once it is durable in every way it has to be. */
  #take(packet: Incoming, link: Link, tell: (error: Error | null, message: Accepted) => void): void {
    const bytes = messageBytes + 8 * packet.payload.length; // as read: names and values apart
    if (!this.#connections.hold(link, bytes)) {
      this.#options.messages.drop("overload", 1);
      if (packet.qos > 0) this.#connections.end(link, "overload");
      return tell(packet.qos > 0 ? new Error("overload") : null, null);
    }
    const taken = packet.qos === 2 ? this.#takeOnce(packet, link) : this.#takeAtLeastOnce(packet, link);
    taken.then(
      (message) => {
        this.#connections.release(link, bytes);
        return tell(null, message);
      },
      (error: unknown) => {
        this.#connections.release(link, bytes);
        return tell(error instanceof Error ? error : new Error(String(error)), null);
      },
    );
  }

  #takeAtLeastOnce(packet: Incoming, link: Link): Promise<Message> {
    const message = this.#messageOf(packet);
    const isKept = this.#sessions.keep(message);
    const stored = this.#options.messages.take(packet.topic, packet.payload, link.user).catch((error: unknown) => this.#insist(packet, link, error));
    const durable = isKept ? Promise.all([stored, this.#journal.settled()]) : stored;
    return durable.then(() => message, (error: unknown) => {
      this.#sessions.forgo(message);
      throw error;
    });
  }

  /** The readings first: were the message known before they are stored, a crash between would lose them. */
  async #takeOnce(packet: Incoming, link: Link): Promise<Message> {
    await this.#options.messages.take(packet.topic, packet.payload, link.user).catch((error: unknown) => this.#insist(packet, link, error));
    const message = this.#messageOf(packet);
    this.#sessions.keep(message);
    if (packet.messageId !== undefined && link.client !== null) this.#sessions.keepIncoming(link.client, packet.messageId);
    await this.#journal.settled();
    return message;
  }

  /** What could not be stored is tried again, as long as the sender waits for it. */
  async #insist({ topic, payload, qos }: Incoming, link: Link, failure: unknown): Promise<void> {
    let error = failure;
    for (let wait = 250; ; wait = Math.min(2 * wait, 5000)) {
      if (qos === 0) return this.#options.messages.drop("not-stored", 1);
      if (this.#isClosing || link.socket.destroyed) throw error;
      await delay(wait, undefined, { ref: false });
      try {
        await this.#options.messages.take(topic, payload, link.user);
        return;
      } catch (again) {
        error = again;
      }
    }
  }

  async #takeOwn(packet: Pick<Message, "topic" | "payload" | "qos" | "retain">): Promise<void> {
    const message = this.#messageOf(packet);
    if (this.#sessions.keep(message)) await this.#journal.settled();
    this.#forward(message);
  }

  #messageOf({ topic, payload, qos, retain }: Pick<Message, "topic" | "payload" | "qos" | "retain">): Message {
    return { cmd: "publish", topic, payload, qos, retain };
  }

  /** Gives a message to subscribers. Its name is made here: aedes takes one that is older than the last for a repeat. */
  #forward(message: Accepted): void {
    if (message === null || this.#isClosing) return;
    const name = { brokerId: this.#aedes.id, brokerCounter: ++this.#internal.counter };
    this.#sessions.makeDue(message, name);
    this.#internal.mq.emit({ ...message, ...name }, () => {});
  }

  /** What of a message goes to a subscriber: at most the QoS it was granted, and nothing it has no room for. */
  #forwardable<P extends Forwarded>(client: BrokerClient, packet: P): P | null {
    const link = this.#connections.linkOf(client);
    if (link === undefined || !client.connackSent || !this.#mayHave(link.user, packet.topic)) return null;
    if (packet.qos > 0) {
      const granted = [...link.granted].filter(([filter]) => wants(filter, packet.topic));
      packet.qos = Math.min(packet.qos, Math.max(0, ...granted.map(([, qos]) => qos)));
    }
    // For a subscription, and here for the first time: it has neither a name nor a number.
    const isRetained = packet.retain && packet.brokerId === null && packet.messageId === undefined;
    if (packet.qos > 0 && (isRetained ? this.#sessions.keepRetained(client, { ...packet, payload: Buffer.from(packet.payload) }) : !this.#sessions.reaches(client, packet))) return null;
    if (client.conn.writableLength > this.#limits.unread) {
      this.#drop("slow-subscriber");
      if (packet.qos === 0) return null;
      this.#connections.end(link, "slow");
      return packet.messageId === undefined ? null : packet; // refused out of the queue, it would be forgotten
    }
    this.#sent++;
    return packet;
  }

  #maySubscribe(client: BrokerClient, filter: string): boolean {
    if (filter === sessionMark) return false;
    const link = this.#connections.linkOf(client);
    const isGranted = link !== undefined && filterProblem(filter) === null && this.#mayHave(link.user, filter) && Object.keys(client.subscriptions).length < this.#limits.subscriptionsPerClient;
    if (!isGranted) void this.#sessions.removeSubscriptions(client, [filter]).catch(() => {}); // it may be kept from when it was allowed
    return isGranted;
  }

  #mayPublish(user: string, topic: string): boolean {
    if (this.#options.reserved?.some((prefix) => topic.startsWith(prefix)) === true) return false;
    return this.#options.mayPublish?.(user, topic) ?? true;
  }

  #mayHave(user: string, filter: string): boolean {
    return filterProblem(filter) === null && (this.#options.maySubscribe?.(user, filter) ?? true);
  }

  #userOf(client: string): string {
    const online = this.#internal.clients[client];
    return (online === undefined ? undefined : this.#connections.linkOf(online)?.user) ?? this.#sessions.owner(client) ?? "";
  }

  #drop(why: string): void {
    this.#dropped[why] = (this.#dropped[why] ?? 0) + 1;
  }
}
