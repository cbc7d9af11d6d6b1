import { readFileSync } from "node:fs";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { z } from "zod";
import { MillraceError } from "../../errors.ts";
import type { Batch, Connector } from "../connector.ts";
import { readMessage } from "../messages.ts";
import { shown } from "../name.ts";
import { payloadLimits, type Decoded } from "../payload.ts";
import { TopicPaths } from "../topics.ts";

const Pattern = z.union([z.string().min(1), z.object({ topic: z.string().min(1), path: z.string().min(1) })]);

const Options = z.object({
  url: z.string().regex(/^mqtts?:\/\/[^/\s]+\/?$/).describe("Broker address, for example mqtt://10.0.0.5:1883; mqtts:// for TLS"),
  topics: z.array(z.string().min(1)).min(1).describe("Topic filters; + and # work"),
  patterns: z.array(Pattern).default([]).describe("How topics become paths, for example {asset}/telemetry; without any a topic is its own path"),
  clientId: z.string().min(1).max(200).default("millrace").describe("Keep it: the broker queues under this name while we are away"),
  version: z.enum(["3.1.1", "5"]).default("3.1.1").describe("Version of MQTT"),
  username: z.string().optional().describe("User name, when the broker asks for one"),
  password: z.string().optional().describe("Password, when the broker asks for one"),
  ca: z.string().optional().describe("File with the certificate of the authority that signed the broker's, when it is your own"),
  maxInFlight: z.int().min(1).max(65_535).default(1000).describe("Messages that may wait to be stored"),
  keepAlive: z.int().min(5).max(3600).default(30).describe("Seconds after which silence means that the link is broken"),
});
export type MqttOptions = z.infer<typeof Options>;

/** Seconds for which a broker that speaks MQTT 5 keeps what we missed. */
const sessionExpiry = 7 * 24 * 3600;
/** Bytes of messages that may wait to be stored, however few they are. */
const mostBytes = 16 * 1024 * 1024;

/**
 * MQTT: reads an existing broker, as a client of version 3.1.1 or 5.
 *
 * What messages may say is told at `decodePayload`. Delivery is at least once (QoS 1, a session that the
 * broker keeps): the broker hears PUBACK only after `ack`, and while `maxInFlight` messages wait no more
 * are read, so a slow store slows the broker instead of filling this process. A retained message that
 * comes with the subscription is old news: it counts only if it states its time, else it is rejected as
 * `bad-time`. A broker of 3.1.1 is trusted with the size of what it sends; one of 5 is told the limit.
 *
 * Throws `capture.link-lost`, `capture.link-refused`, `capture.bad-pattern`.
 */
export const mqtt: Connector<MqttOptions> = {
  name: "mqtt",
  options: Options,

  async *open(options, stop) {
    if (stop.aborted) return;
    const paths = new TopicPaths(options.patterns);
    const link = new Link(options);
    const onStop = (): void => link.end();
    stop.addEventListener("abort", onStop, { once: true });
    try {
      await link.up(options.topics);
      if (link.isUp) yield nothing;
      for (;;) {
        const messages = await link.next();
        if (messages === null) return;
        for (const group of byOrigin(messages, paths)) yield link.batch(group);
      }
    } finally {
      stop.removeEventListener("abort", onStop);
      await link.close();
    }
  },
};

const nothing: Batch = { readings: [], rejected: [], origin: "sensor", ack() {}, refuse() {} };

interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** 0 for QoS 0, which nobody waits for. */
  readonly id: number;
  readonly retain: boolean;
  readonly arrived: number;
}

interface Group {
  readonly decoded: Decoded[];
  readonly ids: number[];
  bytes: number;
}

/** Messages as batches: neighbours of one origin go together. */
function byOrigin(messages: readonly Message[], paths: TopicPaths): Group[] {
  const groups: Group[] = [];
  for (const { topic, payload, id, retain, arrived } of messages) {
    const decoded = dated(readMessage(paths, topic, payload, retain ? Number.NaN : arrived));
    const last = groups.at(-1);
    if (last?.decoded[0]?.origin === decoded.origin) {
      last.decoded.push(decoded);
      last.ids.push(id);
      last.bytes += payload.length;
    } else groups.push({ decoded: [decoded], ids: [id], bytes: payload.length });
  }
  return groups;
}

/** Without the readings that have no time: retained ones that do not state it. */
function dated(decoded: Decoded): Decoded {
  if (decoded.readings.every(({ time }) => !Number.isNaN(time))) return decoded;
  const undated = decoded.readings.filter(({ time }) => Number.isNaN(time));
  return {
    ...decoded,
    readings: decoded.readings.filter(({ time }) => !Number.isNaN(time)),
    rejected: [...decoded.rejected, ...undated.map(({ path }) => ({ reason: "bad-time" as const, seen: `${shown(path)}: retained, without a time` }))],
  };
}

/** One connection to a broker, from its opening to its end. */
class Link {
  isUp = false;
  readonly #host: string;
  readonly #client: MqttClient;
  readonly #maxInFlight: number;
  #inbox: Message[] = [];
  #inFlight = 0;
  #bytes = 0;
  /** Lets the client go on to the next message. */
  #held: (() => void) | null = null;
  #failure: MillraceError | null = null;
  #isEnding = false;
  #wake: (() => void) | null = null;

  constructor(options: MqttOptions) {
    this.#host = new URL(options.url).host; // never the whole address: it may hold a password
    this.#maxInFlight = options.maxInFlight;
    this.#client = connect(options.url, clientOptions(options));
    this.#client.handleMessage = (packet, done) => this.#receive({ topic: packet.topic, payload: asBytes(packet.payload), id: packet.qos === 0 ? 0 : (packet.messageId ?? 0), retain: packet.retain, arrived: Date.now() * 1000 }, done);
    this.#client.on("error", (error) => this.#fail(error));
    this.#client.on("close", () => this.#fail(new Error("the broker closed the connection")));
  }

  /** Logs in and subscribes. */
  async up(topics: readonly string[]): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#client.once("connect", () => {
        this.#client.subscribe([...topics], { qos: 1 }, (error, granted) => {
          const refused = granted?.filter(({ qos }) => qos > 2).map(({ topic }) => shown(topic));
          if (error !== null) this.#fail(error);
          else if (refused !== undefined && refused.length > 0) this.#failure ??= linkRefused(this.#host, refused.join(", "));
          else this.isUp = true;
          this.#stir();
        });
      });
      this.#client.connect();
    });
    if (this.#failure !== null && !this.#isEnding) throw this.#failure;
  }

  /** What has arrived, once something has; `null` when the link was to end. Throws when it broke. */
  async next(): Promise<Message[] | null> {
    while (this.#inbox.length === 0 && this.#failure === null && !this.#isEnding) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#isEnding) return null;
    if (this.#failure !== null) throw this.#failure;
    return this.#inbox.splice(0);
  }

  batch({ decoded, ids, bytes }: Group): Batch {
    const [first] = decoded;
    return {
      readings: decoded.flatMap(({ readings }) => readings),
      rejected: decoded.flatMap(({ rejected }) => rejected),
      origin: first.origin,
      ack: () => this.#acknowledge(ids, bytes),
      refuse: (error) => this.#fail(error),
    };
  }

  end(): void {
    this.#isEnding = true;
    this.#stir();
  }

  async close(): Promise<void> {
    this.#isEnding = true;
    this.#client.on("error", () => {}); // a late error has no one left to tell
    await this.#client.endAsync(true);
  }

  #receive(message: Message, done: (error?: Error) => void): void {
    this.#inbox.push(message);
    this.#inFlight++;
    this.#bytes += message.payload.length;
    // With an error the client goes on without acknowledging: that is done here, when it is true.
    const goOn = (): void => done(message.id === 0 ? undefined : new Error("acknowledged later"));
    if (this.#inFlight < this.#maxInFlight && this.#bytes < mostBytes) goOn();
    else this.#held = goOn;
    this.#stir();
  }

  #acknowledge(ids: readonly number[], bytes: number): void {
    this.#inFlight -= ids.length;
    this.#bytes -= bytes;
    const acks = ids.filter((id) => id !== 0).flatMap((id) => [0x40, 2, id >> 8, id & 0xff]); // PUBACK, the same in 3.1.1 and 5
    if (acks.length > 0 && this.#failure === null && !this.#isEnding) this.#client.stream.write(Buffer.from(acks));
    const goOn = this.#held;
    this.#held = null;
    goOn?.();
  }

  #fail(cause: Error): void {
    this.#failure ??= linkLost(this.#host, cause);
    this.#stir();
  }

  #stir(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

function clientOptions({ version, clientId, username, password, ca, maxInFlight, keepAlive }: MqttOptions): IClientOptions {
  return {
    clientId, clean: false, keepalive: keepAlive, connectTimeout: 10_000,
    manualConnect: true, reconnectPeriod: 0, resubscribe: false,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(ca !== undefined && { ca: readCertificate(ca) }),
    ...(version === "5"
      ? { protocolVersion: 5, properties: { sessionExpiryInterval: sessionExpiry, receiveMaximum: maxInFlight, maximumPacketSize: payloadLimits.bytes + 65_536 } }
      : { protocolVersion: 4 }),
  };
}

function readCertificate(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new MillraceError("capture.no-certificate", `Cannot read certificate ${shown(path)}: ${(cause as NodeJS.ErrnoException).code}`, {
      hint: "Name a PEM file that this user may read with `ca`.",
      cause,
    });
  }
}

const asBytes = (payload: string | Buffer): Uint8Array => (typeof payload === "string" ? Buffer.from(payload) : payload);

function linkLost(host: string, cause: Error): MillraceError {
  const hint = "Check that the broker is up, that this machine may reach it, and that user and password are right.";
  return new MillraceError("capture.link-lost", `Cannot read from MQTT broker ${host}: ${cause.message}`, { hint, cause });
}

function linkRefused(host: string, topics: string): MillraceError {
  return new MillraceError("capture.link-refused", `Cannot read from MQTT broker ${host}: it refuses ${topics}`, {
    hint: "Give this user the right to subscribe to these topics, or name others.",
  });
}
