import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { generate, parser } from "mqtt-packet";
import { risingTimes, Tally, type LoadResult, type MqttLoad } from "./ingest-load.ts";

/** Assets of 100 values that the connections publish about in turn. */
const assets = 10;

interface Message {
  readonly topic: string;
  /** What follows the time in the payload. */
  readonly rest: string;
}

/** Publishes with QoS 1 over plain sockets, so many messages in flight a connection, until the time is over. */
export async function loadMqtt(load: MqttLoad, { port, hostname }: URL): Promise<LoadResult> {
  const tally = new Tally(load);
  const nextTime = risingTimes();
  await Promise.all(Array.from({ length: load.connections }, (_, number) => publish(number, messagesOf(number, load), { load, tally, nextTime, host: hostname, port: Number(port) })));
  return tally.result();
}

function messagesOf(connection: number, { valuesPerMessage }: MqttLoad): Message[] {
  if (valuesPerMessage === 1) return [{ topic: `plant/hall-2/device-${connection}/temperature`, rest: `"value":${(20 + connection / 10).toFixed(2)}}` }];
  return Array.from({ length: assets }, (_, asset) => {
    const values = Array.from({ length: valuesPerMessage }, (_value, signal) => `"s${signal}":${(50 + Math.sin(asset + signal)).toFixed(4)}`);
    return { topic: `plant/hall-1/machine-${asset}`, rest: `${values.join(",")}}` };
  });
}

interface Publishing {
  readonly load: MqttLoad;
  readonly tally: Tally;
  readonly nextTime: () => number;
  readonly host: string;
  readonly port: number;
}

async function publish(number: number, messages: readonly Message[], { load, tally, nextTime, host, port }: Publishing): Promise<void> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, "connect");
  const sentAt = new Float64Array(65_536); // by message id
  let next = number;
  let id = 0;
  let waiting = 0;
  const send = () => {
    const { topic, rest } = messages[next++ % messages.length];
    id = (id % 65_535) + 1;
    waiting++;
    sentAt[id] = performance.now();
    tally.send(load.valuesPerMessage);
    socket.write(generate({ cmd: "publish", topic, payload: `{"time":${nextTime()},${rest}`, qos: 1, messageId: id, dup: false, retain: false }));
  };
  const done = acknowledgements(socket, {
    onReady() {
      for (let message = 0; message < load.inFlight; message++) send();
    },
    onAck(messageId) {
      waiting--;
      tally.acknowledge(load.valuesPerMessage, sentAt[messageId]);
      if (!tally.isOver) send();
      return waiting === 0;
    },
  });
  socket.write(generate({ cmd: "connect", clientId: `bench-${number}`, protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 60 }));
  await done.finally(() => socket.destroy());
}

interface Heard {
  readonly onReady: () => void;
  /** Returns whether it was the last one. */
  readonly onAck: (messageId: number) => boolean;
}

/** Resolves with the last acknowledgement. */
function acknowledgements(socket: Socket, { onReady, onAck }: Heard): Promise<void> {
  return new Promise((resolve, reject) => {
    const packets = parser();
    packets.on("error", reject);
    packets.on("packet", (packet) => {
      if (packet.cmd === "connack") {
        if (packet.returnCode === 0) onReady();
        else reject(new Error(`Cannot connect: the broker answered ${packet.returnCode}`));
      } else if (packet.cmd === "puback" && onAck(packet.messageId ?? 0)) resolve();
    });
    socket.on("data", (part) => void packets.parse(part)).on("error", reject);
    socket.on("close", () => reject(new Error("the broker closed the connection")));
  });
}
