import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../../test/synthetic.ts";
import { Wire } from "../../../test/conformance/connector-wire.ts";
import { openBroker } from "./broker.ts";
import { forgetMessages, isAbout } from "./forget.ts";
import { Keeper } from "./keeper.ts";

const payload = (text: string): Uint8Array => new TextEncoder().encode(text);

test("forgetMessages() takes away what is retained and what waits about an asset, and leaves no trace in the file", () => {
  const { path, remove } = temporaryDirectory();
  try {
    assert.equal(forgetMessages(path, ["pump"]), 0, "where there is no file there is nothing");
    const keeper = new Keeper(path);
    keeper.commit([
      ["retain", "hall/pump/flow", payload("planted-1"), 1],
      ["retain", "hall/fan/flow", payload("stays"), 1],
      ["session", "screen", ""],
      ["subscribe", "screen", "#", 1],
      ["queue", "screen", 1, "hall/pump/flow", payload("planted-2"), 1, 0],
      ["queue", "screen", 2, "hall/fan/flow", payload("stays too"), 1, 0],
    ]);
    keeper.close();
    assert.equal(forgetMessages(path, []), 0);
    assert.equal(forgetMessages(path, ["pump"]), 2);
    assert.ok(!readFileSync(join(path, "broker.sqlite")).includes("planted"));
    const again = new Keeper(path);
    const { retained, queue, sessions } = again.load();
    assert.deepEqual([retained.map(({ topic }) => topic), queue.map(({ number }) => number), sessions.length], [["hall/fan/flow"], [2], 1]);
    again.close();
  } finally {
    remove();
  }
});

test("a broker at work forgets at once: nothing of it comes to who subscribes later or comes back, now or after a restart", async () => {
  const { path, remove } = temporaryDirectory();
  const messages = { take: async () => {}, drop: () => {} };
  const open = async () => await openBroker({ host: "127.0.0.1", port: 0, directory: path, messages });
  let broker = await open();
  try {
    const screen = new Wire(broker.port);
    await screen.login("screen", { clean: false });
    await screen.subscribe("#");
    screen.end();
    await screen.closed();
    await broker.publish("hall/pump/flow", "planted-1", { retain: true });
    await broker.publish("hall/fan/flow", "stays", { retain: true });
    const { queued } = broker.stats();
    assert.equal(queued, 2);
    assert.equal(await broker.forget(["pump"]), 2);
    assert.deepEqual([broker.stats().retained, broker.stats().queued], [1, 1]);
    for (const file of ["broker.sqlite", "broker.sqlite-wal"]) assert.ok(!readFileSync(join(path, file)).includes("planted"), file);
    for (const life of ["the same", "the next"]) {
      const late = new Wire(broker.port);
      await late.login(`late ${life}`);
      await late.subscribe("#", 0);
      const first = await late.next("publish");
      assert.equal(first?.cmd === "publish" && first.topic, "hall/fan/flow", life);
      await broker.publish("end", life);
      const next = await late.next("publish");
      assert.equal(next?.cmd === "publish" && next.topic, "end", life);
      late.end();
      await broker.close();
      broker = await open();
    }
    assert.equal(broker.stats().queued, 3, "the fan's, and the two of the ends");
  } finally {
    await broker.close();
    remove();
  }
});

test("isAbout() goes by whole levels of a topic", () => {
  assert.deepEqual(["pump", "pump/flow", "hall/pump", "hall/pump/flow", "pumps/flow", "hall/pump-2", "x"].map((topic) => isAbout(topic, ["pump"])), [true, true, true, true, false, false, false]);
  assert.equal(isAbout("site/hall-1/press/flow", ["hall-1/press"]), true);
});
