import assert from "node:assert/strict";
import { test } from "node:test";
import { Feed } from "./feed.ts";

async function first<T>(of: AsyncIterable<T>, count: number): Promise<T[]> {
  const got: T[] = [];
  for await (const one of of) {
    got.push(one);
    if (got.length === count) break;
  }
  return got;
}

test("Feed tells what was missed, then what happens, in order and once", async () => {
  let now = -1;
  const feed = new Feed<string>(100, () => ++now);
  feed.tell("a");
  feed.tell("b");
  const stop = new AbortController();
  const listening = first(feed.follow(1, stop.signal), 3); // with a clock at 0 numbers begin at 1
  feed.tell("c");
  setImmediate(() => feed.tell("d"));
  assert.deepEqual(await listening, [
    { number: 2, at: 2, what: "b" },
    { number: 3, at: 3, what: "c" },
    { number: 4, at: 4, what: "d" },
  ]);
});

test("Feed tells only what happens from now on to one who asks for nothing else", async () => {
  const feed = new Feed<string>(100, () => 0);
  feed.tell("before");
  const listening = first(feed.follow(null, new AbortController().signal), 1);
  setImmediate(() => feed.tell("after"));
  assert.deepEqual((await listening).map(({ what }) => what), ["after"]);
});

test("Feed forgets the oldest, which a listener sees as a gap in the numbers", async () => {
  const feed = new Feed<number>(10, () => 0);
  for (let at = 1; at <= 50; at++) feed.tell(at);
  const [oldest] = await first(feed.follow(0, new AbortController().signal), 1);
  assert.ok(oldest.number > 1 && oldest.number <= 41, `${oldest.number}`);
  assert.equal(oldest.what, oldest.number);
});

test("Feed takes a number of an earlier life as the beginning", async () => {
  const feed = new Feed<string>(10, () => 0);
  feed.tell("a");
  assert.deepEqual((await first(feed.follow(700, new AbortController().signal), 1)).map(({ what }) => what), ["a"]);
});

test("Feed ends a listener that is told to stop, also one that waits", async () => {
  const feed = new Feed<string>(10, () => 0);
  const stop = new AbortController();
  const listening = first(feed.follow(null, stop.signal), 1);
  setImmediate(() => stop.abort());
  assert.deepEqual(await listening, []);
});

test("Feed waits, and does not spin, for one who asks for everything before anything has happened", async () => {
  const feed = new Feed<string>(10, () => 1_000_000);
  const listening = first(feed.follow(0, new AbortController().signal), 1);
  setImmediate(() => feed.tell("a"));
  assert.deepEqual((await listening).map(({ what }) => what), ["a"]);
});
