import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { generate, parser, type Packet } from "mqtt-packet";

/** What a request got. */
export interface Reply {
  readonly status: number;
  readonly text: string;
}

export interface Asked {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** One HTTP request on a connection of its own; a connection that is cut has status 0. */
export async function ask(base: string, path: string, { method, type, headers = {}, body }: Asked = {}): Promise<Reply> {
  return await new Promise((resolve) => {
    const sent = request(new URL(path, base), { method: method ?? (body === undefined ? "GET" : "POST"), agent: false, headers: { ...(type !== undefined && { "content-type": type }), ...headers } });
    const ended = (error: Error) => resolve({ status: 0, text: `connection ended: ${error.message}` });
    sent.setTimeout(60_000, () => sent.destroy(new Error("no answer for a minute")));
    sent.on("error", ended).on("response", (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("error", ended).on("data", (part: string) => (text += text.length < 5_000_000 ? part : "")).on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    sent.end(body);
  });
}

/** A reply in a line: the status, and the code or the first of what was left out. */
export function said({ status, text }: Reply): string {
  const json = fieldsOf(text) ?? {};
  const error = json["error"] as { code?: unknown; message?: unknown } | undefined;
  const [left] = (json["rejected"] ?? []) as { reason?: unknown; seen?: unknown }[];
  const stored = json["stored"] === undefined ? "" : `, stored ${plain(json["stored"])}`;
  if (error !== undefined) return `${status} ${plain(error.code)}: ${plain(error.message)}`.slice(0, 220);
  if (left !== undefined) return `${status}${stored}, left out ${plain(json["rejectedCount"])}: ${plain(left.reason)} ${plain(left.seen)}`.slice(0, 220);
  return `${status}${stored}${status === 0 ? ` ${text.slice(0, 100)}` : ""}`;
}

const plain = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing"));

export function fieldsOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** What the site has counted: samples stored, and readings left out by reason. */
export interface Counted {
  readonly stored: number;
  readonly dropped: Readonly<Record<string, number>>;
}

export async function countedBy(base: string): Promise<Counted> {
  const { text } = await ask(base, "/metrics");
  const stored = /^millrace_samples_stored_total (\d+)/m.exec(text)?.[1];
  if (stored === undefined) throw new Error(`Cannot read /metrics: no millrace_samples_stored_total in ${JSON.stringify(text.slice(0, 200))}`);
  const dropped = [...text.matchAll(/^millrace_samples_dropped_total\{reason="([^"]+)"\} (\d+)/gm)].map(([, reason, count]): [string, number] => [reason, Number(count)]);
  return { stored: Number(stored), dropped: Object.fromEntries(dropped) };
}

/** A device that speaks MQTT 3.1.1 over a plain socket, packet by packet or byte by byte. */
export class Device {
  readonly #socket: Socket;
  readonly #heard: Packet[] = [];
  #wake: () => void = () => {};
  isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const packets = parser();
    packets.on("packet", (packet) => {
      this.#heard.push(packet);
      this.#wake();
    });
    packets.on("error", () => {}); // what a broken broker says is not what is looked at
    socket.on("data", (part) => void packets.parse(part));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  /** A socket to the broker, before anything is said. */
  static async reach(mqtt: string): Promise<Device> {
    const { hostname, port } = new URL(mqtt);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const device = new Device(socket);
    await once(socket, "connect");
    return device;
  }

  /** A device that is connected; `null` when the broker would not have it. */
  static async connected(mqtt: string, clientId: string): Promise<Device | null> {
    const device = await Device.reach(mqtt);
    device.say({ cmd: "connect", clientId, protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 0 });
    const answer = await device.hear("connack", 10_000);
    return answer?.cmd === "connack" && answer.returnCode === 0 ? device : null;
  }

  say(packet: Packet): void {
    if (!this.isClosed) this.#socket.write(generate(packet));
  }

  write(bytes: Uint8Array): void {
    if (!this.isClosed) this.#socket.write(bytes);
  }

  /** The next packet of a kind; `null` when the connection ends or the time is over. */
  async hear(cmd: Packet["cmd"], milliseconds: number): Promise<Packet | null> {
    const until = performance.now() + milliseconds;
    for (;;) {
      const at = this.#heard.findIndex((packet) => packet.cmd === cmd);
      if (at >= 0) return this.#heard.splice(at, 1)[0];
      const left = until - performance.now();
      if (this.isClosed || left <= 0) return null;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Publishes with QoS 1 and says what came of it. */
  async publish(topic: string, payload: string | Buffer, messageId = 1, milliseconds = 10_000): Promise<"acknowledged" | "cut off" | "no answer"> {
    this.say({ cmd: "publish", topic, payload, qos: 1, messageId, dup: false, retain: false });
    const answer = await this.hear("puback", milliseconds);
    if (answer !== null) return "acknowledged";
    return this.isClosed ? "cut off" : "no answer";
  }

  end(): void {
    this.#socket.destroy();
  }
}
