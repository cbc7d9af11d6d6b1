import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../../../test/synthetic.ts";
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

test("isAbout() goes by whole levels of a topic", () => {
  assert.deepEqual(["pump", "pump/flow", "hall/pump", "hall/pump/flow", "pumps/flow", "hall/pump-2", "x"].map((topic) => isAbout(topic, ["pump"])), [true, true, true, true, false, false, false]);
  assert.equal(isAbout("site/hall-1/press/flow", ["hall-1/press"]), true);
});
