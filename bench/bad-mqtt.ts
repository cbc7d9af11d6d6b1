import { randomBytes } from "node:crypto";
import { generate, type Packet } from "mqtt-packet";
import { randomFrom } from "../src/learn/random.ts";
import type { BadInput, Doors } from "./bad-doors.ts";
import { Device } from "./door-client.ts";

const MiB = 1024 * 1024;
const door = "MQTT";
const hour = 3_600_000_000;
const seed = 20;
const fuzzed = 400;

type More = Pick<BadInput, "stored" | "counted">;

const clientId = (): string => `bad-${randomBytes(4).toString("hex")}`;

/** Work on a device that is connected. */
async function connected(site: Doors, work: (device: Device) => Promise<string>): Promise<string> {
  const device = await Device.connected(site.mqtt, clientId());
  if (device === null) return "no connection";
  try {
    return await work(device);
  } finally {
    device.end();
  }
}

/** One message with QoS 1. That it is acknowledged means that it was dealt with: what makes no sense is counted. */
const message = (input: string, payload: string | (() => string | Buffer), wanted: RegExp, more: More = {}, topic = "hall/mixer/torque"): BadInput => ({
  door,
  input,
  wanted,
  ...more,
  hand: (site) => connected(site, (device) => device.publish(topic, typeof payload === "string" ? payload : payload())),
});

/** Bytes on a new socket: does the broker cut it off? */
const bytes = (input: string, sent: () => Uint8Array, wanted: RegExp): BadInput => ({
  door,
  input,
  wanted,
  hand: async ({ mqtt }) => {
    const device = await Device.reach(mqtt);
    device.write(sent());
    await device.hear("pingresp", 1500);
    const got = device.isClosed ? "cut off" : "nothing yet; dropped";
    device.end();
    return got;
  },
});

/** Packets on a connected device, one after another. */
const packets = (input: string, sent: readonly Packet[] | readonly Uint8Array[], wanted: RegExp, more: More = {}): BadInput => ({
  door,
  input,
  wanted,
  ...more,
  hand: (site) =>
    connected(site, async (device) => {
      for (const packet of sent) {
        if (packet instanceof Uint8Array) device.write(packet);
        else device.say(packet);
      }
      await device.hear("pingresp", 1000);
      return device.isClosed ? "cut off" : "goes on";
    }),
});

const sound: readonly Packet[] = [
  { cmd: "connect", clientId: "fuzz", protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 10, will: { topic: "hall/fuzz/gone", payload: Buffer.from("1"), qos: 1, retain: false } },
  { cmd: "publish", topic: "hall/fuzz/value", payload: '{"value":1}', qos: 1, messageId: 7, dup: false, retain: false },
  { cmd: "publish", topic: "hall/fuzz/value", payload: "1", qos: 2, messageId: 8, dup: false, retain: true },
  { cmd: "pubrel", messageId: 8 },
  { cmd: "subscribe", messageId: 9, subscriptions: [{ topic: "hall/+/#", qos: 1 }] },
  { cmd: "unsubscribe", messageId: 10, unsubscriptions: ["hall/+/#"] },
  { cmd: "pingreq" },
  { cmd: "disconnect" },
];

/** Sound packets in which bytes were changed, taken out, put in or repeated; each on a connection of its own. */
async function fuzz({ mqtt }: Doors): Promise<string> {
  const random = randomFrom(seed);
  const below = (count: number): number => Math.floor(random() * count);
  let ended = 0;
  for (let round = 0; round < fuzzed; round++) {
    const device = await Device.reach(mqtt);
    const kept = below(sound.length + 1);
    for (const [at, packet] of sound.entries()) {
      let sent = Uint8Array.from(generate(packet));
      for (let change = at === 0 && round % 2 === 0 ? 0 : below(4); change > 0; change--) sent = changed(sent, below);
      if (at <= kept) device.write(sent);
    }
    await device.hear("disconnect", round % 20 === 0 ? 200 : 5);
    if (device.isClosed) ended++;
    device.end();
  }
  return `${fuzzed} connections, ${ended} cut off by the broker, the others dropped here`;
}

function changed(sent: Uint8Array<ArrayBuffer>, below: (count: number) => number): Uint8Array<ArrayBuffer> {
  const at = below(Math.max(1, sent.length));
  const kind = below(4);
  if (kind === 0) return sent.map((byte, index) => (index === at ? byte ^ (1 << below(8)) : byte));
  if (kind === 1) return Uint8Array.from([...sent.slice(0, at), ...sent.slice(at + 1 + below(4))]);
  if (kind === 2) return Uint8Array.from([...sent.slice(0, at), ...Array.from({ length: 1 + below(20) }, () => below(256)), ...sent.slice(at)]);
  return Uint8Array.from([...sent, ...sent.slice(at)]);
}

/** QoS 0 as fast as the socket takes it, for a moment. */
async function flood(site: Doors): Promise<string> {
  return await connected(site, async (device) => {
    const one = Uint8Array.from(generate({ cmd: "publish", topic: "hall/flood/value", payload: "not a reading at all", qos: 0, dup: false, retain: false }));
    const many = Buffer.concat(Array.from({ length: 20_000 }, () => one));
    device.write(many);
    device.say({ cmd: "pingreq" });
    return (await device.hear("pingresp", 20_000)) === null ? "no answer to a ping" : "20,000 messages read, ping answered";
  });
}

const publish = (topic: string, qos: 0 | 1 | 2 = 1): Packet => ({ cmd: "publish", topic, payload: "1", qos, ...(qos > 0 && { messageId: 5 }), dup: false, retain: false });
const now = (): number => Date.now() * 1000;

/** Everything bad that may be handed in by MQTT. */
export const mqttInputs: readonly BadInput[] = [
  message("a good message first", '{"value":1}', /^acknowledged/, { stored: 1 }),
  message("10 MiB in one message", () => Buffer.alloc(10 * MiB, 120), /^(acknowledged|cut off)/),
  message("an empty payload", "", /^acknowledged/),
  message("a payload that is no reading", "hello", /^acknowledged/, { stored: null }, "hall/mixer/torque"),
  message("JSON cut short", '{"value":', /^acknowledged/, { counted: "malformed" }),
  message("NaN and Inf", "NaN", /^acknowledged/),
  message("1e999", '{"value":1e999}', /^acknowledged/, { counted: "not-a-number" }),
  message("100,000 brackets deep", () => "[".repeat(100_000), /^acknowledged/, { counted: "malformed" }),
  message("bytes that are no UTF-8", () => Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc0]), /^acknowledged/, { counted: "malformed" }),
  message("a text for a signal of numbers", '{"value":"high"}', /^acknowledged/, { counted: "wrong-type" }),
  message("null, an object and a list as values", '{"a":null,"b":{"c":{"d":{"e":{}}}},"f":[1,2]}', /^acknowledged/, { stored: null }, "hall/mixer"),
  message("a unit that changes: first", '{"value":1,"unit":"bar"}', /^acknowledged/, { stored: 1 }, "hall/mixer/level"),
  message("a unit that changes: then", '{"value":14.5,"unit":"[psi]"}', /^acknowledged/, { counted: "unit-changed" }, "hall/mixer/level"),
  message("a clock that goes backward", () => `{"value":1,"time":${now() - 5 * hour}}`, /^acknowledged/, { stored: 1 }),
  message("a clock an hour ahead: kept as of a bad clock", () => `{"value":1,"time":${now() + hour}}`, /^acknowledged/, { stored: 1 }),
  message("a time that is none", '{"value":1,"time":"soon"}', /^acknowledged/, { counted: "bad-time" }),
  message("a topic of one level", "1", /^acknowledged/, { counted: "bad-name" }, "torque"),
  message("a topic that is markup", "1", /^acknowledged/, { stored: 1 }, "hall/<img src=x onerror=alert(1)>/x"),
  message("a topic with a control character", "1", /^(acknowledged|cut off)/, {}, "hall/mi\u0007xer/x"),
  message("a topic of 65,000 characters", "1", /^(acknowledged|cut off)/, {}, `hall/${"n".repeat(65_000)}/x`),
  message("a topic of the broker's own, $SYS", "1", /^(acknowledged|cut off|no answer)/, {}, "$SYS/broker/x"),
  packets("a topic with wildcards", [Buffer.from([0x32, 0x0c, 0, 6, ...Buffer.from("hall/#"), 0, 5, 0x31, 0x32])], /^(cut off|goes on)/),
  packets("QoS 2", [publish("hall/mixer/torque", 2)], /^(cut off|goes on)/, { stored: null }),
  packets("QoS 3, which there is not", [Buffer.from([0x36, 0x0a, 0, 4, ...Buffer.from("a/b/"), 0, 5, 0x31, 0x32])], /^cut off/),
  packets("a second CONNECT", [{ cmd: "connect", clientId: "again", protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 0 }], /^(cut off|goes on)/),
  packets("1,000 subscriptions to everything", Array.from({ length: 1000 }, (_, at): Packet => ({ cmd: "subscribe", messageId: at + 1, subscriptions: [{ topic: `${"+/".repeat(at % 9)}#`, qos: 1 }] })), /^(cut off|goes on)/),
  bytes("HTTP instead", () => Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), /^cut off/),
  bytes("a packet that says 256 MB and trickles", () => Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f, 0, 4]), /^(cut off|nothing yet; dropped)/),
  bytes("a length that never ends", () => Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), /^cut off/),
  bytes("a publish before CONNECT", () => generate(publish("hall/mixer/torque")), /^cut off/),
  bytes("a CONNECT of another protocol", () => generate({ cmd: "connect", clientId: "old", protocolId: "MQIsdp", protocolVersion: 3, clean: true, keepalive: 0 }), /./),
  bytes("64 KiB of chance", () => Uint8Array.from({ length: 65_536 }, ((random) => () => Math.floor(random() * 256))(randomFrom(seed))), /^(cut off|nothing yet; dropped)/),
  { door, input: `${fuzzed} fuzzed conversations`, wanted: /connections/, stored: null, hand: fuzz },
  { door, input: "20,000 messages without sense, as fast as they go", wanted: /ping answered/, counted: "malformed", stored: null, hand: flood },
];
