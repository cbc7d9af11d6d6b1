import { connect, type Socket } from "node:net";
import { generate, parser, type IConnectPacket, type Packet } from "mqtt-packet";

/** One end of an MQTT 3.1.1 line, packet by packet, for tests of what exactly is said and when. */
export class Wire {
  readonly socket: Socket;
  readonly received: Packet[] = [];
  #wake: (() => void)[] = [];

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("error", () => {}); // the broker may end it at any time; `closed` tells
    const parse = parser({ protocolVersion: 4 });
    parse.on("packet", (packet) => {
      this.received.push(packet);
      for (const wake of this.#wake.splice(0)) wake();
    });
    this.socket.on("data", (chunk) => void parse.parse(chunk));
    this.socket.on("close", () => {
      for (const wake of this.#wake.splice(0)) wake();
    });
  }

  send(packet: Packet): void {
    this.socket.write(generate(packet));
  }

  publish(topic: string, payload: string | Buffer, qos: 0 | 1 | 2 = 1, messageId = 1, more: { retain?: boolean; dup?: boolean } = {}): void {
    this.send({ cmd: "publish", topic, payload, qos, dup: false, retain: false, ...(qos > 0 && { messageId }), ...more });
  }

  /** Logs in; resolves with the answer. */
  async login(clientId: string, options: Partial<IConnectPacket> = {}): Promise<Packet | undefined> {
    this.send({ cmd: "connect", clientId, protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 60, ...options });
    return await this.next("connack");
  }

  async subscribe(filter: string, qos: 0 | 1 | 2 = 1): Promise<Packet | undefined> {
    this.send({ cmd: "subscribe", messageId: 1000, subscriptions: [{ topic: filter, qos }] });
    return await this.next("suback");
  }

  /** The next packet of some kinds, taken off what was received; `undefined` when the line ends first. */
  async next(...kinds: readonly Packet["cmd"][]): Promise<Packet | undefined> {
    for (;;) {
      const index = this.received.findIndex(({ cmd }) => kinds.includes(cmd));
      if (index >= 0) return this.received.splice(index, 1)[0];
      if (this.socket.closed) return undefined;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** Tells every packet of some kinds, in the order of the line, until it ends. */
  async each(kinds: readonly Packet["cmd"][], tell: (packet: Packet & { readonly messageId: number }) => void): Promise<void> {
    for (;;) {
      const packet = await this.next(...kinds);
      if (packet === undefined) return;
      tell({ ...packet, messageId: packet.messageId ?? 0 });
    }
  }

  async closed(): Promise<void> {
    if (!this.socket.closed) await new Promise<void>((resolve) => this.socket.once("close", () => resolve()));
  }

  end(): void {
    this.socket.destroy();
  }
}

/** Whether the broker still serves others: a login, a subscription and a message come back. */
export async function isServed(port: number, clientId: string): Promise<boolean> {
  const wire = new Wire(port);
  const code = await wire.login(clientId);
  await wire.subscribe("served/#", 0);
  wire.publish("served/x", "1", 1, 7);
  const answer = await wire.next("puback");
  const echo = await wire.next("publish");
  wire.end();
  return code !== undefined && answer !== undefined && echo !== undefined;
}
