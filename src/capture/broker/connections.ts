import type { Socket } from "node:net";
import { Gate } from "./gate.ts";
import type { BrokerGuest } from "./options.ts";

export interface ConnectionLimits {
  readonly connections: number;
  /** Bytes of a packet before login, and after it. */
  readonly loginBytes: number;
  readonly packetBytes: number;
  /** From the connection to the login, in milliseconds. */
  readonly loginTime: number;
  /** Bytes of one client's messages that may wait to be durable before its socket is no longer read. */
  readonly heldPerClient: number;
  /**
   * The same for all clients together. From half of it no socket is read; what one read brought beyond
   * it is dropped (QoS 0), or its sender sent away (QoS 1 and 2).
   */
  readonly held: number;
  /** Bytes of packets that have begun and are not whole, all clients together. */
  readonly partial: number;
}

/** What aedes keeps a connection by; only as far as it is looked at here. */
export interface BrokerClient {
  readonly id: string;
  readonly clean: boolean;
  readonly conn: Socket;
  /** It was told that it is let in, which comes before anything else it is told. */
  readonly connackSent: boolean;
  readonly subscriptions: Readonly<Record<string, object>>;
}

/** One connection: who is on it, and what of its messages is not done yet. */
export class Link {
  readonly socket: Socket;
  readonly gate: Gate;
  /** Whom aedes sees here, from the login on. */
  client: BrokerClient | null = null;
  user = "";
  isLoggedIn = false;
  /** The client gave no name, wants its session kept, leaves a will. */
  asked: { readonly isNameless: boolean; readonly clean: boolean; readonly will: { readonly topic: string } | null } = { isNameless: true, clean: true, will: null };
  /** The QoS that each of its filters was granted. */
  readonly granted = new Map<string, number>();
  /** Milliseconds of silence after which the client is gone; 0: it did not say. */
  patience = 0;
  heard = Date.now();
  held = 0;

  constructor(socket: Socket, gate: Gate) {
    this.socket = socket;
    this.gate = gate;
  }
}

/**
 * The connections of the broker, and what bounds them: frames are watched before they are parsed, a
 * client whose messages wait to be durable is not read any further (so TCP slows it down), one that is
 * silent for longer than it said is gone.
 */
export class Connections {
  readonly refused: Record<string, number> = {};
  readonly #links = new Set<Link>();
  /** Those that have something to say and are not read for now, in turn. */
  readonly #paused = new Set<Link>();
  readonly #byClient = new WeakMap<object, Link>();
  readonly #limits: ConnectionLimits;
  readonly #handle: (socket: Socket) => object;
  readonly #sweep: NodeJS.Timeout;
  #held = 0;
  #isWaking = false;

  constructor(limits: ConnectionLimits, handle: (socket: Socket) => object) {
    this.#limits = limits;
    this.#handle = handle;
    this.#sweep = setInterval(() => this.#endSilent(), 500);
    this.#sweep.unref();
  }

  get size(): number {
    return this.#links.size;
  }

  get held(): number {
    return this.#held;
  }

  linkOf(client: object): Link | undefined {
    return this.#byClient.get(client);
  }

  /** At most so many clients that are logged in, the oldest first. */
  guests(most: number): BrokerGuest[] {
    const guests: BrokerGuest[] = [];
    for (const { isLoggedIn, client, user, heard } of this.#links) {
      if (guests.length >= most) break;
      if (isLoggedIn) guests.push({ id: client?.id ?? "", user, heard: heard * 1000 });
    }
    return guests;
  }

  /** The links of a user that are logged in. */
  of(user: string): Link[] {
    return [...this.#links].filter((link) => link.isLoggedIn && link.user === user);
  }

  admit(socket: Socket): void {
    if (this.#links.size >= this.#limits.connections) return this.#refuse(socket, "too-many");
    socket.setNoDelay(true); // an answer of four bytes must not wait for company
    socket.setKeepAlive(true, 60_000);
    const link = new Link(socket, new Gate(this.#limits.loginBytes));
    this.#links.add(link);
    socket.once("close", () => {
      this.#links.delete(link);
      this.#paused.delete(link);
    });
    this.#watch(link);
    const client = this.#handle(socket);
    this.#byClient.set(client, link);
    guardParser(client, () => this.#refuse(socket, "malformed"));
  }

  logIn(link: Link, client: BrokerClient, user: string): void {
    link.client = client;
    link.user = user;
    link.isLoggedIn = true;
    link.gate.limit = this.#limits.packetBytes;
  }

  /** Notes that a message of a client is not done yet; `false` when too much waits, and it was not noted. */
  hold(link: Link, bytes: number): boolean {
    if (this.#held + bytes > this.#limits.held && this.#held > 0) return false;
    this.#held += bytes;
    link.held += bytes;
    return true;
  }

  release(link: Link, bytes: number): void {
    this.#held -= bytes;
    link.held -= bytes;
    link.heard = Date.now(); // while it was not read it could not be heard
    if (this.#paused.size === 0 || this.#isWaking) return;
    this.#isWaking = true;
    setImmediate(() => this.#wakePaused());
  }

  end(link: Link, why: string): void {
    this.#refuse(link.socket, why);
  }

  close(): void {
    clearInterval(this.#sweep);
    for (const { socket } of this.#links) socket.destroy();
  }

  /** Stands between the socket and its parser: whole chunks are looked at as they are read. */
  #watch(link: Link): void {
    const { socket } = link;
    const read = socket.read.bind(socket);
    socket.read = (size?: number): unknown => {
      if (size === 0) return read(0); // how the stream itself asks for more
      if (this.#isFull(link)) {
        this.#paused.add(link);
        return null;
      }
      const chunk: unknown = size === undefined || size === null ? read() : read(size);
      if (!(chunk instanceof Uint8Array)) return chunk;
      link.heard = Date.now();
      const problem = link.gate.problem(chunk);
      if (problem === null && this.#fits(link)) return chunk;
      this.#refuse(socket, problem === null || problem.includes("announced") ? "too-large" : "malformed");
      return null;
    };
  }

  #isFull(link: Link): boolean {
    if (!link.isLoggedIn) return false; // a login is small, and has only so much time
    return link.held > this.#limits.heldPerClient || (this.#held > this.#limits.held / 2 && this.#held > 0);
  }

  #wakePaused(): void {
    this.#isWaking = false;
    for (const link of [...this.#paused]) {
      if (this.#isFull(link)) continue;
      this.#paused.delete(link); // not read to the end, it goes to the end of the line
      link.socket.emit("readable");
    }
  }

  #fits(link: Link): boolean {
    if (link.gate.partial < 64 * 1024) return true;
    let partial = 0;
    for (const { gate } of this.#links) partial += gate.partial;
    return partial <= this.#limits.partial;
  }

  #endSilent(): void {
    const now = Date.now();
    for (const link of this.#links) {
      if (!link.isLoggedIn || link.patience === 0 || link.held > 0) continue;
      if (now - link.heard > link.patience) this.#refuse(link.socket, "silent");
    }
  }

  #refuse(socket: Socket, why: string): void {
    if (!socket.destroyed) this.refused[why] = (this.refused[why] ?? 0) + 1;
    socket.destroy();
  }
}

/** A packet on which the parser or what it calls chokes ends its connection, not the process. */
function guardParser(client: object, refuse: () => void): void {
  const { _parser: parser } = client as { _parser?: { parse(chunk: Uint8Array): number } };
  if (parser === undefined) return;
  const parse = parser.parse.bind(parser);
  parser.parse = (chunk) => {
    try {
      return parse(chunk);
    } catch {
      refuse();
      return 0;
    }
  };
}
