import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Wire } from "../../../test/conformance/connector-wire.ts";
import { openBroker } from "./broker.ts";
import type { Broker, BrokerOptions } from "./options.ts";

/** A broker whose messages of topic `held/…` are durable when the test says so, the others at once. */
async function brokerFor(context: TestContext, options: Partial<BrokerOptions> = {}): Promise<{ broker: Broker; held: (() => void)[]; taken: string[]; login: (name: string, clean?: boolean) => Promise<Wire> }> {
  const directory = mkdtempSync(join(tmpdir(), "millrace-delivery-"));
  const held: (() => void)[] = [];
  const taken: string[] = [];
  const take = (topic: string): Promise<void> => {
    taken.push(topic);
    return new Promise((resolve) => (topic.startsWith("held/") ? held.push(resolve) : resolve()));
  };
  const broker = await openBroker({ host: "127.0.0.1", port: 0, directory, messages: { take, drop: () => {} }, ...options });
  const wires: Wire[] = [];
  context.after(async () => {
    for (const wire of wires) wire.end();
    await broker.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const login = async (name: string, clean = true): Promise<Wire> => {
    const wire = new Wire(broker.port);
    wires.push(wire);
    await wire.login(name, { clean });
    return wire;
  };
  return { broker, held, taken, login };
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await delay(5);
};

/** The next message a client gets, confirmed as its QoS wants it. */
async function nextOf(wire: Wire): Promise<string> {
  const packet = await wire.next("publish");
  assert.ok(packet?.cmd === "publish");
  const messageId = packet.messageId ?? 0;
  if (packet.qos === 1) wire.send({ cmd: "puback", messageId });
  if (packet.qos === 2) {
    wire.send({ cmd: "pubrec", messageId });
    assert.equal((await wire.next("pubrel"))?.messageId, messageId);
    wire.send({ cmd: "pubcomp", messageId });
  }
  return `${packet.payload.toString()} at ${packet.qos}`;
}

test("a client that comes back while a message is not durable yet gets it once, when it is", async (context) => {
  const { broker, held, login } = await brokerFor(context);
  const away = await login("reader", false);
  await away.subscribe("#", 1);
  away.end();
  await until(() => broker.stats().connections === 0);
  const sender = await login("sender");
  sender.publish("held/x", "first", 1, 1);
  await until(() => held.length === 1);
  const reader = await login("reader", false);
  await broker.publish("x", "second");
  assert.equal(await nextOf(reader), "second at 1");
  held[0]();
  assert.equal(await nextOf(reader), "first at 1");
  await until(() => broker.stats().queued === 0);
  await broker.publish("x", "last");
  assert.equal(await nextOf(reader), "last at 1", "and not the first again");
});

test("messages that become durable in another order than they came reach every subscriber", async (context) => {
  const { held, login } = await brokerFor(context);
  const readers = [await login("clean"), await login("kept", false)];
  for (const reader of readers) await reader.subscribe("held/#", 1);
  const sender = await login("sender");
  for (const id of [1, 2, 3]) sender.publish(`held/${id}`, `m${id}`, 1, id);
  await until(() => held.length === 3);
  for (const index of [2, 0, 1]) {
    held[index]();
    for (const reader of readers) assert.equal(await nextOf(reader), `m${index + 1} at 1`);
  }
});

test("a QoS 2 message that comes twice in one chunk is taken once", async (context) => {
  const { taken, login } = await brokerFor(context);
  const sender = await login("sender", false);
  sender.socket.cork();
  for (let repeat = 0; repeat < 3; repeat++) sender.publish("x", "1", 2, 4, { dup: repeat > 0 });
  sender.socket.uncork();
  for (let repeat = 0; repeat < 3; repeat++) assert.equal((await sender.next("pubrec"))?.messageId, 4);
  assert.deepEqual(taken, ["x"]);
});

test("what a client may no longer have is passed over, and what it may have arrives", async (context) => {
  let isAllowed = true;
  const { broker, login } = await brokerFor(context, { maySubscribe: (_, topic) => isAllowed || !topic.startsWith("secret") });
  const away = await login("reader", false);
  await away.subscribe("secret/x", 1);
  await away.subscribe("open/x", 2);
  away.end();
  await until(() => broker.stats().connections === 0);
  for (let index = 0; index < 50; index++) await broker.publish("secret/x", String(index));
  await broker.publish("open/x", "open");
  isAllowed = false;
  const reader = await login("reader", false);
  assert.equal(await nextOf(reader), "open at 1");
  await until(() => broker.stats().queued === 0);
});

test("a client with several filters for a message gets it once, at the best QoS it was granted", async (context) => {
  const { broker, login } = await brokerFor(context);
  const sender = await login("sender");
  for (const clean of [true, false]) {
    for (const filters of [["a/#", "a/b"], ["a/b", "a/#"], ["+/b", "a/#"], ["a/#", "+/b"]]) {
      await login("reader"); // ends the session of the round before
      const reader = await login("reader", clean);
      for (const [index, filter] of filters.entries()) await reader.subscribe(filter, index === 0 ? 0 : 2);
      sender.publish("a/b", "best", 2, 7);
      await sender.next("pubrec");
      sender.send({ cmd: "pubrel", messageId: 7 });
      assert.equal(await nextOf(reader), "best at 2", `${filters.join(" at 0, ")} at 2, clean ${clean}`);
      await until(() => broker.stats().queued === 0);
    }
  }
});
