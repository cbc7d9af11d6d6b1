import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Packet } from "mqtt-packet";
import { Wire } from "../../../test/conformance/connector-wire.ts";

interface Life {
  readonly child: ChildProcess;
  readonly port: number;
}

async function start(context: TestContext, directory: string): Promise<Life> {
  const child = fork(join(import.meta.dirname, "../../../test/conformance/connector-broker-process.ts"), [directory, "0"], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  context.after(() => child.kill("SIGKILL"));
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return { child, port };
}

async function kill({ child }: Life): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

function directoryFor(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "millrace-retained-"));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Publishes with QoS 2 to the end, to be kept. */
async function publishKept(port: number, topic: string, payload: string): Promise<void> {
  const sender = new Wire(port);
  await sender.login("sender");
  sender.publish(topic, payload, 2, 1, { retain: true });
  await sender.next("pubrec");
  sender.send({ cmd: "pubrel", messageId: 1 });
  await sender.next("pubcomp");
  sender.end();
}

/** What a packet says to a subscriber. */
const said = (packet: Packet | undefined): unknown[] => (packet?.cmd === "publish" ? ["publish", packet.messageId, packet.topic, packet.payload.toString(), packet.qos, packet.retain, packet.dup] : [packet?.cmd, packet?.messageId]);

/** Whether nothing waits for a subscriber: what is published now is what comes next. */
async function hasNothingOpen(port: number, reader: Wire): Promise<boolean> {
  const sender = new Wire(port);
  await sender.login("teller");
  sender.publish("press/now", "1", 1);
  const next = await reader.next("publish", "pubrel");
  sender.end();
  return next?.cmd === "publish" && next.topic === "press/now";
}

const timeout = 30_000;

for (const qos of [1, 2] as const) {
  for (const cut of ["killed", "line lost"] as const) {
    test(`a retained message of QoS ${qos} that a subscriber has not answered is sent again under its number when it comes back (${cut})`, { timeout }, async (context) => {
      const directory = directoryFor(context);
      let life = await start(context, directory);
      await publishKept(life.port, "press/state", "on");
      const reader = new Wire(life.port);
      await reader.login("reader", { clean: false });
      await reader.subscribe("press/#", qos);
      const first = await reader.next("publish");
      assert.deepEqual(said(first), ["publish", first?.messageId, "press/state", "on", qos, true, false]);
      if (cut === "killed") {
        await kill(life);
        life = await start(context, directory);
      } else reader.end();
      const again = new Wire(life.port);
      assert.equal(((await again.login("reader", { clean: false })) as { sessionPresent: boolean }).sessionPresent, true);
      assert.deepEqual(said(await again.next("publish", "pubrel")), ["publish", first?.messageId, "press/state", "on", qos, true, true]);
      again.end();
    });
  }
}

test("a retained QoS 2 message whose release a kill -9 cut off is released in the next life, and a subscription anew gets it anew", { timeout }, async (context) => {
  const directory = directoryFor(context);
  const life = await start(context, directory);
  await publishKept(life.port, "press/state", "on");
  const reader = new Wire(life.port);
  await reader.login("reader", { clean: false });
  await reader.subscribe("press/#", 2);
  const { messageId = 0 } = (await reader.next("publish")) ?? {};
  reader.send({ cmd: "pubrec", messageId });
  assert.deepEqual(said(await reader.next("pubrel")), ["pubrel", messageId]);
  await kill(life);

  const { port } = await start(context, directory);
  const again = new Wire(port);
  await again.login("reader", { clean: false });
  await again.subscribe("press/#", 2);
  // The release of before, and what is retained for who subscribes, under another number: the one of before is not free yet.
  const both = [await again.next("publish", "pubrel"), await again.next("publish", "pubrel")].toSorted((a, b) => String(b?.cmd).localeCompare(String(a?.cmd)));
  assert.deepEqual(said(both[0]), ["pubrel", messageId]);
  assert.deepEqual(said(both[1]), ["publish", both[1]?.messageId, "press/state", "on", 2, true, false]);
  assert.notEqual(both[1]?.messageId, messageId);
  again.send({ cmd: "pubcomp", messageId });
  const second = both[1]?.messageId ?? 0;
  again.send({ cmd: "pubrec", messageId: second });
  assert.deepEqual(said(await again.next("pubrel")), ["pubrel", second]);
  again.send({ cmd: "pubcomp", messageId: second });
  assert.ok(await hasNothingOpen(port, again));
  again.end();

  const third = new Wire(port);
  await third.login("reader", { clean: false });
  const last = await third.next("publish");
  assert.deepEqual(said(last), ["publish", last?.messageId, "press/now", "1", 1, false, true], "that alone was not answered");
  third.end();
});

test("a retained QoS 2 message that its sender repeats after a kill -9 does not take the place of a newer one", { timeout }, async (context) => {
  const directory = directoryFor(context);
  const life = await start(context, directory);
  const sender = new Wire(life.port);
  await sender.login("sender-with-session", { clean: false });
  sender.publish("press/state", "on", 2, 5, { retain: true });
  await sender.next("pubrec");
  await publishKept(life.port, "press/state", "off");
  await kill(life);

  const { port } = await start(context, directory);
  const again = new Wire(port);
  await again.login("sender-with-session", { clean: false });
  again.publish("press/state", "on", 2, 5, { retain: true, dup: true });
  await again.next("pubrec");
  again.send({ cmd: "pubrel", messageId: 5 });
  await again.next("pubcomp");
  const late = new Wire(port);
  await late.login("late");
  await late.subscribe("press/#", 2);
  assert.equal(((await late.next("publish")) as { payload: Buffer }).payload.toString(), "off");
  for (const wire of [again, late]) wire.end();
});
