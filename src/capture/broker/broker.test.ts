import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Wire } from "../../../test/conformance/connector-wire.ts";
import type { MessageDoor } from "../messages.ts";
import { openBroker } from "./broker.ts";
import type { Broker, BrokerOptions } from "./options.ts";

/** A door whose messages are durable when the test says so. */
class Door implements MessageDoor {
  readonly taken: { topic: string; payload: string; store: () => void; fail: () => void }[] = [];
  readonly dropped: Record<string, number> = {};
  isOpen = true;

  take(topic: string, payload: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.taken.push({ topic, payload: Buffer.from(payload).toString(), store: resolve, fail: () => reject(new Error("disk full")) });
      if (this.isOpen) resolve();
    });
  }

  drop(reason: string, messages: number): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + messages;
  }
}

async function brokerFor(context: TestContext, options: Partial<BrokerOptions> = {}): Promise<{ broker: Broker; door: Door; wire: () => Wire }> {
  const door = new Door();
  const broker = await openBroker({ host: "127.0.0.1", port: 0, directory: null, messages: door, ...options });
  const wires: Wire[] = [];
  context.after(async () => {
    for (const wire of wires) wire.end();
    await broker.close();
  });
  return { broker, door, wire: () => wires[wires.push(new Wire(broker.port)) - 1] };
}

function directoryFor(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "millrace-broker-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await delay(5);
};

test("PUBACK is sent only once the message is durable", async (context) => {
  const { door, wire } = await brokerFor(context);
  door.isOpen = false;
  const device = wire();
  await device.login("device");
  device.publish("plant/pump/pressure", "3.2", 1, 7);
  await until(() => door.taken.length === 1);
  await delay(50);
  assert.deepEqual(device.received, []);
  door.taken[0].store();
  const answer = await device.next("puback");
  assert.equal(answer?.messageId, 7);
  assert.deepEqual([door.taken[0].topic, door.taken[0].payload], ["plant/pump/pressure", "3.2"]);
});

test("PUBREC of QoS 2 is sent only once the message is durable, and a repeat is taken once", async (context) => {
  const { door, wire } = await brokerFor(context);
  door.isOpen = false;
  const device = wire();
  await device.login("device", { clean: false });
  device.publish("plant/pump/pressure", "3.2", 2, 9);
  await until(() => door.taken.length === 1);
  device.publish("plant/pump/pressure", "3.2", 2, 9, { dup: true });
  await delay(50);
  assert.deepEqual(device.received, []);
  door.taken[0].store();
  assert.equal((await device.next("pubrec"))?.messageId, 9);
  assert.equal((await device.next("pubrec"))?.messageId, 9, "the repeat is answered too");
  device.send({ cmd: "pubrel", messageId: 9 });
  assert.equal((await device.next("pubcomp"))?.messageId, 9);
  assert.equal(door.taken.length, 1);
});

test("QoS 2 is taken once when the line breaks at each of its steps", async (context) => {
  const { door, wire } = await brokerFor(context);
  for (const step of ["publish", "pubrec", "pubrel", "pubcomp"]) {
    const before = door.taken.length;
    const first = wire();
    await first.login("device", { clean: false });
    first.publish("a/b", "1", 2, 5);
    if (step === "publish") await until(() => door.taken.length > before);
    else await first.next("pubrec");
    if (step === "pubrel" || step === "pubcomp") first.send({ cmd: "pubrel", messageId: 5 });
    if (step === "pubcomp") await first.next("pubcomp");
    first.end();
    const second = wire();
    await second.login("device", { clean: false });
    if (step === "publish" || step === "pubrec") {
      second.publish("a/b", "1", 2, 5, { dup: true });
      await second.next("pubrec");
    }
    if (step !== "pubcomp") {
      second.send({ cmd: "pubrel", messageId: 5 });
      await second.next("pubcomp");
    }
    second.end();
    assert.equal(door.taken.length - before, 1, `broken after ${step}`);
  }
});

test("a message that could not be stored is not answered, and stored as soon as there is room", async (context) => {
  const { door, wire } = await brokerFor(context);
  door.isOpen = false;
  const device = wire();
  await device.login("device");
  device.publish("a/b", "1", 1, 3);
  await until(() => door.taken.length === 1);
  door.isOpen = true;
  door.taken[0].fail();
  assert.equal((await device.next("puback"))?.messageId, 3);
  assert.equal(door.taken.length, 2, "tried again");
});

test("a device with one message in flight is answered at once", async (context) => {
  const { wire } = await brokerFor(context);
  const device = wire();
  await device.login("device");
  const begun = performance.now();
  for (let index = 1; index <= 200; index++) {
    device.publish("a/b", String(index), 1, index);
    await device.next("puback");
  }
  assert.ok(performance.now() - begun < 2000, "200 rounds took over 2 s");
});

test("what is not allowed is answered and counted, what breaks the protocol ends the connection", async (context) => {
  const { door, broker, wire } = await brokerFor(context, { reserved: ["millrace/"], mayPublish: (_, topic) => topic !== "secret/x" });
  const device = wire();
  await device.login("device");
  for (const topic of ["secret/x", "millrace/alarm", "$SYS/x", "a/".repeat(40)]) {
    device.publish(topic, "1", 1, 1);
    assert.equal((await device.next("puback"))?.messageId, 1, topic);
  }
  assert.deepEqual(door.taken, []);
  assert.deepEqual(door.dropped, { "not-allowed": 4 });
  for (const topic of ["a\u0000b", "a\u0007b", "a\nb"]) {
    const other = wire();
    await other.login(`other ${topic.charCodeAt(1)}`);
    other.publish(topic, "1", 1, 1);
    await other.closed();
  }
  assert.deepEqual(door.taken, []);
  assert.equal(broker.stats().refused["malformed"], 3);
});

test("logins are checked: wrong password, wrong name, someone else's name, a will that is not allowed", async (context) => {
  const users: Record<string, string> = { anna: "a", bert: "b" };
  const { wire, broker } = await brokerFor(context, {
    authenticate: (_, user, password) => (user !== null && users[user] === password?.toString() ? user : null),
    mayPublish: (user, topic) => topic.startsWith(`${user}/`),
    maySubscribe: (user, filter) => filter.startsWith(`${user}/`),
  });
  const code = async (client: string, options: object) => ((await wire().login(client, options)) as { returnCode?: number } | undefined)?.returnCode;
  const anna = { username: "anna", password: Buffer.from("a") };
  assert.equal(await code("x", { username: "anna", password: Buffer.from("b") }), 4);
  assert.equal(await code("x", {}), 4);
  assert.equal(await code("x\u0001", anna), 2);
  const nameless = wire();
  nameless.socket.write(Buffer.from("100e00044d5154540480003c00000000", "hex"));
  assert.equal(((await nameless.next("connack")) as { returnCode: number }).returnCode, 2);
  assert.equal(await code("", anna), 0);
  assert.equal(await code("w", { ...anna, will: { topic: "bert/x", payload: Buffer.from("1"), qos: 0, retain: false } }), 5);

  const first = wire();
  await first.login("pump", anna);
  assert.equal(await code("pump", { username: "bert", password: Buffer.from("b") }), 5);
  const granted = (await first.subscribe("bert/#")) as { granted: number[] };
  assert.deepEqual(granted.granted, [128]);
  assert.deepEqual(((await first.subscribe("anna/#")) as { granted: number[] }).granted, [1]);
  assert.deepEqual(((await first.subscribe("$SYS/#")) as { granted: number[] }).granted, [128]);
  assert.ok(broker.disconnect("anna") >= 1);
  await first.closed();
});

test("a stranger who announces 256 MB, or does not log in, is gone at once or soon", async (context) => {
  const { broker, wire } = await brokerFor(context, { limits: { loginTime: 200 } });
  const announcing = wire();
  announcing.socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
  await announcing.closed();
  assert.equal(broker.stats().refused["too-large"], 1);
  const endless = wire();
  endless.socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff]));
  await endless.closed();
  const dribbling = wire();
  dribbling.socket.write(Buffer.from([0x10, 0xff, 0xff, 0x02])); // 49,151 bytes, which a login may have
  const begun = performance.now();
  await dribbling.closed();
  assert.ok(performance.now() - begun < 2000);
  const silent = wire();
  await silent.closed();
  const large = wire();
  await large.login("large");
  large.publish("a/b", Buffer.alloc(2 * 1024 * 1024, 32), 1, 1);
  await large.closed();
  assert.equal(broker.stats().refused["too-large"], 3);
});

test("there are no more connections than allowed, and a silent client is gone after 1.5 times its keep-alive", async (context) => {
  const { broker, wire } = await brokerFor(context, { limits: { connections: 3 } });
  const wires = [wire(), wire(), wire()];
  for (const [index, one] of wires.entries()) await one.login(`c${index}`, { keepalive: index === 0 ? 1 : 0 });
  const fourth = wire();
  await fourth.closed();
  assert.equal(broker.stats().refused["too-many"], 1);
  await wires[0].closed();
  assert.equal(broker.stats().refused["silent"], 1);
  await until(() => broker.stats().connections === 2);
});

test("a client is not sent away for silence while it is we who do not read it", async (context) => {
  const { door, wire } = await brokerFor(context);
  door.isOpen = false;
  const device = wire();
  await device.login("device", { keepalive: 1 });
  device.publish("a/b", "1", 1, 1);
  await delay(2600);
  assert.equal(device.socket.closed, false);
  door.taken[0].store();
  await device.next("puback");
});

test("a sender whose messages wait is slowed down by TCP, and all of them arrive", async (context) => {
  const { door, broker, wire } = await brokerFor(context, { limits: { heldPerClient: 20_000 } });
  door.isOpen = false;
  const device = wire();
  await device.login("device");
  const messages = 3000;
  for (let index = 1; index <= messages; index++) device.publish("a/b", "x".repeat(2000), 0, index);
  await until(() => door.taken.length > 0);
  await delay(300);
  const first = door.taken.length;
  assert.ok(first < 200, `${first} messages were read while none was durable`);
  assert.ok(broker.stats().heldBytes < 5_000_000);
  door.isOpen = true;
  for (const one of door.taken) one.store();
  await until(() => door.taken.length === messages);
  await until(() => broker.stats().heldBytes === 0);
});

test("above the bound of all clients QoS 0 is dropped and counted, senders of QoS 1 are sent away", async (context) => {
  const { door, broker, wire } = await brokerFor(context, { limits: { held: 10_000, heldPerClient: 1e9 } });
  door.isOpen = false;
  const flood = wire();
  await flood.login("flood");
  flood.socket.cork(); // one chunk: what comes after it is not read
  for (let index = 0; index < 100; index++) flood.publish("a/b", "x".repeat(100), 0);
  flood.socket.uncork();
  await until(() => (door.dropped["overload"] ?? 0) > 80);
  const waiting = wire();
  await waiting.login("waiting");
  waiting.publish("a/b", "1", 1, 1);
  await delay(50);
  assert.equal(waiting.socket.closed, false, "one whose message was not read yet waits");
  door.isOpen = true;
  for (const one of door.taken) one.store();
  await waiting.next("puback");

  door.isOpen = false;
  const greedy = wire();
  await greedy.login("greedy");
  greedy.socket.cork();
  for (let index = 1; index <= 20; index++) greedy.publish("a/b", "x".repeat(100), 1, index);
  greedy.socket.uncork();
  await greedy.closed();
  assert.equal(broker.stats().refused["overload"], 1);
  assert.deepEqual(greedy.received, []);
});

test("a subscriber that never reads is bounded, then sent away; others are served meanwhile", async (context) => {
  const { broker, wire } = await brokerFor(context, { limits: { unread: 256 * 1024, drainTime: 300 } });
  const deaf = wire();
  await deaf.login("deaf");
  await deaf.subscribe("load/#", 0);
  deaf.socket.pause();
  const sender = wire();
  await sender.login("sender");
  const payload = "x".repeat(50_000);
  for (let index = 1; index <= 400; index++) {
    sender.publish("load/x", payload, 1, index);
    await sender.next("puback");
  }
  assert.ok((broker.stats().dropped["slow-subscriber"] ?? 0) > 10);
  await until(() => broker.stats().connections === 1);
});

test("retained messages and offline sessions come back after the broker was closed and opened", async (context) => {
  const directory = directoryFor(context);
  const { broker, wire } = await brokerFor(context, { directory });
  const asleep = wire();
  assert.equal(((await asleep.login("asleep", { clean: false })) as { sessionPresent: boolean }).sessionPresent, false);
  await asleep.subscribe("alarm/+", 1);
  asleep.end();
  const sender = wire();
  await sender.login("sender");
  for (let index = 1; index <= 5; index++) {
    sender.publish("alarm/x", `m${index}`, 1, index);
    await sender.next("puback");
  }
  await broker.publish("alarm/kept", "on", { retain: true });
  await broker.publish("alarm/gone", "on", { retain: true });
  await broker.publish("alarm/gone", "", { retain: true });
  await broker.close();

  const again = await brokerFor(context, { directory });
  assert.equal(again.broker.stats().retained, 1);
  const awake = again.wire();
  assert.equal(((await awake.login("asleep", { clean: false })) as { sessionPresent: boolean }).sessionPresent, true);
  const got: string[] = [];
  for (let index = 0; index < 8; index++) {
    const packet = (await awake.next("publish")) as { payload: Buffer; messageId: number };
    got.push(packet.payload.toString());
    awake.send({ cmd: "puback", messageId: packet.messageId });
  }
  assert.deepEqual(got, ["m1", "m2", "m3", "m4", "m5", "on", "on", ""]);
  await until(() => again.broker.stats().queued === 0);
  const late = again.wire();
  await late.login("late");
  await late.subscribe("alarm/#", 1);
  const kept = (await late.next("publish")) as { retain: boolean; topic: string };
  assert.deepEqual([kept.topic, kept.retain], ["alarm/kept", true]);
});

test("the queue of a client that is away is bounded: the oldest go, counted", async (context) => {
  const { broker, wire } = await brokerFor(context, { directory: directoryFor(context), limits: { queued: 10, retained: 3 } });
  const asleep = wire();
  await asleep.login("asleep", { clean: false });
  await asleep.subscribe("x/#", 1);
  asleep.end();
  await until(() => broker.stats().connections === 0);
  for (let index = 0; index < 25; index++) await broker.publish(`x/${index}`, String(index), { retain: true });
  assert.deepEqual([broker.stats().queued, broker.stats().retained], [10, 3]);
  assert.deepEqual(broker.stats().dropped, { "queued-full": 15, "retained-full": 22 });
  const awake = wire();
  await awake.login("asleep", { clean: false });
  const first = (await awake.next("publish")) as { payload: Buffer };
  assert.equal(first.payload.toString(), "15");
});

test("a clean login ends the session, and what waited for it is gone", async (context) => {
  const { broker, wire } = await brokerFor(context, { directory: directoryFor(context) });
  const asleep = wire();
  await asleep.login("asleep", { clean: false });
  await asleep.subscribe("x/#", 2);
  asleep.end();
  await until(() => broker.stats().connections === 0);
  await broker.publish("x/y", "1");
  assert.deepEqual([broker.stats().sessions, broker.stats().queued], [1, 1]);
  const clean = wire();
  await clean.login("asleep", { clean: true });
  assert.deepEqual([broker.stats().sessions, broker.stats().queued], [0, 0]);
});

test("a will is published when the line breaks, by the broker that starts after a crash too", async (context) => {
  const directory = directoryFor(context);
  const { broker, door, wire } = await brokerFor(context, { directory });
  const watcher = wire();
  await watcher.login("watcher");
  await watcher.subscribe("state/#", 1);
  const device = wire();
  await device.login("device", { will: { topic: "state/device", payload: Buffer.from("0"), qos: 1, retain: true } });
  device.end();
  const gone = (await watcher.next("publish")) as { topic: string; payload: Buffer };
  assert.deepEqual([gone.topic, gone.payload.toString()], ["state/device", "0"]);
  assert.equal(door.taken.at(-1)?.topic, "state/device", "a will is a message like any other");
  const polite = wire();
  await polite.login("polite", { will: { topic: "state/polite", payload: Buffer.from("0"), qos: 1, retain: true } });
  polite.send({ cmd: "disconnect" });
  await polite.closed();
  assert.equal(broker.stats().retained, 1);
});

test("a broker.sqlite that cannot be read is set aside and named, and the broker starts", async (context) => {
  const directory = directoryFor(context);
  writeFileSync(join(directory, "broker.sqlite"), Buffer.alloc(8192, 7));
  const problems: string[] = [];
  const { wire } = await brokerFor(context, { directory, onProblem: (what) => problems.push(what) });
  assert.equal(problems.length, 1);
  assert.match(problems[0], /could not be read .* is now broker-unreadable-\d+\.sqlite/);
  const code = (await wire().login("x", { clean: false })) as { returnCode: number };
  assert.equal(code.returnCode, 0);
});

test("a port that is taken is said so", async (context) => {
  const { broker } = await brokerFor(context);
  await assert.rejects(openBroker({ host: "127.0.0.1", port: broker.port, directory: null, messages: new Door() }), { code: "capture.cannot-listen" });
});
