import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { generate, type Packet } from "mqtt-packet";
import { isServed, Wire } from "../../../test/conformance/connector-wire.ts";
import { openBroker } from "./broker.ts";
import type { Broker } from "./options.ts";

async function brokerFor(context: TestContext): Promise<Broker> {
  const broker = await openBroker({ host: "127.0.0.1", port: 0, directory: null, messages: { take: () => Promise.resolve(), drop: () => {} }, limits: { loginTime: 300 } });
  context.after(() => broker.close());
  return broker;
}

const hello = generate({ cmd: "connect", clientId: "fuzz", protocolId: "MQTT", protocolVersion: 4, clean: true, keepalive: 60 });

/** Repeatable chance: mulberry32. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test("the packets that are known to have killed brokers end their connection only", async (context) => {
  const broker = await brokerFor(context);
  const killers = {
    "moscajs/aedes 612": "101000044d5154540502003c0321001400006202d301e0020020",
    "eclipse-mosquitto/mosquitto 2163": "101000044d5154540502003c03210014000029020001e000",
    "eclipse-mosquitto/mosquitto 3448": `100f00044d5154540402${"003c".repeat(46)}0003616263`,
  };
  for (const [name, hex] of Object.entries(killers)) {
    const wire = new Wire(broker.port);
    wire.socket.write(Buffer.from(hex, "hex"));
    await wire.closed();
    assert.ok(await isServed(broker.port, `after ${name}`), name);
  }
});

test("packets with any byte changed, cut or repeated leave the broker alive and others served", { timeout: 60_000 }, async (context) => {
  const broker = await brokerFor(context);
  const random = chance(20_240_917);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)];
  const whole = ([
    { cmd: "publish", topic: "a/b", payload: "1", qos: 1, messageId: 3, dup: false, retain: true },
    { cmd: "publish", topic: "a/b", payload: "1", qos: 2, messageId: 4, dup: false, retain: false },
    { cmd: "subscribe", messageId: 5, subscriptions: [{ topic: "a/+", qos: 2 }, { topic: "#", qos: 1 }] },
    { cmd: "unsubscribe", messageId: 6, unsubscriptions: ["a/+"] },
    { cmd: "pubrel", messageId: 4 }, { cmd: "pubrec", messageId: 4 }, { cmd: "puback", messageId: 3 }, { cmd: "pubcomp", messageId: 4 },
    { cmd: "pingreq" }, { cmd: "disconnect" },
    { cmd: "connect", clientId: "again", protocolId: "MQTT", protocolVersion: 4, clean: false, keepalive: 1, will: { topic: "w/x", payload: Buffer.from("1"), qos: 2, retain: true } },
    { cmd: "connect", clientId: "five", protocolId: "MQTT", protocolVersion: 5, clean: true, keepalive: 1, properties: { sessionExpiryInterval: 1 } },
    { cmd: "connack", returnCode: 0, sessionPresent: false }, { cmd: "suback", messageId: 1, granted: [0] },
  ] as Packet[]).map((packet) => generate(packet, packet.cmd === "connect" ? { protocolVersion: packet.protocolVersion ?? 4 } : undefined));
  const mutated = (): Buffer => {
    const bytes = Buffer.from(pick(whole));
    for (let changes = Math.floor(random() * 4); changes > 0; changes--) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    const kind = random();
    if (kind < 0.2) return bytes.subarray(0, Math.floor(random() * bytes.length));
    return kind < 0.3 ? Buffer.concat([bytes, bytes]) : bytes;
  };
  const steady = new Wire(broker.port);
  await steady.login("steady", { keepalive: 0 });
  for (let round = 0; round < 60; round++) {
    const wires = Array.from({ length: 10 }, () => new Wire(broker.port));
    for (const wire of wires) {
      if (random() < 0.8) wire.socket.write(hello);
      for (let packets = 1 + Math.floor(random() * 6); packets > 0; packets--) wire.socket.write(mutated());
    }
    await delay(5);
    steady.publish("steady/x", String(round), 1, round + 1);
    assert.equal((await steady.next("puback"))?.messageId, round + 1);
    for (const wire of wires) wire.end();
  }
  assert.ok(await isServed(broker.port, "after"));
  assert.ok((broker.stats().refused["malformed"] ?? 0) > 10);
});

test("random bytes leave the broker alive", async (context) => {
  const broker = await brokerFor(context);
  const random = chance(7);
  for (let round = 0; round < 100; round++) {
    const wire = new Wire(broker.port);
    if (round % 2 === 0) wire.socket.write(hello);
    wire.socket.write(Buffer.from(Array.from({ length: 1 + Math.floor(random() * 300) }, () => Math.floor(random() * 256))));
    if (round % 10 === 9) await delay(5);
    setTimeout(() => wire.end(), 50);
  }
  assert.ok(await isServed(broker.port, "after"));
});

test("connections that come and go, rudely too, leave nothing behind", async (context) => {
  const broker = await brokerFor(context);
  for (let round = 0; round < 100; round++) {
    const wire = new Wire(broker.port);
    await wire.login(`c${round}`);
    await wire.subscribe("x/#", 0);
    if (round % 2 === 0) wire.socket.resetAndDestroy();
    else wire.send({ cmd: "disconnect" });
  }
  while (broker.stats().connections > 0) await delay(5);
  assert.deepEqual(broker.stats().heldBytes, 0);
  assert.ok(await isServed(broker.port, "after"));
});

test("a login takes over the connection of its name, again and again", async (context) => {
  const broker = await brokerFor(context);
  const wires = Array.from({ length: 20 }, () => new Wire(broker.port));
  for (const wire of wires) await wire.login("same", { clean: false });
  for (const wire of wires.slice(0, -1)) await wire.closed();
  wires[19].publish("a/b", "1", 1, 1);
  assert.equal((await wires[19].next("puback"))?.messageId, 1);
  wires[19].end();
});
