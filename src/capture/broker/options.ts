import type { MessageDoor } from "../messages.ts";
import type { ConnectionLimits } from "./connections.ts";
import type { SessionLimits } from "./sessions.ts";

export interface BrokerLimits extends ConnectionLimits, SessionLimits {
  /** Bytes that may wait in the socket of a client that reads too slowly. */
  readonly unread: number;
  /** Milliseconds after which a client that reads nothing is sent away. */
  readonly drainTime: number;
  readonly subscriptionsPerClient: number;
}

const MiB = 1024 * 1024;

export const brokerLimits: BrokerLimits = {
  connections: 2000, loginBytes: 64 * 1024, packetBytes: MiB, loginTime: 10_000,
  heldPerClient: MiB / 4, held: 64 * MiB, partial: 64 * MiB,
  sessions: 2000, queued: 1000, queuedBytes: 4 * MiB, retained: 10_000, retainedBytes: 32 * MiB,
  unread: MiB, drainTime: 10_000, subscriptionsPerClient: 200,
};

export interface BrokerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** PEM; without it the line is plain. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  /** Where `broker.sqlite` lies; `null` keeps nothing beyond the process. */
  readonly directory: string | null;
  /** Where what devices send goes. */
  readonly messages: MessageDoor;
  /** The name of the user, `null` for nobody we know. Without it everyone is the user "". */
  readonly authenticate?: (client: string, user: string | null, password: Buffer | null) => Promise<string | null> | string | null;
  readonly mayPublish?: (user: string, topic: string) => boolean;
  readonly maySubscribe?: (user: string, filter: string) => boolean;
  /** Topics under these are the site's own to publish to: `millrace/`. */
  readonly reserved?: readonly string[];
  /** Told in words what a person should know: the file of the broker was set aside, the disk refuses. */
  readonly onProblem?: (what: string) => void;
  readonly limits?: Partial<BrokerLimits>;
}

export interface BrokerStats {
  readonly connections: number;
  readonly received: number;
  readonly sent: number;
  readonly retained: number;
  readonly retainedBytes: number;
  readonly sessions: number;
  readonly queued: number;
  /** Bytes, as estimated, of messages that are not durable yet. */
  readonly heldBytes: number;
  /** Connections that were ended, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Messages that did not reach a subscriber, or are no longer kept, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** A client that is logged in; `heard` is when it last said something, UTC microseconds. */
export interface BrokerGuest {
  readonly id: string;
  /** Empty while there are no users. */
  readonly user: string;
  readonly heard: number;
}

export interface Broker {
  readonly port: number;
  /** Publishes for the site; resolves once it is kept for those who are away. */
  publish(topic: string, payload: string | Uint8Array, options?: { readonly qos?: 0 | 1; readonly retain?: boolean }): Promise<void>;
  /** Takes away what is retained or waits about some assets, from memory and file, as `forgetMessages` does; returns how many messages. */
  forget(assets: readonly string[]): Promise<number>;
  stats(): BrokerStats;
  /** Who is logged in: at most `most` of them, those first who have been there longest. */
  guests(most: number): BrokerGuest[];
  /** Ends the connections of a user whose rights changed; returns how many there were. */
  disconnect(user: string): number;
  close(): Promise<void>;
}
